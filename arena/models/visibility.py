"""Who may see what: the one rule, as conditions on rows. Querysets of the tables apply it; nothing else spells it.

A draft and all that hangs on it is for operators alone. A competition shown by link is seen by who has its address, and
no list, board of several competitions, export or search knows of it; a public one is seen and counted everywhere.
What members alone may see belongs to a study, and is seen by those whose role there sees results. A competition of a
study has the study's status and visibility: triggers of both tables hold that.
"""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q

# whatever its visibility, another status is a draft
SHOWN_STATUSES: Final = ("open", "closed")
PUBLIC: Final = "public"
LINK: Final = "link"
MEMBERS: Final = "members"
VISIBILITIES: Final = ((PUBLIC, "Public"), (LINK, "By link"), (MEMBERS, "Members of its study"))
# without a log-in, by who has the address
ADDRESSED: Final = (PUBLIC, LINK)
# held entries wait for an operator; retired ones keep their record, and their picture is shown no more
RECORDED_STATUSES: Final = ("live", "retired")


@dataclass(frozen=True)
class Viewer:
    """For whom rows are read; `has_link`: by the address of the very thing, which names it; `studies`: row ids of those
    whose results an account may see, whatever their status and visibility."""

    is_operator: bool = False
    has_link: bool = False
    studies: frozenset[int] = frozenset()


EVERYONE: Final = Viewer()
WITH_LINK: Final = Viewer(has_link=True)
OPERATOR: Final = Viewer(is_operator=True)


def shown_competition(path: str = "", viewer: Viewer = EVERYONE) -> Q:
    """What the viewer may see; `path` leads to the competition, for example `battle__competition__`."""
    if viewer.is_operator:
        return Q()
    addressed = ADDRESSED if viewer.has_link else (PUBLIC,)
    shown = Q(**{f"{path}status__in": SHOWN_STATUSES, f"{path}visibility__in": addressed})
    return shown | Q(**{f"{path}study__in": viewer.studies}) if viewer.studies else shown


def public_competition(path: str = "") -> Q:
    """What everybody may see and every figure counts."""
    return shown_competition(path)


# the same for a row of arena_competition in SQL, called competition
PUBLIC_COMPETITION_SQL: Final = f"competition.status IN {SHOWN_STATUSES} AND competition.visibility = '{PUBLIC}'"


def public_entry(path: str = "", viewer: Viewer = EVERYONE) -> Q:
    """An entry whose record the viewer may see, who is no operator."""
    return Q(**{f"{path}status__in": RECORDED_STATUSES}) & shown_competition(f"{path}competition__", viewer)


def pictured_entry(path: str = "", viewer: Viewer = EVERYONE) -> Q:
    """An entry whose picture the viewer may see, who is no operator."""
    shown = Q(**{f"{path}status": "live", f"{path}image__isnull": False})
    return shown & shown_competition(f"{path}competition__", viewer)


# the same for a row of arena_battle in SQL: who was shown it had the address
SHOWN_BATTLE_SQL: Final = f"""
    EXISTS (SELECT 1 FROM arena_competition WHERE id = arena_battle.competition_id
            AND status IN {SHOWN_STATUSES} AND visibility IN {ADDRESSED})
    AND NOT EXISTS (SELECT 1 FROM arena_entry WHERE status NOT IN {RECORDED_STATUSES}
                    AND id IN (arena_battle.left_entry_id, arena_battle.right_entry_id))
"""  # noqa: S608  # text of this file alone


def shown_battle(path: str = "") -> Q:
    """A battle that its voter, who had the address, may still see."""
    sides = Q(**{f"{path}{side}_entry__status__in": RECORDED_STATUSES for side in ("left", "right")})
    return sides & shown_competition(f"{path}competition__", WITH_LINK)


def public_parity_entry() -> Q:
    """An entry of a parity board whose record everybody may see."""
    return Q(status__in=RECORDED_STATUSES) & public_competition("scene__competition__")


# a parity battle that its voter may still see, for a row of arena_paritybattle in SQL
PUBLIC_PARITY_BATTLE_SQL: Final = f"""
    EXISTS (SELECT 1 FROM arena_parityscene AS scene
            JOIN arena_competition AS competition ON competition.id = scene.competition_id
            WHERE scene.id = arena_paritybattle.scene_id AND {PUBLIC_COMPETITION_SQL})
    AND NOT EXISTS (SELECT 1 FROM arena_parityentry WHERE status NOT IN {RECORDED_STATUSES}
                    AND id IN (arena_paritybattle.left_entry_id, arena_paritybattle.right_entry_id))
"""  # noqa: S608  # text of this file alone
