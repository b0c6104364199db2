"""Why ranks moved between two snapshots of one board: new votes, new models, excluded votes, method. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from arena.boards.standings import StandingRow


@dataclass(frozen=True, kw_only=True)
class View:
    """One snapshot; `models` by slug."""

    computed_at: datetime
    method: str
    digest: str
    votes: int
    excluded_votes: int
    models: Mapping[str, StandingRow]


@dataclass(frozen=True, kw_only=True)
class ModelChange:
    """One model before and after."""

    slug: str
    name: str
    rank_before: int | None
    rank_after: int | None
    rating_before: float | None
    rating_after: float | None
    before: View = field(repr=False, compare=False)
    after: View = field(repr=False, compare=False)

    @property
    def rose(self) -> int:
        """Ranks gained; 0 where one of the two is missing."""
        return (self.rank_before or 0) - (self.rank_after or 0) if self.rank_before and self.rank_after else 0

    @property
    def moved(self) -> bool:
        return self.rank_before != self.rank_after

    @property
    def gained(self) -> float | None:
        """Points gained."""
        if self.rating_before is None or self.rating_after is None:
            return None
        return round(self.rating_after - self.rating_before, 2)

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """What moved it, in words; none for one that stayed where it was. It looks at every model of both boards."""
        return tuple(_reasons(self.slug, self.before, self.after)) if self.moved else ()


def board_reasons(before: View, after: View) -> tuple[str, ...]:
    """What changed for the board as a whole, in sentences."""
    if (before.digest, before.method) == (after.digest, after.method):
        return ("Nothing changed: both snapshots are of the same votes.",)
    excluded = after.excluded_votes - before.excluded_votes
    net = after.votes - before.votes
    new = sorted(after.models[slug].model for slug in set(after.models) - set(before.models))
    gone = sorted(before.models[slug].model for slug in set(before.models) - set(after.models))
    sentences = [
        (net != 0 or not excluded, f"{net:+,} counted votes: {before.votes:,} before, {after.votes:,} after."),
        (excluded > 0, f"{excluded:,} votes were excluded."),
        (excluded < 0, f"{-excluded:,} votes count again."),
        (bool(new), f"New on the board: {_listed(new)}."),
        (bool(gone), f"No longer on the board: {_listed(gone)}."),
        (before.method != after.method, f"The method changed from {before.method} to {after.method}."),
    ]
    return tuple(text for holds, text in sentences if holds)


def model_changes(before: View, after: View) -> tuple[ModelChange, ...]:
    """Every model of either snapshot, in the order of the later board, those that left at the end."""
    order = [*after.models, *(slug for slug in before.models if slug not in after.models)]
    return tuple(_change(slug, before, after) for slug in order)


def _change(slug: str, before: View, after: View) -> ModelChange:
    old, new = before.models.get(slug), after.models.get(slug)
    return ModelChange(
        slug=slug,
        name=(after if new else before).models[slug].model,
        rank_before=old.rank if old else None,
        rank_after=new.rank if new else None,
        rating_before=old.rating if old else None,
        rating_after=new.rating if new else None,
        before=before,
        after=after,
    )


def _reasons(slug: str, before: View, after: View) -> list[str]:
    old, new = before.models.get(slug), after.models.get(slug)
    if new is None:
        return ["it is no longer on the board"]
    if new.rank is None:
        return ["it has too few battles for a rank now, or nothing connects it with the ranked models"]
    reasons = [_own_battles(old, new)]
    if old is None or old.rank is None:
        reasons.append("it was not ranked before")
    else:
        reasons += _crossings(slug, before, after)
    if before.method != after.method:
        reasons.append("the method changed")
    return reasons


def _own_battles(old: StandingRow | None, new: StandingRow) -> str:
    wins, losses, ties = (
        getattr(new, part) - (getattr(old, part) if old else 0) for part in ("wins", "losses", "ties")
    )
    if not (wins or losses or ties):
        return "no votes of its own: the others moved"
    return f"its own battles since: {wins:+d} wins, {losses:+d} losses, {ties:+d} ties"


def _crossings(slug: str, before: View, after: View) -> list[str]:
    """Whom it is rated above and below now; newcomers above it and leavers from above it apart."""
    above_before, above_after = _above(slug, before), _above(slug, after)
    ranked_before = {other for other, seen in before.models.items() if seen.rank is not None}
    ranked_after = {other for other, seen in after.models.items() if seen.rank is not None}
    groups = (
        ("is rated above", above_before - above_after, before),
        ("is rated below", above_after - above_before, after),
    )
    reasons = []
    for verb, others, view in groups:
        both = sorted(view.models[other].model for other in others if other in ranked_before and other in ranked_after)
        if both:
            reasons.append(f"it {verb} {_listed(both)} now")
    new = sorted(after.models[other].model for other in above_after - ranked_before)
    gone = sorted(before.models[other].model for other in above_before - ranked_after)
    if new:
        reasons.append(f"newly ranked above it: {_listed(new)}")
    if gone:
        reasons.append(f"no longer ranked above it: {_listed(gone)}")
    return reasons


def _above(slug: str, view: View) -> set[str]:
    own = view.models[slug].rank
    return {
        other for other, seen in view.models.items() if seen.rank is not None and own is not None and seen.rank < own
    }


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:4])
    return f"{shown} and {len(names) - 4} more" if len(names) > 4 else shown
