"""Orders and answers for adapter tests; each states only what matters."""

import json
from typing import Any

from providers.adapters.wire import Account, ImageOrder, InputImage, ProviderAnswer
from providers.pricing import Size

ACCOUNT = Account(base_url="http://127.0.0.1:9/x", key="secret-canary")
PIXEL = InputImage(content=b"\x89PNG pixel", media_type="image/png", size=Size(width_px=1, height_px=1))


def order(model: str = "owner/app/turbo", **changes: Any) -> ImageOrder:
    usual: dict[str, Any] = {
        "mode": "text-to-image",
        "provider_model_id": model,
        "prompt": "a paper boat",
        "size": Size(width_px=1280, height_px=720),
    }
    return ImageOrder(**(usual | changes))


def edit(model: str = "owner/app/edit", **changes: Any) -> ImageOrder:
    return order(model, mode="image-edit", inputs=(PIXEL,), **changes)


def answer(body: Any = None, status: int = 200, **headers: str) -> ProviderAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ProviderAnswer(
        status=status, body=content, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
