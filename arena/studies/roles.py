"""What each role of a study may: the one table. Everything that asks goes through it. Pure."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Right(StrEnum):
    """One thing that may be done in a study."""

    SEE = "see"
    VOTE = "vote"
    RESULTS = "results"
    EDIT = "edit"
    PEOPLE = "people"


OWNER: Final = "owner"
EDITOR: Final = "editor"
ANALYST: Final = "analyst"
RATER: Final = "rater"
WORDS: Final = {
    Right.SEE: "read the question and the instructions",
    Right.VOTE: "vote",
    Right.RESULTS: "see results",
    Right.EDIT: "change the study and its entries",
    Right.PEOPLE: "invite, remove, change roles",
}
# an editor sees no results, and so cannot choose entries by them; a rater no names before the vote
RIGHTS: Final[dict[str, frozenset[Right]]] = {
    OWNER: frozenset(Right),
    EDITOR: frozenset({Right.SEE, Right.EDIT}),
    ANALYST: frozenset({Right.SEE, Right.RESULTS}),
    RATER: frozenset({Right.SEE, Right.VOTE}),
}
DRAFT: Final = "draft"


def rights_of(role: str, status: str) -> frozenset[Right]:
    """What a member may at the moment; unknown roles nothing. A draft is for those who prepare it."""
    rights = RIGHTS.get(role, frozenset())
    return frozenset() if status == DRAFT and Right.EDIT not in rights else rights


def roles_with(right: Right, status: str) -> list[str]:
    """The roles that may do it while a study has that status."""
    return [role for role in RIGHTS if right in rights_of(role, status)]


def leaves_an_owner(roles: Iterable[str]) -> bool:
    """Whether a study whose members had these roles would have somebody who may do everything."""
    return OWNER in roles
