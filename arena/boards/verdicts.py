"""What a board's votes have decided about pairs of its models, on its prompts and for prompts like them. Read side.

Not how it is put into words. What two models did against each other alone is `head_to_head`, which claims nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Exists, OuterRef
from django.db.models.fields.json import KT

from arena.boards.deletions import read_deletions
from arena.boards.judging import METHOD, TOO_LARGE, VERSION, variant
from arena.models import Board, SequentialState, Snapshot, Standing, Verdict
from arena.rating.chances import POINTS_PER_LOG_ODDS, PUBLISHED_DECIMALS
from arena.rating.contrasts import OUTSIDE_OF_VERDICTS, contrasts
from arena.rating.outlooks import UNKNOWN, Outlook, outlooks
from arena.rating.verdicts import BETTER, EQUIVALENT, VerdictState

UNDECIDED: Final = "undecided"
WITHHELD: Final = "withheld"
# why a board has no verdicts, beside TOO_LARGE: the votes are still to be judged, for the first time or anew
NOT_JUDGED: Final = "not_judged"
Slugs = tuple[str, str]


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


@dataclass(frozen=True, kw_only=True)
class FirstPlace:
    """Who is better than each of the other ranked models, two at least, by slug; "" for nobody.

    `for_prompts` is None on a board of one competition.
    """

    on_these: str
    for_prompts: str | None

    @property
    def headline(self) -> str:
        return self.on_these if self.for_prompts is None else self.for_prompts


@dataclass(frozen=True, kw_only=True)
class BoardVerdicts:
    """What can be asked about a board. `order` is its rated models, the best first, `ranked` those with a rank.

    All votes up to number `judged` were judged, unless `withheld`; `margin` in points.
    """

    board: Board
    snapshot_id: int | None
    order: tuple[str, ...]
    ranked: frozenset[str]
    ratings: Mapping[str, float]
    reasons: Mapping[str, str]
    withheld: str
    judged: int
    margin: float

    @property
    def several(self) -> bool:
        """Whether prompts beyond its own are what its headline claims are about."""
        return self.board.kind != "competition"

    def of(self, pairs: Collection[Slugs]) -> list[PairVerdict]:
        """Of these pairs of `order`, in their order; each comes with the higher rated model first. Two queries."""
        place = {slug: at for at, slug in enumerate(self.order)}
        asked: list[Slugs] = [(a, b) if place[a] < place[b] else (b, a) for a, b in pairs]
        slugs = {slug for pair in asked for slug in pair}
        decided = self._decisions(slugs) if asked and not self.withheld else {}
        beyond = self._for_prompts(asked, decided) if asked and self.several else {}
        return [self._verdict(pair, decided, beyond.get(pair)) for pair in asked]

    def outlooks(self, pairs: Sequence[Slugs], power: float) -> list[Outlook]:
        """How many more votes on each pair would decide, with that chance. One query, which reads the board's state."""
        if self.withheld or not pairs:
            return [UNKNOWN] * len(pairs)
        state = _state_rows(self.board).values_list("state__state", flat=True).first()
        return outlooks(VerdictState.from_json(state), pairs, power) if state else [UNKNOWN] * len(pairs)

    def first_place(self) -> FirstPlace:
        """One query; two more where somebody is first on these prompts of several."""
        nobody = FirstPlace(on_these="", for_prompts="" if self.several else None)
        if self.withheld or len(self.ranked) < 2:
            return nobody
        better = Verdict.objects.filter(board=self.board, kind=BETTER)
        better = better.filter(first__slug__in=self.ranked, second__slug__in=self.ranked)
        beaten = better.values("first__slug").annotate(rivals=Count("pk")).filter(rivals=len(self.ranked) - 1)
        firsts = [row["first__slug"] for row in beaten[:2]]
        if len(firsts) != 1:
            return nobody
        if not self.several:
            return FirstPlace(on_these=firsts[0], for_prompts=None)
        # in the order of the board, so that equals cost nothing
        rivals = [slug for slug in self.order if slug in self.ranked and slug != firsts[0]]
        found = self.of([(firsts[0], rival) for rival in rivals])
        is_first = all(each.winner == firsts[0] for each in found)
        return FirstPlace(on_these=firsts[0], for_prompts=firsts[0] if is_first else "")

    def _decisions(self, slugs: set[str]) -> dict[tuple[str, Slugs], Decision]:
        """By kind and pair, slugs in their order."""
        rows = Verdict.objects.filter(board=self.board, first__slug__in=slugs, second__slug__in=slugs)
        columns = ("kind", "first__slug", "second__slug", "number", "decided_at")
        found = {}
        for kind, first, second, number, at in rows.values_list(*columns):
            winner, day = first if kind == BETTER else "", at.astimezone(UTC).date() if at else None
            found[kind, _key(first, second)] = Decision(kind=kind, winner=winner, number=number, decided_on=day)
        return found

    def _for_prompts(
        self, pairs: Sequence[Slugs], decided: Mapping[tuple[str, Slugs], Decision]
    ) -> dict[Slugs, ForPrompts]:
        slugs = {slug for pair in pairs for slug in pair}
        known = read_deletions(self.snapshot_id, slugs) if self.snapshot_id else None
        place = {slug: at for at, slug in enumerate(known.models)} if known else {}
        spread = contrasts(known) if known else None
        widths = POINTS_PER_LOG_ODDS * spread.half_widths(OUTSIDE_OF_VERDICTS) if spread else None
        found = {}
        for pair in pairs:
            if spread is None or widths is None or not {*pair} <= place.keys():
                found[pair] = _no_interval(self._reason(pair), None)
                continue
            at = (place[pair[0]], place[pair[1]])
            shared, reason = int(spread.competitions[at]), str(spread.withheld[at])
            found[pair] = (
                _no_interval(reason, shared) if reason else self._beyond(pair, float(widths[at]), shared, decided)
            )
        return found

    def _beyond(
        self, pair: Slugs, width: float, shared: int, decided: Mapping[tuple[str, Slugs], Decision]
    ) -> ForPrompts:
        """A verdict on these prompts, where the interval of the contrast agrees."""
        ahead = self.ratings[pair[0]] - self.ratings[pair[1]]
        lower, upper = (round(end, PUBLISHED_DECIMALS) for end in (ahead - width, ahead + width))
        better = decided.get((BETTER, _key(*pair)))
        kind, winner, reason = UNDECIDED, "", ""
        if self.withheld:
            kind, reason = WITHHELD, self.withheld
        elif better and (lower > 0 if better.winner == pair[0] else upper < 0):
            kind, winner = BETTER, better.winner
        elif (EQUIVALENT, _key(*pair)) in decided and -self.margin < lower and upper < self.margin:
            kind = EQUIVALENT
        return ForPrompts(kind=kind, winner=winner, reason=reason, competitions=shared, lower=lower, upper=upper)

    def _reason(self, pair: Slugs) -> str:
        """Why a board has no deletions for them: a snapshot of before says nothing of it."""
        return next((self.reasons[slug] for slug in pair if self.reasons[slug]), NOT_JUDGED)

    def _verdict(
        self, pair: Slugs, decided: Mapping[tuple[str, Slugs], Decision], beyond: ForPrompts | None
    ) -> PairVerdict:
        return PairVerdict(
            first=pair[0],
            second=pair[1],
            ahead=round(self.ratings[pair[0]] - self.ratings[pair[1]], PUBLISHED_DECIMALS),
            several=self.several,
            withheld=self.withheld,
            better=decided.get((BETTER, _key(*pair))),
            equivalent=decided.get((EQUIVALENT, _key(*pair))),
            for_prompts=beyond,
        )


def board_verdicts(board: Board) -> BoardVerdicts:
    """By the current headline snapshot; without one there is nobody to ask about. Three queries."""
    snapshot = Snapshot.objects.current_headline().filter(board=board).only("pk").first()
    hides = Exists(board.unannounced_models().filter(pk=OuterRef("model")))
    rated = Standing.objects.filter(snapshot=snapshot, rating__isnull=False) if snapshot else Standing.objects.none()
    columns = ("model__slug", "rating", "rank", "prompts_withheld")
    rows = sorted(rated.exclude(hides).values_list(*columns), key=lambda row: (-row[1], row[0]))
    withheld, judged = _judged(board)
    return BoardVerdicts(
        board=board,
        snapshot_id=snapshot.pk if snapshot else None,
        order=tuple(slug for slug, *_ in rows),
        ranked=frozenset(slug for slug, _, rank, _ in rows if rank is not None),
        ratings={slug: rating for slug, rating, *_ in rows},
        reasons={slug: reason for slug, *_, reason in rows},
        withheld=withheld,
        judged=judged,
        margin=float(settings.VERDICT_MARGIN),
    )


def _judged(board: Board) -> tuple[str, int]:
    """Why nothing was judged, or "", and up to which vote."""
    found: Any = _state_rows(board).values_list(KT("state__withheld"), KT("state__judged")).first()
    if found is None:
        return NOT_JUDGED, 0
    reason, judged = found
    return (TOO_LARGE if reason else ""), int(judged)


def _state_rows(board: Board) -> Any:
    return SequentialState.objects.filter(board=board, method=METHOD, variant=variant(), version=VERSION)


def _key(first: str, second: str) -> Slugs:
    return (first, second) if first < second else (second, first)


def _no_interval(reason: str, shared: int | None) -> ForPrompts:
    return ForPrompts(kind=WITHHELD, winner="", reason=reason, competitions=shared, lower=None, upper=None)
