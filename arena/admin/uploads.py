"""Forms that take an image from the operator's disk; what is wrong with it stands beside the field."""

import logging
from typing import Any, ClassVar, Final

from django import forms
from django.conf import settings

from arena.images.handover import store_image
from arena.images.imaging import EncodedImage
from arena.images.intake.limits import LONGEST_SIDE_PX, MIB
from arena.images.intake.refusals import DecoderBroken, ImageRefused
from arena.images.intake.take_in import take_in_widely
from arena.models import Competition, Entry

log = logging.getLogger(__name__)
ACCEPTED: Final = (
    "image/png,image/jpeg,image/webp,image/avif,image/heic,image/heif,image/tiff,image/gif,.heic,.heif,.tif,.tiff"
)


class UploadForm(forms.ModelForm):
    """A form with a file field beside the one of the image's row; an uploaded image takes the row's place."""

    image_field: ClassVar[str]
    upload = forms.FileField(
        required=False,
        label="upload",
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text=(
            f"PNG, JPEG, WebP, AVIF, HEIC, TIFF or a still GIF, at most {settings.MAX_UPLOAD_BYTES // MIB} MB. "
            f"Kept without metadata, scaled down to {LONGEST_SIDE_PX} pixels a side."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "visibility" in self.fields:
            self.fields["visibility"].required = False

    def clean_visibility(self) -> str:
        """A form that says nothing of it changes nothing."""
        return self.cleaned_data["visibility"] or self.instance.visibility

    def clean_upload(self) -> EncodedImage | None:
        upload = self.cleaned_data["upload"]
        if not upload:
            return None
        try:
            return take_in_widely(upload, settings.MAX_UPLOAD_BYTES)
        except ImageRefused as refused:
            raise forms.ValidationError(str(refused), code=refused.reason) from None
        except DecoderBroken:
            log.exception("an uploaded image could not be decoded")
            raise forms.ValidationError("The image could not be looked at; the log of the server says why.") from None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        upload = values.get("upload")
        if upload and not self.errors:
            try:
                values[self.image_field] = store_image(upload)
            except OSError as error:
                log.exception("an uploaded image could not be kept")
                self.add_error("upload", f"The image could not be stored: {error.strerror or 'storage failed'}.")
        return values


class CompetitionForm(UploadForm):
    image_field = "source_image"

    class Meta:
        model = Competition
        exclude = ()


class EntryForm(UploadForm):
    image_field = "image"

    class Meta:
        model = Entry
        exclude = ()

    def clean_parameters(self) -> Any:
        """An emptied field means none."""
        return self.cleaned_data["parameters"] or {}

    def clean_upload(self) -> EncodedImage | None:
        entry = self.instance
        if self.cleaned_data["upload"] and entry.image_id and entry.wins + entry.losses + entry.ties:
            raise forms.ValidationError("People have voted on the image it has; retire it and add another entry.")
        return super().clean_upload()
