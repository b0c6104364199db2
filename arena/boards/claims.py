"""Every sentence about who is better, as good as another, or first on a board, whoever says it. Pure.

A claim comes from a verdict and names its scope. Ratings, ranks and chances are figures of one snapshot and make none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from arena.rating.verdicts import BETTER, EQUIVALENT

UNDECIDED: Final = "undecided"
WITHHELD: Final = "withheld"
FEW_COMPETITIONS: Final = "few_competitions"
FOR_PROMPTS: Final = "for prompts like these"
ON_THESE: Final = "on these prompts"
ON_THIS: Final = "on this prompt"
MOST_NAMED: Final = 3
WHY: Final = {
    FEW_COMPETITIONS: "too few prompts have battles of both",
    "cut_off": "one of them hangs on one prompt alone",
    "too_large": "the board has too many models",
    "not_converged": "without one of the prompts the fit does not converge",
    "not_judged": "the votes are still to be judged",
}


@dataclass(frozen=True, kw_only=True)
class Decision:
    """On these prompts, since the vote `number` of the log. `winner` is "" of equivalents; no date where the vote has
    none."""

    kind: str
    winner: str
    number: int
    decided_on: date | None


@dataclass(frozen=True, kw_only=True)
class ForPrompts:
    """Beyond these prompts. `kind` is BETTER, EQUIVALENT, UNDECIDED or WITHHELD, and `reason` says why the last.

    `lower` and `upper` are the 97% interval of first less second, in points, by jackknife over `competitions` that have
    battles of both. A reason is few_competitions, cut_off, too_large, not_converged or not_judged.
    """

    kind: str
    winner: str
    reason: str
    competitions: int | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, kw_only=True)
class PairVerdict:
    """Two models, the higher rated first; `ahead` is the fitted difference in points, as published.

    `better` and `equivalent` can both be: better, and by less than the margin. `for_prompts` is None on a board of one
    competition, and the headline claim on others, which are of `several`. `withheld` is why nothing was judged.
    """

    first: str
    second: str
    ahead: float
    several: bool
    withheld: str
    better: Decision | None
    equivalent: Decision | None
    for_prompts: ForPrompts | None

    @property
    def on_these(self) -> Decision | None:
        """What is decided on these prompts; who is better says more than that they are close."""
        return self.better or self.equivalent

    @property
    def kind(self) -> str:
        """The headline claim: for prompts like these on a board of several, else on these."""
        if self.for_prompts is not None:
            return self.for_prompts.kind
        if self.withheld:
            return WITHHELD
        return self.on_these.kind if self.on_these else UNDECIDED

    @property
    def winner(self) -> str:
        """Of the headline claim; "" where nobody is better."""
        if self.for_prompts is not None:
            return self.for_prompts.winner
        return self.on_these.winner if self.on_these else ""

    @property
    def reason(self) -> str:
        """Why the headline is WITHHELD, else ""."""
        return self.for_prompts.reason if self.for_prompts is not None else self.withheld

    def other(self, slug: str) -> str:
        return self.second if slug == self.first else self.first


def headline_scope(several: bool) -> str:
    """What the headline claim of a board is about."""
    return FOR_PROMPTS if several else ON_THIS


def since(decision: Decision) -> str:
    """`since vote 1,204, 3 May 2026`."""
    day = f", {decision.decided_on.day} {decision.decided_on:%B %Y}" if decision.decided_on else ""
    return f"since vote {decision.number:,}{day}"


def within(margin: float) -> str:
    return f"within ±{margin:g} points"


def headline_claim(verdict: PairVerdict, names: Mapping[str, str], margin: float) -> str:
    """The headline verdict about two models as a sentence."""
    one, other = names[verdict.first], names[verdict.second]
    scope = headline_scope(verdict.several)
    decided = verdict.on_these if not verdict.several else None
    when = f", {since(decided)}" if decided else ""
    if verdict.kind == BETTER:
        return f"{names[verdict.winner]} is better than {names[verdict.other(verdict.winner)]} {scope}{when}."
    if verdict.kind == EQUIVALENT:
        return f"{one} and {other} are equivalent {within(margin)} {scope}{when}."
    if verdict.kind == WITHHELD:
        return f"Nothing is claimed about {one} and {other} {scope}: {_why(verdict)}."
    return f"Which of {one} and {other} is better {scope} is undecided."


def own_prompts_claim(verdict: PairVerdict, names: Mapping[str, str], margin: float) -> str:
    """What is decided on a board's own prompts, beside its headline; "" where that is the headline."""
    if not verdict.several:
        return ""
    return f"{ON_THESE.capitalize()} {_own_words(verdict, names, margin, 'it is undecided')}."


def pair_claim(verdict: PairVerdict, names: Mapping[str, str], margin: float) -> str:
    """All that is claimed about two models, each scope named."""
    own = own_prompts_claim(verdict, names, margin)
    return f"{headline_claim(verdict, names, margin)} {own}".strip()


def headline_cell(verdict: PairVerdict, names: Mapping[str, str], margin: float) -> str:
    """The headline verdict in a table whose column names the scope."""
    if verdict.kind == BETTER:
        return f"{names[verdict.winner]} is better"
    if verdict.kind == WITHHELD:
        return f"not claimed: {_why(verdict)}"
    return f"equivalent {within(margin)}" if verdict.kind == EQUIVALENT else UNDECIDED


def own_prompts_cell(verdict: PairVerdict, names: Mapping[str, str], margin: float) -> str:
    """The verdict on a board's own prompts in a table whose column names the scope, with its vote."""
    return _own_words(verdict, names, margin, UNDECIDED)


def _own_words(verdict: PairVerdict, names: Mapping[str, str], margin: float, open_words: str) -> str:
    if verdict.withheld:
        return f"nothing is claimed: {WHY[verdict.withheld]}"
    decided = verdict.on_these
    if decided is None:
        return open_words
    said = f"{names[decided.winner]} is better" if decided.kind == BETTER else f"equivalent {within(margin)}"
    return f"{said}, {since(decided)}"


def _why(verdict: PairVerdict) -> str:
    shared = verdict.for_prompts.competitions if verdict.for_prompts else None
    if verdict.reason == FEW_COMPETITIONS and shared is not None:
        return f"only {shared} prompt{'' if shared == 1 else 's'} {'has' if shared == 1 else 'have'} battles of both"
    return WHY[verdict.reason]


class Ranked(Protocol):
    """A row of a board, in its order."""

    @property
    def slug(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def rank(self) -> int | None: ...


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What is decided about the highest rated model and each other ranked one, in board order.

    No pairs where there are no two ranked models, or nothing was judged, and `withheld` says why.
    """

    several: bool
    margin: float
    withheld: str = ""
    pairs: tuple[PairVerdict, ...] = ()


def highest_rated(rows: Sequence[Ranked]) -> str:
    """Whom a snapshot rates highest, as a figure and no claim; "" under two ranked models."""
    ranked = [row for row in rows if row.rank is not None]
    first = [row.model for row in ranked if row.rank == 1]
    if len(ranked) < 2 or not first:
        return ""
    if len(first) > MOST_NAMED:
        return f"{len(first)} models share the highest rating"
    return f"{listed(first)} share the highest rating" if len(first) > 1 else f"{first[0]} is rated highest"


def only_ranked(row: Ranked) -> str:
    """What stands in place of a rank where there is no second ranked model."""
    return "is the only ranked model" if row.rank is not None else "not ranked yet"


def lead_claim(rows: Sequence[Ranked], lead: Lead) -> str:
    """Who is first, or whom it is not decided against yet; no claim under two ranked models."""
    ranked = [row for row in rows if row.rank is not None]
    if not ranked:
        return "No rankings yet: a model is ranked from its fourth battle on"
    if len(ranked) == 1:
        return f"{ranked[0].model} is the only ranked model: there is no other to compare it with yet"
    top, scope = highest_rated(rows), headline_scope(lead.several)
    if lead.withheld or not lead.pairs:
        return f"{top}; nothing is claimed {scope}: {WHY[lead.withheld or 'not_judged']}"
    names = {row.slug: row.model for row in ranked}
    leader = ranked[0]
    it = names[leader.slug] if sum(row.rank == 1 for row in ranked) > 1 else "it"
    worse = [pair for pair in lead.pairs if pair.winner == leader.slug]
    if len(worse) == len(ranked) - 1:
        return f"{leader.model} is first {scope}: {_better_than_all(worse, names, leader.slug)}"
    return "; ".join([top, *_not_first(lead, names, leader.slug, it)])


def _better_than_all(worse: Sequence[PairVerdict], names: Mapping[str, str], leader: str) -> str:
    rivals = [names[pair.other(leader)] for pair in worse]
    whom = rivals[0] if len(rivals) == 1 else f"each of the {len(rivals)} other ranked models"
    last = max((pair.better for pair in worse if pair.better), key=lambda each: each.number, default=None)
    own = f"{ON_THESE} " if worse[0].several else ""
    return f"better than {whom}" + (f", {own}{since(last)}" if last else "")


def _not_first(lead: Lead, names: Mapping[str, str], leader: str, it: str) -> list[str]:
    """What is decided and open about the others, the highest rated of them named."""
    scope, found = headline_scope(lead.several), []
    of_kind: dict[str, list[str]] = {}
    for pair in lead.pairs:
        rival = pair.other(leader)
        kind = pair.kind if pair.winner in {"", leader} else "worse"
        of_kind.setdefault(kind, []).append(names[rival])
    others = len(lead.pairs)
    if behind := of_kind.get("worse"):
        found.append(f"{_named(behind, others)} {_is(behind)} better than {it} {scope}")
    if equal := of_kind.get(EQUIVALENT):
        found.append(f"{_named(equal, others)} {_is(equal)} equivalent to {it} {within(lead.margin)} {scope}")
    if still_open := of_kind.get(UNDECIDED):
        found.append(f"whether {it} is better than {_named(still_open, others)} {scope} is undecided")
    if withheld := of_kind.get(WITHHELD):
        found.append(f"nothing is claimed {scope} about {it} and {_named(withheld, others)}")
    return found


def _named(models: Sequence[str], others: int) -> str:
    if len(models) <= MOST_NAMED:
        return listed(models)
    return f"{len(models)} of the {others} others" if len(models) < others else f"any of the {others} others"


def _is(models: Sequence[str]) -> str:
    return "is" if len(models) == 1 else "are"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
