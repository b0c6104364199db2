"""The public form that suggests a prompt; an operator looks at each before it becomes a competition."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from arena.client import network_key, voter_id_of
from arena.competitions.suggest_prompt import Suggestion, TooManySuggestions, suggest_prompt
from providers.models.fields import MODE_CHOICES


class SuggestionForm(forms.Form):
    """Lengths are the table's own."""

    prompt = forms.CharField(
        min_length=10,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What the models are asked to draw, 10 to 2,000 characters. Name no living person and no model.",
        error_messages={"required": "Write the prompt you would like to see."},
    )
    mode = forms.ChoiceField(choices=MODE_CHOICES, error_messages={"invalid_choice": "Choose one of the modes listed."})
    note = forms.CharField(
        max_length=300,
        required=False,
        label="Note (optional)",
        help_text="What makes it a good test, at most 300 characters.",
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def suggest(request: HttpRequest) -> HttpResponse:
    """The form; what is wrong with it stands beside the field."""
    if request.method != "POST":
        return _form(request, SuggestionForm(label_suffix=""), 200)
    form = SuggestionForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _form(request, form, 400)
    try:
        suggest_prompt(Suggestion(**form.cleaned_data, voter_id=voter_id_of(request), network=network_key(request)))
    except TooManySuggestions as refusal:
        form.add_error(None, str(refusal))
        return _form(request, form, 429)
    return HttpResponseRedirect("/suggest/thanks", status=303)


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """After a suggestion is in."""
    return render(request, "suggest/thanks.html")


def _form(request: HttpRequest, form: SuggestionForm, status: int) -> HttpResponse:
    return render(request, "suggest/form.html", {"form": form}, status=status)
