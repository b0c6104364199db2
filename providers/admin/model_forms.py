"""The form of a model and of its aliases: one namespace for slugs, checked before the database would refuse."""

from collections import Counter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from providers.admin.fields import ChoicesField, CommaField, LinesField, TextField
from providers.admin.forms import MODES_FIELD, CheckedForm, OrderedForm, OrderedFormSet, named
from providers.models import ImageModel, SlugClaim
from providers.modes import MODALITIES
from providers.prompts import LONGEST_PROMPT
from providers.sheet import ModelSheet
from providers.slugs import ALLOWED_IN_MODEL_SLUG, MODEL_SLUG


def owner_of(slug: str) -> ImageModel | None:
    """The model that a slug or alias names today."""
    claim = SlugClaim.objects.filter(slug=slug).select_related("model").first()
    return claim.model if claim else None


class ImageModelForm(CheckedForm):
    part = ModelSheet

    alternative_names = LinesField(help_text="One on each line.")
    tags = CommaField(help_text="Separate with commas.")
    tagline = TextField(required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}))
    about = TextField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "vLargeTextField"}),
        help_text="Markdown. {{ site }} stands for this site's name.",
    )
    example_prompt = TextField(
        required=False, max_length=LONGEST_PROMPT, widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
    )
    modes = ChoicesField(**MODES_FIELD)
    input_modalities = ChoicesField(MODALITIES)
    output_modalities = ChoicesField(MODALITIES)

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        owner = owner_of(slug)
        if owner and owner != self.instance:
            raise ValidationError(f"{slug} already names the model {owner.name}; allowed: a slug that is free.")
        if owner and slug != self.initial.get("slug"):
            raise ValidationError(f"{slug} is an alias of this model; remove the alias and save, then rename.")
        return slug

    def clean_family(self) -> Any:
        family, creator = self.cleaned_data["family"], self.cleaned_data.get("creator")
        if family and creator and family.creator_id != creator.pk:
            raise ValidationError(f"{family} is a family of another creator; allowed: one of {creator}'s.")
        return family

    def related(self, values: dict[str, Any]) -> dict[str, Any]:
        family = values.get("family")
        return {"creator": named(values["creator"]), "family": named(family) if family else None}


class AliasForm(OrderedForm):
    """Checked by its formset, which knows the model's slug."""

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        if not MODEL_SLUG.fullmatch(slug):
            raise ValidationError(f"Allowed: {ALLOWED_IN_MODEL_SLUG}.")
        return slug


class AliasFormSet(OrderedFormSet):
    """No alias that names another model, or this one already."""

    def clean(self) -> None:
        super().clean()
        seen: Counter[str] = Counter()
        for form in self.kept_forms():
            slug = form.cleaned_data["slug"]
            seen[slug] += 1
            owner = owner_of(slug) if "slug" in form.changed_data else None
            if owner and owner != self.instance:
                form.add_error("slug", f"{slug} already names the model {owner.name}; allowed: a slug that is free.")
            elif slug == self.instance.slug:
                form.add_error("slug", "This is the model's own slug; allowed: another one.")
            elif seen[slug] > 1:
                form.add_error("slug", f"{slug} stands more than once; allowed: once.")


class CuratedImageForm(OrderedForm):
    prompt = TextField(max_length=LONGEST_PROMPT, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data
