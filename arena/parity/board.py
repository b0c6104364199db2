"""A parity board as values for pages and API: its endpoints in order, and what is decided about each two. Read side."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from typing import Any, Final

from django.db.models import QuerySet

from arena.boards.claims import UNDECIDED, WITHHELD, Decision, ForPrompts, PairVerdict, pair_claim
from arena.models import ParityBoard, ParityEntry, ParitySnapshot, ParityVote
from arena.models.visibility import Viewer, public_parity_entry
from arena.parity.endpoints import NamedEndpoint, provider_names
from arena.rating.board import FIGURES
from arena.rating.chances import PUBLISHED_DECIMALS
from arena.rating.verdicts import BETTER, EQUIVALENT, VerdictState
from arena.rating.verdicts import Decision as Made

RECORD: Final = {"wins": 0, "losses": 0, "ties": 0, "both_bad": 0}


@dataclass(frozen=True)
class ParityRow:
    """One endpoint. Figures are those of any board's row; all None before its first counted vote."""

    endpoint: NamedEndpoint
    entries: int
    simulated: bool
    figures: dict[str, Any]

    @property
    def battles(self) -> int:
        return int(self.figures["wins"] + self.figures["losses"] + self.figures["ties"])

    @property
    def win_rate(self) -> float | None:
        """A fraction; None without battles."""
        return self.figures["wins"] / self.battles if self.battles else None


@dataclass(frozen=True)
class ParityVerdict:
    """What the votes say of two endpoints, by key, the higher rated first. `names` are by key, `votes` on the two."""

    pair: PairVerdict
    names: Mapping[str, str]
    margin: float
    votes: int

    @property
    def sentence(self) -> str:
        """All that is claimed of the two; nothing else on page or API says who is better."""
        return pair_claim(self.pair, self.names, self.margin)


@dataclass(frozen=True)
class ParityTable:
    """A board; `computation` is None before the first computation. `prompts` and `seeds` are what pairs are of."""

    board: ParityBoard
    rows: tuple[ParityRow, ...]
    verdicts: tuple[ParityVerdict, ...]
    computation: ParitySnapshot | None
    prompts: int
    seeds: int

    @property
    def votes(self) -> int:
        return self.computation.votes if self.computation else 0

    @property
    def computed_at(self) -> datetime | None:
        return self.computation.computed_at if self.computation else None

    @property
    def is_simulated(self) -> bool:
        return any(row.simulated for row in self.rows)


def listed_parity_boards(viewer: Viewer) -> QuerySet[ParityBoard]:
    """By model and mode, with what `parity_table` takes of a board."""
    boards = ParityBoard.objects.visible_to(viewer).select_related("model__creator", "snapshot")
    return boards.order_by("model__slug", "mode")


def parity_boards_of(slug: str) -> list[ParityBoard]:
    """Public ones of the model. One query."""
    return list(ParityBoard.objects.public().filter(model__slug=slug).select_related("model").order_by("mode"))


def find_parity_board(key: str, viewer: Viewer) -> ParityBoard | None:
    """One query."""
    boards = ParityBoard.objects.visible_to(viewer).of_key(key)
    return boards.select_related("model__creator", "snapshot").first()


def parity_table(board: ParityBoard) -> ParityTable:
    """Of a board of `find_parity_board`. Four queries."""
    named = provider_names(board.pk)
    counted = _entries(board)
    snapshot = getattr(board, "snapshot", None)
    standings = {row["endpoint"]: row for row in snapshot.standings} if snapshot else {}
    places = {key: place for place, key in enumerate(standings)}
    rows = [
        ParityRow(one, counted[pk].entries, counted[pk].simulated, _figures(standings.get(one.key)))
        for pk, one in named.items()
        if pk in counted
    ]
    rows.sort(key=lambda row: (places.get(row.endpoint.key, len(places)), row.endpoint.key))
    scenes = {scene for of_one in counted.values() for scene in of_one.scenes}
    return ParityTable(
        board=board,
        rows=tuple(rows),
        verdicts=tuple(_verdicts(rows, snapshot)),
        computation=snapshot,
        prompts=len({competition for competition, _ in scenes}),
        seeds=len({seed for _, seed in scenes}),
    )


def _figures(row: dict[str, Any] | None) -> dict[str, Any]:
    found = row or RECORD
    return {name: found.get(name) for name in FIGURES}


@dataclass
class _Entries:
    entries: int = 0
    simulated: bool = False
    scenes: set[tuple[int, int]] = field(default_factory=set)


def _entries(board: ParityBoard) -> dict[int, _Entries]:
    """Of endpoints with an entry that everybody may know of: by id, their scenes by competition and seed."""
    found: dict[int, _Entries] = defaultdict(_Entries)
    entries = ParityEntry.objects.filter(public_parity_entry(), scene__board=board)
    columns = ("endpoint_id", "scene__competition_id", "scene__seed", "simulated")
    for endpoint, competition, seed, simulated in entries.values_list(*columns):
        one = found[endpoint]
        one.entries += 1
        one.simulated |= simulated
        one.scenes.add((competition, seed))
    return found


def _verdicts(rows: Sequence[ParityRow], snapshot: ParitySnapshot | None) -> Iterator[ParityVerdict]:
    """One query."""
    if snapshot is None:
        return
    state = VerdictState.from_json(snapshot.verdicts)
    numbers = [one.number for one in state.decisions]
    moments = dict(ParityVote.objects.filter(pk__in=numbers).values_list("number", "cast_at"))
    decided = {(one.kind, frozenset((one.first, one.second))): _decision(one, moments) for one in state.decisions}
    beyond = {frozenset((one["first"], one["second"])): one for one in snapshot.contrasts}
    names = {row.endpoint.key: row.endpoint.name for row in rows}
    rated = [row for row in rows if row.figures["rating"] is not None]
    for one, other in combinations(sorted(rated, key=lambda row: -row.figures["rating"]), 2):
        keys = (one.endpoint.key, other.endpoint.key)
        better, equivalent = (decided.get((kind, frozenset(keys))) for kind in (BETTER, EQUIVALENT))
        pair = PairVerdict(
            first=keys[0],
            second=keys[1],
            ahead=round(one.figures["rating"] - other.figures["rating"], PUBLISHED_DECIMALS),
            several=bool(snapshot.contrasts),
            withheld="",
            better=better,
            equivalent=equivalent,
            for_prompts=_for_prompts(keys, beyond.get(frozenset(keys)), better, equivalent, state.margin),
        )
        yield ParityVerdict(pair, names, state.margin, _votes_on(state, *keys))


def _decision(made: Made, moments: Mapping[int, datetime | None]) -> Decision:
    moment = moments.get(made.number)
    day = moment.astimezone(UTC).date() if moment else None
    return Decision(
        kind=made.kind, winner=made.first if made.kind == BETTER else "", number=made.number, decided_on=day
    )


def _for_prompts(
    keys: tuple[str, str],
    contrast: Mapping[str, Any] | None,
    better: Decision | None,
    equivalent: Decision | None,
    margin: float,
) -> ForPrompts | None:
    """A verdict on these prompts, where the interval for prompts like these agrees; None on a board of one prompt."""
    if contrast is None:
        return None
    shared, reason = contrast["competitions"], contrast["withheld"]
    if reason:
        return ForPrompts(kind=WITHHELD, winner="", reason=reason, competitions=shared, lower=None, upper=None)
    lower, upper = contrast["lower"], contrast["upper"]
    if contrast["first"] != keys[0]:
        lower, upper = -upper, -lower
    kind, winner = UNDECIDED, ""
    if better and (lower > 0 if better.winner == keys[0] else upper < 0):
        kind, winner = BETTER, better.winner
    elif equivalent and -margin < lower and upper < margin:
        kind = EQUIVALENT
    return ForPrompts(kind=kind, winner=winner, reason="", competitions=shared, lower=lower, upper=upper)


def _votes_on(state: VerdictState, one: str, other: str) -> int:
    if not {one, other} <= set(state.models):
        return 0
    i, j = state.models.index(one), state.models.index(other)
    return int(state.wins[i, j] + state.wins[j, i] + state.ties[i, j])
