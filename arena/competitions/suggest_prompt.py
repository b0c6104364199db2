"""Takes a suggested prompt within the day's caps, and turns it into a draft competition or declines it."""

from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from arena.models import Competition, PromptSuggestion, Voter
from providers.names import name_problem, tidy

VOTER_CAP: Final = 5
NETWORK_CAP: Final = 30
QUOTA: Final = "suggest"


class TooManySuggestions(Exception):
    """The voter's or the network's suggestions of the day are used up."""


class SuggestionDecided(ValueError):
    """The suggestion is no longer new."""


@dataclass(frozen=True)
class Suggestion:
    """What a visitor wrote; `voter_id` and `network` are the server's own knowledge."""

    prompt: str
    mode: str
    note: str
    voter_id: int | None
    network: str


def suggest_prompt(suggestion: Suggestion) -> PromptSuggestion:
    """Keep it for an operator. Raises TooManySuggestions, and then nothing is kept."""
    with transaction.atomic():
        voter = Voter.objects.filter(id=suggestion.voter_id or 0).first()
        if voter and not _take(f"voter:{voter.pk}", VOTER_CAP):
            raise TooManySuggestions(f"You have suggested {VOTER_CAP} prompts today. Come back tomorrow.")
        if not _take(suggestion.network, NETWORK_CAP):
            raise TooManySuggestions("Today's suggestions from your network are used up. Come back tomorrow.")
        return PromptSuggestion.objects.create(
            prompt=suggestion.prompt, mode=suggestion.mode, note=suggestion.note, voter=voter
        )


# one statement that respects the cap, as for votes
TAKE: Final = """
INSERT INTO arena_votequota AS quota (kind, subject, day, votes)
VALUES (%s, %s, (now() AT TIME ZONE 'UTC')::date, 1)
ON CONFLICT (day, kind, subject) DO UPDATE SET votes = quota.votes + 1 WHERE quota.votes < %s
RETURNING 1
"""


def _take(subject: str, cap: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [QUOTA, subject, cap])
        return cursor.fetchone() is not None


def accept_suggestion(suggestion_id: int, title: str) -> Competition:
    """A draft competition with the prompt, to be given entrants and opened. Raises SuggestionDecided, ValueError."""
    title = tidy(title)
    if problem := name_problem(title):
        raise ValueError(f"title: {problem}")
    with transaction.atomic():
        suggestion = _decide(suggestion_id, "accepted")
        return Competition.objects.create(title=title, mode=suggestion.mode, prompt=suggestion.prompt, status="draft")


def decline_suggestion(suggestion_id: int) -> PromptSuggestion:
    """It stays on record. Raises SuggestionDecided."""
    with transaction.atomic():
        return _decide(suggestion_id, "declined")


def _decide(suggestion_id: int, status: str) -> PromptSuggestion:
    suggestion = PromptSuggestion.objects.select_for_update().get(pk=suggestion_id)
    if suggestion.status != "new":
        raise SuggestionDecided("this suggestion has already been decided")
    suggestion.status = status
    suggestion.save(update_fields=["status"])
    return suggestion
