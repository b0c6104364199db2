"""What the pages of one board share: tabs, crumbs and title, its first sentence, its findings in words. Pure."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any

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
        return [{"term": "Intervals for prompts like these", "value": "not known yet", "note": note}]
    value = f"{median(wider):.1f} times as wide as on these prompts only"
    note = f"up to {prompts} prompts a model; JSON and CSV have both intervals, and that of one new prompt"
    return [{"term": "Intervals for prompts like these", "value": value, "note": note}]


def _fragility(found: dict[str, Any] | None, names: dict[str, str]) -> list[dict[str, str]]:
    if not found:
        return []
    votes, successor = found["votes"], names.get(found["successor"], found["successor"])
    value = f"{votes:,} vote{'' if votes == 1 else 's'} from changing hands"
    note = f"without those of {found['battles']:,} votes {successor} is first; fewer may do"
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


def board_lede(rows: Sequence[StandingRow], votes: int, computed_at: datetime | None) -> str:
    """Who leads and how sure that is; then what it rests on. Rows come in board order."""
    ranked = [row for row in rows if row.rank is not None]
    if not ranked or computed_at is None:
        return "No rankings yet: a model is ranked from its fourth battle on."
    day, cast = f"{computed_at.day} {computed_at:%B}", f"{votes:,} vote{'' if votes == 1 else 's'}"
    if len(ranked) == 1:
        return (
            f"As of {day}, {ranked[0].model} is the only ranked model: "
            f"there is no other to compare it with yet. {cast}."
        )
    return f"As of {day}, {_who_leads(ranked)} {len(ranked)} ranked models, {cast}."


def _who_leads(ranked: Sequence[StandingRow]) -> str:
    first = [row.model for row in ranked if row.rank == 1]
    if len(first) > 1:
        return f"{_listed(first)} share first place."
    rivals = [row.model for row in ranked if row.rank_best == 1 and row.rank != 1]
    if not rivals:
        return f"{first[0]} leads beyond doubt."
    if len(rivals) > 3:
        return f"{first[0]} leads, but {len(rivals)} others cannot be told apart from it yet."
    return f"{first[0]} leads; {_listed(rivals)} cannot be told apart from it yet."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


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
