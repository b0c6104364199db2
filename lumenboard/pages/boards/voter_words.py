"""What was found about a board's voters, in words: agreement, care, groups, looks. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from arena.rating.raters.segments import LEAST_VOTERS

Item = dict[str, str]
SIGNIFICANT: Final = 0.05
KINDS: Final = {
    "device": ("Devices", "phone, tablet and desktop"),
    "language": ("Languages", "languages of browsers"),
    # seen by operators alone
    "group": ("Declared groups", "groups that a study declared"),
}
LANGUAGES: Final = {
    **{"ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "hi": "Hindi"},
    **{"it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese"},
    **{"ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese"},
}
LOOKS: Final = "sharpness, saturation, contrast, size and aspect"
WITHHELD: Final = {
    "few_pictures": "not known: the first model needs pictures on five prompts with votes, or its own part and that of "
    "its pictures cannot be told from each other",
    "no_lead": "no lead to share out: its distance from the average of the others is not sure enough",
    "not_converged": "not known: the fit does not converge",
}


def voter_items(found: Mapping[str, Any], names: Mapping[str, str], and_more: str = "+") -> list[Item]:
    """For a definition list; `found` is what may be known of the board, `names` of models by slug.

    `and_more` stands behind counts of groups, which are rounded down for everybody but operators.
    """
    items = [
        _agreement(found.get("alpha")),
        _consistency(found.get("consistency")),
        _care(found.get("care")),
        *(_groups(kind, found.get(kind), names, and_more) for kind in KINDS),
        _looks(found.get("looks"), names),
    ]
    return [item for item in items if item]


def _agreement(found: Mapping[str, Any] | None) -> Item | None:
    if not found:
        return None
    term = "Agreement of voters"
    if found["ordinal"] is None:
        return {"term": term, "value": "not known", "note": "no pair of pictures was judged by two known voters"}
    pairs = found["units"]
    basis = f"Krippendorff’s α of {pairs:,} pair{'s'[: pairs != 1]} that two or more voters judged: 1 is full agreement"
    few = "" if found["ordinal_lower"] is not None else "; too few pairs or voters for an interval"
    value = f"α {_between(found['ordinal'], found['ordinal_lower'], found['ordinal_upper'])}"
    nominal = _between(found["nominal"], found["nominal_lower"], found["nominal_upper"])
    return {"term": term, "value": value, "note": f"{basis}, 0 is chance{few}; without an order of answers {nominal}"}


def _between(value: float, lower: float | None, upper: float | None) -> str:
    bounds = "" if lower is None or upper is None else f" ({lower:.2f} to {upper:.2f})"
    return f"{value:.2f}{bounds}".replace("-", "−")


def _consistency(found: Mapping[str, Any] | None) -> Item | None:
    if not found or not found["repeated"]:
        return None
    repeated = found["repeated"]
    value = f"{100 * found['same'] / repeated:.0f}% the same"
    return {"term": "Answers repeated", "value": value, "note": f"{repeated:,} pairs seen again with sides exchanged"}


def _care(found: Mapping[str, Any] | None) -> Item | None:
    # of few it would be what was supposed beforehand
    if not found or found["careless"] is None or found["weighed"] < LEAST_VOTERS:
        return None
    value = f"about {100 * found['careless']:.0f}% of voters seem to answer by chance"
    note = (
        f"an estimate from {found['weighed']:,} voters with ten or more votes; "
        "the board counts their votes in full, the method rater-weighted less"
    )
    return {"term": "Care", "value": value, "note": note}


def _groups(kind: str, found: Mapping[str, Any] | None, names: Mapping[str, str], and_more: str) -> Item | None:
    if not found:
        return None
    term, what = KINDS[kind]
    p = found["p_value"]
    groups = ", ".join(f"{_group_name(one['name'])} {one['voters']:,}{and_more}" for one in found["segments"])
    if p >= SIGNIFICANT:
        return {"term": term, "value": f"no difference seen (p {_p(p)})", "note": f"between {what}: {groups} voters"}
    known = [one for one in found["segments"] if one["model"] in names and one["error"]]
    most = max(known, key=lambda one: abs(one["points"]) / one["error"], default=None)
    note = f"between {what}: {groups} voters"
    if most:
        side = "higher" if most["points"] > 0 else "lower"
        note += (
            f"; most for {names[most['model']]}, {abs(most['points']):.0f} points {side} "
            f"among {_group_name(most['name'])} voters"
        )
    return {"term": term, "value": f"they vote differently (p {_p(p)})", "note": note}


def _group_name(name: str) -> str:
    return LANGUAGES.get(name, name)


def _p(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def _looks(found: Mapping[str, Any] | None, names: Mapping[str, str]) -> Item | None:
    if not found or found["leader"] not in names:
        return None
    term = "Looks"
    if found["withheld"]:
        return {"term": term, "value": "share of the lead not shown", "note": WITHHELD[found["withheld"]]}
    share, lower, upper = (100 * found[name] for name in ("share", "lower", "upper"))
    note = (
        f"of the {found['lead']:.0f} points between {names[found['leader']]} and the average of the others, so much "
        f"goes with {LOOKS} of its pictures ({found['entries']:,} pictures, {found['competitions']:,} prompts); what "
        "goes together need not be a cause"
    )
    value = f"{share:.0f}% of the lead ({lower:.0f} to {upper:.0f}%)".replace("-", "−")
    return {"term": term, "value": value, "note": note}
