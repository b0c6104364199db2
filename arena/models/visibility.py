"""Who may see what: the one rule, as conditions on rows. Querysets of the tables apply it; nothing else spells it.

A draft and all that hangs on it is for operators alone. Who may see a competition later (members, a link) belongs here.
"""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q

PUBLIC_STATUSES: Final = ("open", "closed")
# held entries wait for an operator; retired ones keep their record, and their picture is shown no more
RECORDED_STATUSES: Final = ("live", "retired")


@dataclass(frozen=True)
class Viewer:
    """For whom rows are read."""

    is_operator: bool = False


EVERYONE: Final = Viewer()
OPERATOR: Final = Viewer(is_operator=True)


def public_competition(path: str = "") -> Q:
    """`path` leads to the competition, for example `battle__competition__`."""
    return Q(**{f"{path}status__in": PUBLIC_STATUSES})


def public_entry(path: str = "") -> Q:
    """An entry whose record everybody may see."""
    return Q(**{f"{path}status__in": RECORDED_STATUSES}) & public_competition(f"{path}competition__")


def pictured_entry(path: str = "") -> Q:
    """An entry whose picture everybody may see."""
    shown = Q(**{f"{path}status": "live", f"{path}image__isnull": False})
    return shown & public_competition(f"{path}competition__")


# the same for a row of arena_battle in SQL
PUBLIC_BATTLE_SQL: Final = f"""
    EXISTS (SELECT 1 FROM arena_competition WHERE id = arena_battle.competition_id AND status IN {PUBLIC_STATUSES})
    AND NOT EXISTS (SELECT 1 FROM arena_entry WHERE status NOT IN {RECORDED_STATUSES}
                    AND id IN (arena_battle.left_entry_id, arena_battle.right_entry_id))
"""  # noqa: S608  # text of this file alone


def public_battle(path: str = "") -> Q:
    """A battle that its voter may still see."""
    sides = Q(**{f"{path}{side}_entry__status__in": RECORDED_STATUSES for side in ("left", "right")})
    return sides & public_competition(f"{path}competition__")
