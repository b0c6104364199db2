"""Chains the vote log in batches: each link's digest is of its votes and of the link before, so no edit goes unseen.

Each criterion's votes are a chain of their own. A vote's line is its number, battle, left slug, right slug and outcome,
by the slugs of when the link was made, and its criterion where that is not `overall`. Not whether it counts: exclusions
are undone. Votes of the demo world come and go whole and are left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice, product
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from arena.models import Tally, Vote, VoteChainLink
from arena.rating.criteria import OVERALL
from arena.votes.log import complete_up_to
from arena.votes.outcome_sql import (
    ENTRY_RECOUNT,
    TALLY_COLUMNS,
    TALLY_TOTAL,
    VOTES_COUNTED,
    each_counter,
    each_outcome,
)
from providers.models import ImageModel, ModelAlias

LINK_VOTES: Final = 10_000
START: Final = "0" * 64
CHAIN_LOCK: Final = "arena: chain of the vote log"
# of a link made before names were kept, by which of their aliases its models may have been called
MOST_TRIED: Final = 256

# Slugs by model id, as JSON has them.
Names = dict[str, str]


class _Vote(NamedTuple):
    number: int
    battle: UUID
    left: int
    right: int
    outcome: str


@dataclass(frozen=True)
class BrokenLink:
    """Where the chain no longer holds, and how."""

    first: int
    last: int
    fault: str


def chain_votes() -> int:
    """Append links up to the last complete vote; how many votes they cover. Raises VoteLogBusy."""
    up_to, chained = complete_up_to(), 0
    for criterion in _criteria():
        while covered := _append_link(criterion, up_to):
            chained += covered
    return chained


def _criteria() -> list[str]:
    """Tallies are few, and have every criterion a vote was ever counted by."""
    others = Tally.objects.exclude(criterion=OVERALL).values_list("criterion", flat=True)
    return [OVERALL, *others.distinct().order_by("criterion")]


def _append_link(criterion: str, up_to: int) -> int:
    """The next batch in a transaction of its own; 0 when there is none."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [CHAIN_LOCK])
        before = VoteChainLink.objects.filter(criterion=criterion).order_by("-last_vote_number").first()
        first = before.last_vote_number + 1 if before else 1
        votes = _votes(criterion, first, up_to, LINK_VOTES)
        if not votes:
            return 0
        previous = before.digest if before else START
        names = _names_now(votes)
        VoteChainLink.objects.create(
            criterion=criterion,
            first_vote_number=first,
            last_vote_number=votes[-1].number,
            votes=len(votes),
            previous_digest=previous,
            names=names,
            covers_names=True,
            digest=link_digest(previous, [*_name_lines(names), *_vote_lines(votes, names, criterion)]),
        )
        return len(votes)


def link_digest(previous: str, lines: Iterable[str]) -> str:
    """SHA-256 of the previous digest and the lines, each ended by a line feed."""
    digest = sha256(f"{previous}\n".encode())
    for line in lines:
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def broken_links() -> Iterator[BrokenLink]:
    """Every link that does not hold, from the first on; none when the log is as it was chained."""
    ends: dict[str, tuple[str, int]] = {}
    for link in VoteChainLink.objects.order_by("last_vote_number"):
        if fault := _fault(link, *ends.get(link.criterion, (START, 1))):
            yield BrokenLink(link.first_vote_number, link.last_vote_number, fault)
        ends[link.criterion] = (link.digest, link.last_vote_number + 1)


def _fault(link: VoteChainLink, previous: str, next_number: int) -> str:
    if link.first_vote_number != next_number or link.previous_digest != previous:
        return "the link does not follow the one before"
    votes = _votes(link.criterion, link.first_vote_number, link.last_vote_number, link.votes + 1)
    if len(votes) != link.votes:
        return f"{link.votes} votes were chained, now there are others"
    return "" if _is_intact(link, votes) else "a vote is not what it was when it was chained"


def _is_intact(link: VoteChainLink, votes: list[_Vote]) -> bool:
    if link.covers_names:
        lines = [*_name_lines(link.names), *_vote_lines(votes, link.names, link.criterion)]
        return link_digest(link.previous_digest, lines) == link.digest
    names = _names_now(votes) | link.names
    return any(
        link_digest(link.previous_digest, _vote_lines(votes, tried, OVERALL)) == link.digest
        for tried in _names_before(names)
    )


def _names_before(names: Names) -> Iterator[Names]:
    """These, and what aliases say the models may have been called when an old link was made."""
    aliases = ModelAlias.objects.filter(model_id__in=map(int, names)).values_list("model_id", "slug")
    called = {model: [name] for model, name in names.items()}
    for model, alias in aliases:
        called[str(model)].append(alias)
    for choice in islice(product(*called.values()), MOST_TRIED):
        yield dict(zip(called, choice, strict=True))


def chained_up_to() -> int:
    """The last chained vote's number."""
    return VoteChainLink.objects.aggregate(last=Max("last_vote_number"))["last"] or 0


def _votes(criterion: str, first: int, last: int, most: int) -> list[_Vote]:
    of_site = Vote.objects.filter(criterion=criterion, battle__competition__is_demo=False)
    votes = of_site.filter(number__gte=first, number__lte=last)
    columns = ("number", "battle__public_id", "battle__left_model_id", "battle__right_model_id", "outcome")
    return [_Vote(*row) for row in votes.order_by("number").values_list(*columns)[:most]]


def _names_now(votes: list[_Vote]) -> Names:
    models = {model for vote in votes for model in (vote.left, vote.right)}
    return {str(pk): slug for pk, slug in ImageModel.objects.filter(pk__in=models).values_list("pk", "slug")}


def _name_lines(names: Names) -> list[str]:
    return [f"{model}\t{name}" for model, name in sorted(names.items(), key=lambda item: int(item[0]))]


def _vote_lines(votes: list[_Vote], names: Names, criterion: str) -> list[str]:
    """A model the link knows no name of stands as "", which no slug is."""
    end = () if criterion == OVERALL else (criterion,)
    return [
        "\t".join(
            (
                *(str(one.number), str(one.battle), names.get(str(one.left), ""), names.get(str(one.right), "")),
                *(one.outcome, *end),
            )
        )
        for one in votes
    ]


# one statement each: votes that come in meanwhile are on both sides of the comparison or on neither
TALLIES: Final = f"""
WITH recount AS (
    SELECT competition_id, left_model_id, right_model_id, criterion, {VOTES_COUNTED}
    FROM arena_vote JOIN arena_battle ON arena_battle.id = battle_id WHERE is_counted GROUP BY 1, 2, 3, 4
), stored AS (
    SELECT competition_id, left_model_id, right_model_id, criterion, {TALLY_COLUMNS}
    FROM arena_tally WHERE {TALLY_TOTAL} > 0
)
SELECT competition.public_id, first.slug, second.slug, criterion,
       concat_ws('/', {each_outcome("stored.{column}")}), concat_ws('/', {each_outcome("recount.{column}")})
FROM stored FULL JOIN recount USING (competition_id, left_model_id, right_model_id, criterion)
JOIN arena_competition AS competition ON competition.id = competition_id
JOIN providers_imagemodel AS first ON first.id = left_model_id
JOIN providers_imagemodel AS second ON second.id = right_model_id
WHERE ({each_outcome("stored.{column}")}) IS DISTINCT FROM ({each_outcome("recount.{column}")})
ORDER BY 1, 2, 3, 4 LIMIT %s
"""  # noqa: S608
ENTRIES: Final = f"""
{ENTRY_RECOUNT}
SELECT entry.public_id, concat_ws('/', {each_counter("entry.{counter}")}),
       concat_ws('/', {each_counter("coalesce(recount.{counter}, 0)")})
FROM arena_entry AS entry LEFT JOIN recount ON recount.entry = entry.id
WHERE ({each_counter("entry.{counter}")}) IS DISTINCT FROM ({each_counter("coalesce(recount.{counter}, 0)")})
ORDER BY 1 LIMIT %s
"""  # noqa: S608
MOST_TOLD: Final = 50


def differences() -> list[str]:
    """One line each, the first of either kind; none when everything agrees."""
    return [
        *(
            f"competition {competition}, {left} against {right}{_by(criterion)}: the tally says {stored or 'nothing'}, "
            f"the votes give {counted or 'nothing'} (left/right/tie/both bad)"
            for competition, left, right, criterion, stored, counted in _rows(TALLIES)
        ),
        *(
            f"entry {entry}: its counters say {stored}, the votes give {counted} (wins/losses/ties/both bad)"
            for entry, stored, counted in _rows(ENTRIES)
        ),
    ]


def _by(criterion: str) -> str:
    return "" if criterion == OVERALL else f" by {criterion}"


def _rows(statement: str) -> list[tuple[str, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        # counting every vote may take long
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(statement, [MOST_TOLD])
        return list(cursor.fetchall())
