"""What every proof in a browser asks of a page, and the pictures of it that docs/ shows."""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, ViewportSize

WIDE: ViewportSize = {"width": 1240, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SCREENSHOTS = os.environ.get("SCREENSHOTS")
# Flat pages are smallest and sharpest without loss, pages of pictures at this quality.
FORMS: tuple[dict[str, Any], ...] = ({"lossless": True}, {"quality": 90, "use_sharp_yuv": True})


def serious_violations(page: Page) -> list[str]:
    return [
        f"{found['id']} on {found['nodes'][0]['target']}"
        for found in Axe().run(page).response["violations"]
        if found["impact"] in {"serious", "critical"}
    ]


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def keep_picture(page: Page, name: str) -> None:
    """With SCREENSHOTS set to a folder: `<name>-<light or dark>-<wide or phone>.webp`."""
    if SCREENSHOTS:
        scheme = "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
        size = "wide" if page.viewport_size == WIDE else "phone"
        Path(SCREENSHOTS, f"{name}-{scheme}-{size}.webp").write_bytes(_smallest(page.screenshot()))


def _smallest(screenshot: bytes) -> bytes:
    with Image.open(BytesIO(screenshot)) as picture:
        return min((_as_webp(picture.convert("RGB"), form) for form in FORMS), key=len)


def _as_webp(picture: Image.Image, form: dict[str, Any]) -> bytes:
    kept = BytesIO()
    picture.save(kept, "WEBP", method=6, **form)
    return kept.getvalue()
