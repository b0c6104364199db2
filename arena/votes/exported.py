"""What an export says of a vote's voter and of why a vote does not count, as expressions and as SQL.

A voter has a pseudonym that is the same within one export and another in the next: keyed by a secret that is made for
the export and stored nowhere. Reasons are fixed words; what an operator wrote is not among them.
"""

import secrets
from typing import Any, Final

from django.db.models import BinaryField, Case, CharField, F, Func, Value, When

SECRET_BYTES: Final = 32
WITHDRAWN: Final = "withdrawn"
OPERATOR: Final = "operator"
_PSEUDONYM: Final = "left(encode(sha256({0} || int8send({1})), 'hex'), 16)"
# for a query over vote and battle, left-joined to arena_voteexclusion as exclusion; one parameter, the secret
PSEUDONYM_SQL: Final = _PSEUDONYM.format("%(secret)s::bytea", "battle.voter_id")
WEIGHT_REASON_SQL: Final = f"""CASE WHEN vote.is_counted THEN '' WHEN vote.withdrawn_at IS NOT NULL THEN '{WITHDRAWN}'
    ELSE coalesce(nullif(exclusion.gate, ''), '{OPERATOR}') END"""


def new_secret() -> bytes:
    """For one export."""
    return secrets.token_bytes(SECRET_BYTES)


def voter_pseudonym(secret: bytes, path: str = "battle__voter_id") -> Func:
    """16 hex digits, null without a voter."""
    return _Pseudonym(Value(secret, output_field=BinaryField()), F(path), output_field=CharField())


class _Pseudonym(Func):
    arity = 2

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:  # type: ignore[override]
        (secret, parameters), (voter, others) = (compiler.compile(part) for part in self.get_source_expressions())
        return _PSEUDONYM.format(f"{secret}::bytea", voter), (*parameters, *others)


def weight_reason() -> Case:
    """Of a vote: empty where it counts, else `withdrawn`, the gate that set it aside, or `operator`."""
    return Case(
        When(is_counted=True, then=Value("")),
        When(withdrawn_at__isnull=False, then=Value(WITHDRAWN)),
        When(exclusion__gate="", then=Value(OPERATOR)),
        default=F("exclusion__gate"),
        output_field=CharField(),
    )
