"""Field shapes that several catalogue tables share."""

import re
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models

from providers.names import ALLOWED_IN_MODEL_SLUG, LONGEST_MODEL_SLUG, MODEL_SLUG, name_problem, tidy
from providers.sheet import MODE_LABELS, PARAMETER_GROUPS, PARAMETER_TYPES

MODE_CHOICES = list(MODE_LABELS.items())


def _check_name(name: str) -> None:
    if problem := name_problem(name, longest=len(name)):
        raise ValidationError(f"{problem[0].upper()}{problem[1:]}.")


class NameFormField(forms.CharField):
    """Tidy before any check of the form sees it."""

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value) or "")


class NameField(models.CharField):
    """A name as people read it, by the rule of all names: stored tidy, checked in forms."""

    default_validators = [_check_name]

    def to_python(self, value: Any) -> Any:
        made = super().to_python(value)
        return tidy(made) if isinstance(made, str) else made

    def formfield(self, **options: Any) -> Any:
        return super().formfield(**{"form_class": NameFormField, **options})


class ModelSlugField(models.CharField):
    """The slug of a model or an alias: dots are allowed, as in a version."""

    default_validators = [
        RegexValidator(re.compile(rf"\A{MODEL_SLUG.pattern}\Z", re.ASCII), f"Allowed: {ALLOWED_IN_MODEL_SLUG}.")
    ]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_length": LONGEST_MODEL_SLUG, **options})


def text_list(**options: Any) -> ArrayField:
    """An ordered list of short texts."""
    return ArrayField(models.TextField(), default=list, blank=True, **options)


def mode_list(**options: Any) -> ArrayField:
    """An ordered list of modes."""
    return ArrayField(models.CharField(max_length=20, choices=MODE_CHOICES), default=list, blank=True, **options)


class Parameter(models.Model):
    """What one parameter of a model or an endpoint accepts; `required_modes` is a subset of `modes`."""

    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=80)
    group = models.CharField(max_length=12, choices=list(PARAMETER_GROUPS.items()), default="additional")
    type = models.CharField(max_length=10, choices=[(t, t) for t in PARAMETER_TYPES], default="string")
    description = models.TextField(blank=True)
    default = models.JSONField(null=True, blank=True, help_text="JSON value; empty when there is none.")
    values = models.JSONField(default=list, blank=True, help_text="JSON list of allowed values; empty allows any.")
    modes = mode_list()
    required_modes = mode_list()

    class Meta:
        abstract = True
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name
