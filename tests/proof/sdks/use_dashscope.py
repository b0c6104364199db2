"""The classes that dashscope 1.x and 2.0 have in common, as their documentation uses them."""

from typing import Any

import dashscope
from dashscope import ImageSynthesis, MultiModalConversation
from told import SOURCE, altered, fetched, size_of, tell

Z_IMAGE = "z-image-turbo"


def said(prompt: str, **more: Any) -> Any:
    messages = [{"role": "user", "content": [{"text": prompt}]}]
    return MultiModalConversation.call(model=Z_IMAGE, messages=messages, size="640*512", seed=11, **more)


def outcome(answer: Any) -> list[Any]:
    return [answer.status_code, answer.code]


drawn = said("a paper boat", prompt_extend=True)
parts = drawn.output.choices[0].message.content
pictures = [part["image"] for part in parts if "image" in part]

asked = {"role": "user", "content": [{"image": f"file://{SOURCE}"}, {"text": "make it night"}]}
edited = MultiModalConversation.call(model="qwen-image-edit", messages=[asked])
edited_url = edited.output.choices[0].message.content[0]["image"]

task = ImageSynthesis.async_call(model="wan2.2-t2i-flash", prompt="a paper boat", n=2, size="640*512")
waited = ImageSynthesis.wait(task)
by_task = ImageSynthesis.call(
    model="wanx2.1-imageedit", prompt="make it night", function="description_edit", base_image_url=f"file://{SOURCE}"
)
failed = ImageSynthesis.call(model="wan2.2-t2i-flash", prompt="[simulate fail] a boat", n=1, size="640*512")
waiting = ImageSynthesis.async_call(model="wan2.2-t2i-flash", prompt="[simulate never=queued] a boat")
cancelled = ImageSynthesis.cancel(waiting)

tell(
    version=dashscope.__version__ if hasattr(dashscope, "__version__") else "",
    drawn=size_of(fetched(pictures[0])),
    revised=[part["text"] for part in parts if "text" in part],
    usage=[drawn.usage.width, drawn.usage.height, drawn.usage.image_count],
    edited=altered(fetched(edited_url)),
    task=task.output.task_status,
    waited=[waited.output.task_status, len(waited.output.results)],
    by_task=altered(fetched(by_task.output.results[0].url)),
    failed=[*outcome(failed), failed.output.task_status, failed.output.code],
    cancelled=[cancelled.status_code, ImageSynthesis.fetch(waiting).output.task_status],
    unknown=ImageSynthesis.fetch("elsewhere").output.task_status,
    moderation=outcome(said("[simulate moderation] a boat")),
    throttled=outcome(said("[simulate status=429] a boat")),
    broke=outcome(said("a boat", api_key="broke")),
    unauthorized=outcome(said("a boat", api_key="wrong")),
    wrong_size=outcome(MultiModalConversation.call(model=Z_IMAGE, messages=[asked], size="640x512")),
)
