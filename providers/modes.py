"""The words of the catalogue that are fixed: modes, statuses, parameter groups. Pure: no Django."""

from typing import Final

TEXT_TO_IMAGE: Final = "text-to-image"
IMAGE_EDIT: Final = "image-edit"
MODES: Final = (TEXT_TO_IMAGE, IMAGE_EDIT)
MODE_LABELS: Final = {TEXT_TO_IMAGE: "Text to Image", IMAGE_EDIT: "Image Edit"}

STATUSES: Final = ("active", "preview", "deprecated")
MODALITIES: Final = ("text", "image")

PARAMETER_GROUPS: Final = {
    "core": "Core Parameters",
    "size": "Size & Layout",
    "media": "Media Inputs",
    "output": "Output & Format",
    "additional": "Additional Parameters",
}
PARAMETER_TYPES: Final = ("string", "integer", "number", "boolean", "file")

METRICS: Final = ("image", "request", "megapixel", "token", "second")
DIRECTIONS: Final = ("output", "input")
ROUNDINGS: Final = ("none", "up", "nearest")
