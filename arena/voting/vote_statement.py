"""Runs a statement that is a whole vote: planned once per connection, and a transaction by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import IntegrityError, connection

from arena.voting.daily_caps import REASONS
from arena.voting.refusals import VoteRefused


def run_vote_statement(statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Its row; None where it found no battle to vote on. Raises VoteRefused, and nothing is kept, beyond a cap.

    Django's own cursor neither prepares a statement nor, inside `atomic`, lets it be its own transaction: together a
    quarter of a vote's time.
    """
    connection.ensure_connection()
    try:
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            return cursor.execute(statement, parameters, prepare=True).fetchone()
    except IntegrityError as error:
        reason = REASONS.get(_broken_constraint(error))
        if reason is None:
            raise
        raise VoteRefused(reason) from None


def _broken_constraint(error: IntegrityError) -> str:
    cause = error.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.Error) else ""
