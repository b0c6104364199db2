"""What a browser would send: the fields of a page's form, read from its HTML."""

from html.parser import HTMLParser

from django.db.models import Model
from django.test import Client
from django.urls import reverse


class FormReader(HTMLParser):
    """Collects names and values as a browser does when nothing is touched; `__prefix__` rows are templates."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self.select = self.area = ""
        self.text = ""

    def add(self, name: str | None, value: str) -> None:
        if name and "__prefix__" not in name:
            self.data.setdefault(name, []).append(value)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kind = given.get("type") or "text"
        ticked = kind not in {"checkbox", "radio"} or "checked" in given
        if tag == "input" and kind not in {"submit", "button"} and ticked:
            self.add(given.get("name"), given.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "select":
            self.select = given.get("name") or ""
        elif tag == "option" and "selected" in given:
            self.add(self.select, given.get("value") or "")
        elif tag == "textarea":
            self.area, self.text = given.get("name") or "", ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # The first line end after the tag is markup, and browsers send the others in two characters.
            self.add(self.area, self.text.removeprefix("\n").replace("\n", "\r\n"))
            self.area = ""


def form_of(client: Client, url: str) -> dict[str, list[str]]:
    """The form of an admin page as it would be sent back."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    reader = FormReader()
    reader.feed(answer.content.decode().partition('id="content-main"')[2])
    return reader.data


def page_of(row: Model) -> str:
    """The address of a row's page in the admin."""
    return reverse(f"admin:providers_{row._meta.model_name}_change", args=[row.pk])


def errors_of(answer) -> str:
    """Every error a refused form shows, as one text; the page must have been shown again."""
    assert answer.status_code == 200, answer.headers.get("Location")
    forms = [answer.context["adminform"].form]
    formsets = [inline.formset for inline in answer.context["inline_admin_formsets"]]
    forms += [form for formset in formsets for form in formset.forms]
    told = [f"{name}: {error}" for form in forms for name, found in form.errors.items() for error in found]
    return "\n".join([*told, *(str(error) for formset in formsets for error in formset.non_form_errors())])


def add_row(form: dict[str, list[str]], prefix: str, **values: str) -> str:
    """A new row of an inline; returns its prefix."""
    number = int(form[f"{prefix}-TOTAL_FORMS"][0])
    form[f"{prefix}-TOTAL_FORMS"] = [str(number + 1)]
    form |= {f"{prefix}-{number}-{name}": [value] for name, value in values.items()}
    return f"{prefix}-{number}"
