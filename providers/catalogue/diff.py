"""What differs between two sheets of one model, in words an operator reads before anything is written. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from providers.catalogue.card.prose import flat
from providers.catalogue.codec import encode, same_values
from providers.plain_values import plain_number
from providers.pricing.choice import condition_text
from providers.sheet import ModelSheet, PriceSheet, ReportedStandingSheet

Verb = Literal["create", "change", "remove", "reorder"]
LONGEST_SHOWN: Final = 60


@dataclass(frozen=True)
class Change:
    """One line of a plan. `old` and `new` are set where a value changes."""

    verb: Verb
    subject: str
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        values = f": {self.old} → {self.new}" if self.verb == "change" else ""
        return f"{self.verb} {self.subject}{values}"


def differences(current: ModelSheet | None, wanted: ModelSheet) -> tuple[Change, ...]:
    """Every change that turns the rows into the wanted sheet; a sheet without report leaves reported figures alone."""
    if current is None:
        return _creation(wanted)
    changes: list[Change] = []
    for field in fields(ModelSheet):
        if field.name not in LISTS and field.name != "reported":
            changes += _changed_field("", field.name, getattr(current, field.name), getattr(wanted, field.name))
    for name, (label, key) in LISTS.items():
        changes += _list_changes(label, key, getattr(current, name), getattr(wanted, name))
    return (*changes, *_reported_changes(current, wanted))


def _creation(sheet: ModelSheet) -> tuple[Change, ...]:
    counts = [("parameters", len(sheet.parameters)), ("curated images", len(sheet.curated_images))]
    listed = ", ".join(f"{count} {label}" for label, count in counts if count)
    title = f"model {sheet.slug}: {sheet.name} by {sheet.creator.name}"
    changes = [Change("create", f"{title}, with {listed}" if listed else title)]
    changes += [Change("create", f"alias {alias}") for alias in sheet.aliases]
    changes += [Change("create", f"endpoint {e.key} ({_counted(len(e.prices), 'price')})") for e in sheet.endpoints]
    return (*changes, *_reported_changes(None, sheet))


def _reported_changes(current: ModelSheet | None, wanted: ModelSheet) -> tuple[Change, ...]:
    new, old = wanted.reported, current.reported if current else None
    if new is None:
        return ()
    if old is None:
        what = f"{_counted(len(new.performance), 'performance row')} and {_counted(len(new.standings), 'standing')}"
        return (Change("create", f"report of {new.source}, {new.reported_on}: {what}"),)
    changes = _changed_field("report", "source", old.source, new.source)
    changes += _changed_field("report", "date", old.reported_on, new.reported_on)
    changes += _list_changes("reported performance of", lambda row: row.provider, old.performance, new.performance)
    return (*changes, *_list_changes("reported standing", _standing_key, old.standings, new.standings))


def _list_changes(label: str, key: Callable[[Any], str], old: Iterable[Any], new: Iterable[Any]) -> list[Change]:
    before, after = _keyed(old, key), _keyed(new, key)
    changes = [Change("remove", f"{label} {name}") for name in before if name not in after]
    for name, item in after.items():
        if name not in before:
            changes.append(Change("create", f"{label} {name}"))
        else:
            changes += _item_changes(f"{label} {name}", before[name], item)
    stayed = [name for name in before if name in after]
    if stayed != [name for name in after if name in before]:
        changes.append(Change("reorder", f"{label}s: {', '.join(after)}"[:200]))
    return changes


def _item_changes(place: str, old: Any, new: Any) -> list[Change]:
    if isinstance(new, str):
        return []
    changes: list[Change] = []
    for field in fields(new):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if field.name in LISTS_OF_ENDPOINTS:
            label, key = LISTS_OF_ENDPOINTS[field.name]
            changes += _list_changes(f"{place}, {label}", key, before, after)
        else:
            changes += _changed_field(place, field.name, before, after)
    return changes


def _changed_field(place: str, name: str, old: Any, new: Any) -> list[Change]:
    if same_values(old, new):
        return []
    return [Change("change", f"{place}, {name}" if place else name, _shown(old), _shown(new))]


def _shown(value: Any) -> str:
    if value is None or value in ("", (), {}):
        return "nothing"
    plain = encode(value)
    if isinstance(plain, dict):
        plain = ", ".join(f"{key}={item}" for key, item in plain.items())
    elif isinstance(plain, list):
        plain = ", ".join(str(item) for item in plain)
    text = flat(str(plain))
    text = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
    return f'"{text}"' if isinstance(value, str) else text


def _keyed(items: Iterable[Any], key: Callable[[Any], str]) -> dict[str, Any]:
    """Items by name; the second of a name gets its number."""
    named: dict[str, Any] = {}
    times: Counter[str] = Counter()
    for item in items:
        name = key(item)
        times[name] += 1
        named[name if times[name] == 1 else f"{name} ({times[name]})"] = item
    return named


def _price_key(price: PriceSheet) -> str:
    size = "" if price.unit_size == 1 else f"{plain_number(price.unit_size)} "
    conditions = "".join(f", {key}={condition_text(value)}" for key, value in sorted(price.conditions.items()))
    ended = f", until {price.valid_to:%Y-%m-%d}" if price.valid_to else ""
    return f"per {size}{price.metric} ({price.direction}{conditions}{ended})"


def _standing_key(row: ReportedStandingSheet) -> str:
    return f"{row.title} ({row.mode or row.kind})"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


LISTS: Final[dict[str, tuple[str, Callable[[Any], str]]]] = {
    "aliases": ("alias", str),
    "alias_sunsets": ("sunset of alias", lambda alias: alias.slug),
    "parameters": ("parameter", lambda parameter: parameter.name),
    "endpoints": ("endpoint", lambda endpoint: endpoint.key),
    "curated_images": ("curated image", lambda image: image.url.rsplit("/", 1)[-1][:40]),
}
LISTS_OF_ENDPOINTS: Final[dict[str, tuple[str, Callable[[Any], str]]]] = {
    "prices": ("price", _price_key),
    "parameters": ("parameter", lambda parameter: parameter.name),
}
