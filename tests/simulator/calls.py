"""The plainest paid call of each protocol."""

from typing import Any

FAL_RUN = "/fal/run/fal-ai/z-image/turbo"
FAL_QUEUE = "/fal/queue/fal-ai/z-image/turbo"
PREDICTIONS = "/replicate/v1/models/prunaai/z-image-turbo/predictions"
DASHSCOPE = "/dashscope/api/v1/services/aigc/multimodal-generation/generation"
TASKS = "/dashscope/api/v1/services/aigc/text2image/image-synthesis"
IMAGES = "/openai/v1/images/generations"

PROMPT = "a paper boat in rain"


def message(prompt: str = PROMPT, **parameters: Any) -> dict[str, Any]:
    asked = {"messages": [{"role": "user", "content": [{"text": prompt}]}]}
    return {"model": "z-image-turbo", "input": asked, "parameters": parameters}


def prediction(prompt: str = PROMPT, **given: Any) -> dict[str, Any]:
    return {"input": {"prompt": prompt, **given}}


# Path, body and headers of one picture at each provider.
PLAINEST: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "fal": (FAL_RUN, {"prompt": PROMPT}, {}),
    "replicate": (PREDICTIONS, prediction(), {"prefer": "wait"}),
    "dashscope": (DASHSCOPE, message(), {}),
    "openai": (IMAGES, {"model": "z-image-turbo", "prompt": PROMPT}, {}),
}
