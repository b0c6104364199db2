"""Chains the vote log in batches: each link's digest is of its votes and of the link before, so no edit goes unseen.

A vote's line is its number, battle, left slug, right slug and outcome, ended by a line feed. Not whether it counts:
exclusions are undone, withdrawals come later. Votes of the demo world come and go whole and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from django.db import connection, transaction
from django.db.models import Max

from arena.models import Vote, VoteChainLink
from arena.vote_log import complete_up_to

LINK_VOTES: Final = 10_000
START: Final = "0" * 64
CHAIN_LOCK: Final = "arena: chain of the vote log"


@dataclass(frozen=True)
class BrokenLink:
    """Where the chain no longer holds, and how."""

    first: int
    last: int
    fault: str


def chain_votes() -> int:
    """Append links up to the last complete vote; how many votes they cover. Raises VoteLogBusy."""
    up_to, chained = complete_up_to(), 0
    while covered := _append_link(up_to):
        chained += covered
    return chained


def _append_link(up_to: int) -> int:
    """The next batch in a transaction of its own; 0 when there is none."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [CHAIN_LOCK])
        before = VoteChainLink.objects.order_by("-last_vote_number").first()
        first = before.last_vote_number + 1 if before else 1
        lines = _lines(first, up_to, LINK_VOTES)
        if not lines:
            return 0
        previous = before.digest if before else START
        VoteChainLink.objects.create(
            first_vote_number=first,
            last_vote_number=lines[-1][0],
            votes=len(lines),
            previous_digest=previous,
            digest=link_digest(previous, (line for _, line in lines)),
        )
        return len(lines)


def link_digest(previous: str, lines: Iterator[str]) -> str:
    """SHA-256 of the previous digest and the lines, each ended by a line feed."""
    digest = sha256(f"{previous}\n".encode())
    for line in lines:
        digest.update(line.encode())
    return digest.hexdigest()


def broken_links() -> Iterator[BrokenLink]:
    """Every link that does not hold, from the first on; none when the log is as it was chained."""
    previous, next_number = START, 1
    for link in VoteChainLink.objects.order_by("last_vote_number"):
        if fault := _fault(link, previous, next_number):
            yield BrokenLink(link.first_vote_number, link.last_vote_number, fault)
        previous, next_number = link.digest, link.last_vote_number + 1


def _fault(link: VoteChainLink, previous: str, next_number: int) -> str:
    if link.first_vote_number != next_number or link.previous_digest != previous:
        return "the link does not follow the one before"
    lines = _lines(link.first_vote_number, link.last_vote_number, link.votes + 1)
    if len(lines) != link.votes:
        return f"{link.votes} votes were chained, now there are others"
    intact = link_digest(previous, (line for _, line in lines)) == link.digest
    return "" if intact else "a vote is not what it was when it was chained"


def chained_up_to() -> int:
    """The last chained vote's number."""
    return VoteChainLink.objects.aggregate(last=Max("last_vote_number"))["last"] or 0


def _lines(first: int, last: int, most: int) -> list[tuple[int, str]]:
    """The canonical lines by number."""
    votes = Vote.objects.filter(number__gte=first, number__lte=last, battle__competition__is_demo=False)
    columns = ("number", "battle__public_id", "battle__left_model__slug", "battle__right_model__slug", "outcome")
    rows = votes.order_by("number").values_list(*columns)[:most]
    return [(row[0], "\t".join(str(cell) for cell in row) + "\n") for row in rows]
