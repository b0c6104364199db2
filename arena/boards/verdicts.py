"""What a board's votes have decided about pairs of its models, on its prompts and for prompts like them. Read side.

Not how it is put into words. What two models did against each other alone is `head_to_head`, which claims nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Exists, OuterRef
from django.db.models.fields.json import KT

from arena.boards.claims import UNDECIDED, WITHHELD, Decision, ForPrompts, Lead, PairVerdict
from arena.boards.deletions import read_deletions
from arena.models import Board, SequentialState, Snapshot, Standing, Verdict
from arena.rating.chances import POINTS_PER_LOG_ODDS, PUBLISHED_DECIMALS
from arena.rating.contrasts import OUTSIDE_OF_VERDICTS, contrasts
from arena.rating.outlooks import UNKNOWN, Outlook, outlooks
from arena.rating.prompts import Deletions
from arena.rating.verdicts import BETTER, EQUIVALENT, VerdictState
from providers.models import ImageModel

METHOD: Final = "verdicts"
VERSION: Final = "1"
TOO_LARGE: Final = "too_large"
# why a board has no verdicts, beside TOO_LARGE: the votes are still to be judged, for the first time or anew
NOT_JUDGED: Final = "not_judged"
Slugs = tuple[str, str]
# by kind and pair, slugs in their order
Decided = Mapping[tuple[str, Slugs], Decision]


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
        decided = _decisions([self.board.pk], slugs) if asked and not self.withheld else {}
        wide = asked and self.several and self.snapshot_id
        known = read_deletions([self.snapshot_id], slugs) if wide and self.snapshot_id else {}
        return self.judged_pairs(asked, decided.get(self.board.pk, {}), known.get(self.snapshot_id or 0))

    def names(self, slugs: Collection[str]) -> dict[str, str]:
        """Of models of `order`. One query."""
        found = ImageModel.objects.filter(slug__in={*slugs} & self.ratings.keys())
        return dict(found.values_list("slug", "name"))

    def judged_pairs(self, pairs: Sequence[Slugs], decided: Decided, known: Deletions | None) -> list[PairVerdict]:
        """Of pairs, the higher rated first, by what is stored of them."""
        beyond = self._for_prompts(pairs, decided, known) if self.several else {}
        return [self._verdict(pair, decided, beyond.get(pair)) for pair in pairs]

    def lead(self, slugs: Iterable[str]) -> Lead:
        """Of ranked models in board order, what is decided about the first and each other. Two queries."""
        known = [slug for slug in slugs if slug in self.ratings]
        pairs = self.of([(known[0], rival) for rival in known[1:]]) if known and not self.withheld else []
        return Lead(several=self.several, margin=self.margin, withheld=self.withheld, pairs=tuple(pairs))

    def outlooks(self, pairs: Sequence[Slugs], power: float) -> list[Outlook]:
        """How many more votes on each pair would decide, with that chance. One query, which reads the board's state."""
        if self.withheld or not pairs:
            return [UNKNOWN] * len(pairs)
        # what has seen the youngest votes too, as the decisions have
        tip = _state_rows(board=self.board).values_list("state__tip", flat=True).first()
        return outlooks(VerdictState.from_json(tip), pairs, power) if tip else [UNKNOWN] * len(pairs)

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

    def _for_prompts(
        self, pairs: Sequence[Slugs], decided: Decided, known: Deletions | None
    ) -> dict[Slugs, ForPrompts]:
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

    def _beyond(self, pair: Slugs, width: float, shared: int, decided: Decided) -> ForPrompts:
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

    def _verdict(self, pair: Slugs, decided: Decided, beyond: ForPrompts | None) -> PairVerdict:
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


def variant() -> str:
    """The margin that sites set, as stored states are told apart by."""
    return f"margin={settings.VERDICT_MARGIN:g}"


def board_verdicts(board: Board) -> BoardVerdicts:
    """By the current headline snapshot; without one there is nobody to ask about. Two queries."""
    current = Snapshot.objects.current_headline().filter(board=board)
    hides = Exists(board.unannounced_models().filter(pk=OuterRef("model")))
    rated = Standing.objects.filter(snapshot__in=current, rating__isnull=False).exclude(hides)
    columns = ("model__slug", "rating", "rank", "prompts_withheld", "snapshot_id")
    found = sorted(rated.values_list(*columns), key=lambda row: (-row[1], row[0]))
    rows = [row[:-1] for row in found]
    withheld, judged = _judged([board]).get(board.pk, (NOT_JUDGED, 0))
    return BoardVerdicts(
        board=board,
        snapshot_id=found[0][-1] if found else None,
        order=tuple(slug for slug, *_ in rows),
        ranked=frozenset(slug for slug, _, rank, _ in rows if rank is not None),
        ratings={slug: rating for slug, rating, *_ in rows},
        reasons={slug: reason for slug, *_, reason in rows},
        withheld=withheld,
        judged=judged,
        margin=float(settings.VERDICT_MARGIN),
    )


def verdicts_on_boards(pair: Slugs, rated: Mapping[Board, Mapping[str, Standing]]) -> dict[Board, PairVerdict]:
    """Of two models, by the boards that rate both, whose standings there are given by slug. Three queries."""
    found = rated.keys()
    judged, decided = _judged(found), _decisions([board.pk for board in found], set(pair))
    known = read_deletions([rows[pair[0]].snapshot_id for rows in rated.values()], pair)
    verdicts = {}
    for board, rows in rated.items():
        ratings = {slug: row.rating for slug, row in rows.items() if row.rating is not None}
        first, second = sorted(ratings, key=lambda slug: (-ratings[slug], slug))
        withheld, number = judged.get(board.pk, (NOT_JUDGED, 0))
        asked = BoardVerdicts(
            board=board,
            snapshot_id=rows[first].snapshot_id,
            order=(first, second),
            ranked=frozenset(slug for slug, row in rows.items() if row.rank is not None),
            ratings=ratings,
            reasons={slug: row.prompts_withheld for slug, row in rows.items()},
            withheld=withheld,
            judged=number,
            margin=float(settings.VERDICT_MARGIN),
        )
        (verdicts[board],) = asked.judged_pairs(
            [(first, second)], {} if withheld else decided.get(board.pk, {}), known.get(rows[first].snapshot_id)
        )
    return verdicts


def _decisions(boards: Collection[int], slugs: Collection[str]) -> dict[int, dict[tuple[str, Slugs], Decision]]:
    """By board. One query."""
    rows = Verdict.objects.filter(board__in=boards, first__slug__in=slugs, second__slug__in=slugs)
    columns = ("board_id", "kind", "first__slug", "second__slug", "number", "decided_at")
    found: dict[int, dict[tuple[str, Slugs], Decision]] = defaultdict(dict)
    for board, kind, first, second, number, at in rows.values_list(*columns):
        winner, day = first if kind == BETTER else "", at.astimezone(UTC).date() if at else None
        decision = Decision(kind=kind, winner=winner, number=number, decided_on=day)
        found[board][kind, _key(first, second)] = decision
    return found


def _judged(boards: Iterable[Board]) -> dict[int, tuple[str, int]]:
    """By board, why nothing was judged, or "", and up to which vote. One query."""
    columns = ("board_id", KT("state__withheld"), KT("state__judged"))
    rows = _state_rows(board__in=list(boards)).values_list(*columns)
    return {board: (TOO_LARGE if reason else "", int(judged)) for board, reason, judged in rows}


def _state_rows(**boards: Any) -> Any:
    return SequentialState.objects.filter(method=METHOD, variant=variant(), version=VERSION, **boards)


def _key(first: str, second: str) -> Slugs:
    return (first, second) if first < second else (second, first)


def _no_interval(reason: str, shared: int | None) -> ForPrompts:
    return ForPrompts(kind=WITHHELD, winner="", reason=reason, competitions=shared, lower=None, upper=None)
