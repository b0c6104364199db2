"""What a vote may judge: each criterion's key and words, what a key of one's own may be, the keys of its boards. Pure.

Every battle is judged by `overall`, and only those votes are what the public site counts and shows.
"""

import re
from dataclasses import dataclass
from typing import Final

OVERALL: Final = "overall"
LONGEST_CRITERION: Final = 40
# of a word in keys of rows and addresses; a board's key never holds the mark that stands before its criterion
CRITERION_FORM: Final = "^[a-z0-9]+(-[a-z0-9]+)*$"
MARK: Final = "~"


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """`key` stands in the vote log, in tallies and in keys of boards; `question` is what a person is asked."""

    key: str
    label: str
    question: str


# those that have words of ours; others are as valid, with words of whoever asks
CRITERIA: Final = (
    Criterion(key=OVERALL, label="Overall", question="Which picture is better?"),
    Criterion(key="prompt", label="Prompt followed", question="Which picture follows the prompt better?"),
    Criterion(key="looks", label="Looks", question="Which picture looks better?"),
    Criterion(key="text", label="Text", question="In which picture is the text better?"),
    Criterion(key="artifacts", label="Artifacts", question="Which picture has fewer artifacts?"),
)


class BadCriterion(ValueError):
    """A word that can be no criterion's key; the message says what is allowed."""


def checked_criterion(key: str) -> str:
    """The key as it is. Raises BadCriterion."""
    if len(key) > LONGEST_CRITERION or not re.match(CRITERION_FORM, key) or key.endswith("\n"):
        raise BadCriterion(
            f"criterion is {key[:60]!r}; it must be small letters a to z and digits, in words joined by single hyphens,"
            f" at most {LONGEST_CRITERION} characters"
        )
    return key


def board_key(ranked: str, criterion: str) -> str:
    """`ranked` is the key of the board of all, for example mode-text-to-image; other criteria stand behind a mark."""
    return ranked if criterion == OVERALL else f"{ranked}{MARK}{checked_criterion(criterion)}"
