"""What the pages of one board share: tabs, crumbs and title, its first sentence, its findings in words. Pure."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any

from arena.boards.claims import Lead, lead_claim
from arena.boards.standings import BoardHead, Computation, StandingRow
from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.fit import STANDARD_ERRORS
from arena.rating.prompts import LEAST_COMPETITIONS, NOT_CONVERGED, TOO_LARGE
from lumenboard.formatting import mode_label

PARTS = (
    *(("", "Board"), ("/charts", "Charts"), ("/value", "Value")),
    *(("/changes", "Rank changes"), ("/planner", "Votes needed")),
)

NOT_FITTED = {
    TOO_LARGE: "the board has too many models and prompts to be fitted once without each",
    NOT_CONVERGED: "without one of its prompts the fit does not converge",
}


def part_tabs(head: BoardHead, current: str) -> list[dict[str, Any]]:
    """The pages of one board; `current` is the end of the address."""
    return [{"label": label, "url": head.url + end, "current": end == current} for end, label in PARTS]


def board_title(head: BoardHead) -> str:
    return mode_label(head.mode) if head.kind == "mode" else f"{head.title} · {mode_label(head.mode)}"


def crumbs(head: BoardHead, part: str) -> list[dict[str, str]]:
    return [
        {"label": "Leaderboards", "url": "/leaderboards"},
        {"label": board_title(head), "url": head.url},
        {"label": part, "url": ""},
    ]


def method_items(made: Computation, rows: Sequence[StandingRow]) -> list[dict[str, str]]:
    """How the board was made and what its figures hide, for a definition list; `rows` are all of the board's."""
    names = {row.slug: row.model for row in rows}
    return [
        {"term": "Method", "value": f"{made.method}, {made.variant}, version {made.version}"},
        {"term": "Votes counted", "value": f"{made.votes:,}", "note": _taken_out(made)},
        {"term": "Last vote", "value": f"no. {made.last_vote_number:,}"},
        *_other_prompts(rows),
        *_by_voter(made.findings.get("voters")),
        *_fragility(made.findings.get("fragility"), names),
        *_side_bias(made.findings.get("side_bias")),
        {"term": "Digest", "value": made.digest, "note": "SHA-256 of the tally lines: equal digests, equal digits"},
    ]


WHY_SET_ASIDE = {
    "operator": "by an operator",
    "too_fast": "too fast",
    "voter_bound": "past a voter's bound",
    "network_bound": "past a network's bound",
    "newcomers_bound": "past the bound of a day's newcomers",
    "lift": "pushing one model up together",
}


def _taken_out(made: Computation) -> str:
    """How many votes do not count, and why once that is worked out."""
    if not made.excluded_votes:
        return "none taken out"
    why = made.findings.get("set_aside", {})
    parts = [f"{votes:,} {WHY_SET_ASIDE.get(gate, gate)}" for gate, votes in why.items()]
    known = sum(why.values()) == made.excluded_votes
    return f"and {made.excluded_votes:,} taken out" + (f": {', '.join(parts)}" if known else "")


def _other_prompts(rows: Sequence[StandingRow]) -> list[dict[str, str]]:
    """How much wider the intervals for prompts like these are; nothing on a competition's own board."""
    prompts = max((row.competitions or 0 for row in rows), default=0)
    if not prompts:
        return []
    wider = [
        (row.prompts_upper - row.prompts_lower) / (row.conditional_upper - row.conditional_lower)
        for row in rows
        if row.prompts_upper is not None
        and row.prompts_lower is not None
        and row.conditional_upper is not None
        and row.conditional_lower is not None
        and row.conditional_upper > row.conditional_lower
    ]
    if not wider:
        few = f"no model has battles on {LEAST_COMPETITIONS} prompts that its place does not hang on"
        note = next((NOT_FITTED[row.prompts_withheld] for row in rows if row.prompts_withheld in NOT_FITTED), few)
        return [{"term": "Prompts like these", "value": "not known yet", "note": note}]
    value = f"intervals {median(wider):.1f} times as wide"
    note = f"as on these prompts only; up to {prompts} prompts a model; JSON and CSV have both, and one new prompt's"
    return [{"term": "Prompts like these", "value": value, "note": note}]


def _by_voter(found: dict[str, Any] | None) -> list[dict[str, str]]:
    """A voter's votes are not independent; nothing where no board of voters is known."""
    if not found or found["factor"] is None:
        return []
    value = f"intervals would be {found['factor']:.1f} times as wide"
    voters = "voter" if found["voters"] is None else f"of {found['voters']:,} voters"
    note = f"as on these prompts only, with the votes of each {voters} taken as one"
    return [{"term": "By voter", "value": value, "note": note}]


def _fragility(found: dict[str, Any] | None, names: dict[str, str]) -> list[dict[str, str]]:
    if not found:
        return []
    votes, successor = found["votes"], names.get(found["successor"], found["successor"])
    value = f"{votes:,} vote{'' if votes == 1 else 's'} from changing hands"
    note = f"without those of {found['battles']:,} votes {successor} is first; fewer may do"
    note += "".join(
        f"; with {of['votes']:,} {words} {names.get(of['successor'], of['successor'])} is"
        for change, words in (("added", "more"), ("flipped", "turned round"))
        if (of := found.get(change))
    )
    return [{"term": "First place", "value": value, "note": note}]


def _side_bias(found: dict[str, Any] | None) -> list[dict[str, str]]:
    if not found:
        return []
    margin = STANDARD_ERRORS * POINTS_PER_LOG_ODDS * found["error"]
    value = f"left {found['points']:+.0f} points ±{margin:.0f}"
    note = (
        "more than chance: sides are drawn by coin, so ratings stay fair" if found["shows"] else "no side is favoured"
    )
    return [{"term": "Side bias", "value": value, "note": note}]


def board_lede(rows: Sequence[StandingRow], votes: int, computed_at: datetime | None, lead: Lead) -> str:
    """Who is first and how sure that is; then what it rests on. Rows come in board order."""
    return " ".join([lead_sentence(rows, computed_at, lead), *_rests_on(rows, votes, computed_at)])


def lead_sentence(rows: Sequence[StandingRow], computed_at: datetime | None, lead: Lead) -> str:
    """The first half of it."""
    day = f"As of {computed_at.day} {computed_at:%B}, " if computed_at and has_ranks(rows) else ""
    return f"{day}{lead_claim(rows, lead)}."


def _rests_on(rows: Sequence[StandingRow], votes: int, computed_at: datetime | None) -> list[str]:
    ranked, cast = sum(row.rank is not None for row in rows), f"{votes:,} vote{'' if votes == 1 else 's'}"
    if not ranked or computed_at is None:
        return []
    return [f"{cast}." if ranked == 1 else f"{ranked} ranked models, {cast}."]


def has_ranks(rows: Sequence[StandingRow]) -> bool:
    return any(row.rank is not None for row in rows)


def board_list(title: str, url: str, items: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A ranking as search engines read it (schema.org); `items` are name and address in order of rank."""
    return {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "name": title,
        "url": url,
        "itemListOrder": "https://schema.org/ItemListOrderAscending",
        "numberOfItems": len(items),
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "url": address}
            for place, (name, address) in enumerate(items, start=1)
        ],
    }
