"""What a name, a slug and a prompt may be, wherever given: a name is one line that people can see and tell apart. Pure.

Harmless differences are evened out: normal form C, one blank for any run of blanks, none around. What nobody would see,
or what changes the text around it, is refused; only `repaired` takes it away, for rows that are there already.
"""

import re
import unicodedata
from typing import Final

LONGEST_NAME: Final = 200
LETTERS_SHOWN: Final = 40
BLANKS: Final = re.compile(r"[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
# Unicode's Default_Ignorable_Code_Point, which the standard library does not know, and the blank of Braille
UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
REFUSED_CATEGORIES: Final = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
# an unassigned character is one of a later Unicode than this Python's
SEEN_CATEGORIES: Final = ("L", "N", "P", "S", "Cn")
# words that spreadsheets and data frames read as nothing, as truth or as infinity
NOTHING: Final = frozenset(
    (
        *("na", "n-a", "nan", "1-ind", "1-qnan", "null", "none", "nil", "nat", "undefined"),
        *("true", "false", "yes", "no", "on", "off", "inf", "infinity"),
    )
)
NUMBER: Final = re.compile(r"[-_0-9.]+(e[-_0-9]+)?", re.ASCII)
JOINERS, SELECTORS = "\u200c\u200d", "\ufe0e\ufe0f"


def tidy(name: str) -> str:
    """The name as it is stored."""
    return unicodedata.normalize("NFC", BLANKS.sub(" ", name).strip(" "))


def name_problem(name: str, longest: int = LONGEST_NAME) -> str:
    """Why a tidy name is refused, as the end of a sentence that began with it; "" when it is fine."""
    if not name:
        return "empty; a name is needed"
    if len(name) > longest:
        return f"{shown(name)} has {len(name)} characters; at most {longest} are allowed"
    for place, letter in enumerate(name):
        if _is_refused(name, place):
            return f"{shown(name)} holds {_described(letter)}; names are one line of visible text"
    if not any(unicodedata.category(letter).startswith(SEEN_CATEGORIES) for letter in name):
        return f"{shown(name)} has no visible character"
    return ""


def repaired(name: str, otherwise: str, longest: int = LONGEST_NAME) -> str:
    """The nearest name that is allowed; `otherwise` where nothing is left of it."""
    spaced = "".join(" " if letter.isspace() else letter for letter in name)
    seen = tidy("".join(letter for place, letter in enumerate(spaced) if not _is_refused(spaced, place)))
    shortened = tidy(seen[:longest])
    return otherwise if name_problem(shortened, longest) else shortened


def looks(name: str) -> str:
    """Equal for names that readers would take for one: case, width, blanks and unseen characters apart."""
    plain = unicodedata.normalize("NFKC", UNSEEN.sub("", name)).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def is_misread(slug: str) -> bool:
    """Whether readers of tables would take it for a number or for nothing instead of text."""
    return slug.lower() in NOTHING or bool(NUMBER.fullmatch(slug.lower()))


def shown(value: object, longest: int = LETTERS_SHOWN) -> str:
    """A value for an error message: quoted, escaped, cut short."""
    text = str(value)
    return repr(text if len(text) <= longest else text[:longest] + "…")


def _is_refused(name: str, place: int) -> bool:
    letter = name[place]
    if letter in JOINERS or letter in SELECTORS:
        return not _has_effect(name, place)
    is_no_character = ord(letter) & 0xFFFE == 0xFFFE or "\ufdd0" <= letter <= "\ufdef"
    return is_no_character or bool(UNSEEN.match(letter)) or unicodedata.category(letter) in REFUSED_CATEGORIES


def _has_effect(name: str, place: int) -> bool:
    """Joiners shape Indic and Arabic letters (RFC 5892, appendix A) and emoji; selectors the form of a symbol."""
    letter, before, after = name[place], name[:place][-1:], name[place + 1 :][:1]
    if not before:
        return False
    if letter in SELECTORS:
        return unicodedata.category(before) in ("So", "Sm", "Sk") or (before in "#*0123456789" and after == "\u20e3")
    if not after:
        return False
    if unicodedata.combining(before) == 9:
        return True
    if letter == "\u200c":
        return unicodedata.bidirectional(before) == unicodedata.bidirectional(after) == "AL"
    return before == "\ufe0f" or unicodedata.category(before) in ("So", "Sk")


def _described(letter: str) -> str:
    kind = {"Cc": "a control character", "Zl": "a line separator", "Zp": "a line separator"}
    code = f"U+{ord(letter):04X}"
    if words := kind.get(unicodedata.category(letter)):
        return f"{words} ({code})"
    name = unicodedata.name(letter, "")
    return f"{code} {name}, which is invisible" if name else f"{code}, which is not a character of text"


LONGEST_MODEL_SLUG: Final = 120
# a dot stands between other characters, so that no slug is a folder's name or looks like the end of an address
MODEL_SLUG: Final = re.compile(r"[-\w]+(\.[-\w]+)*", re.ASCII)
ALLOWED_IN_MODEL_SLUG: Final = "ASCII letters, digits, -, _ and single dots between them"


# Characters; what OpenAI documents for gpt-image-1, the most that a provider here takes.
LONGEST_PROMPT: Final = 32_000
ALLOWED_PROMPT: Final = f"at most {LONGEST_PROMPT:,} characters"


def prompt_problem(prompt: str) -> str:
    """Why it is refused, as the end of a sentence that began with its field; "" when it is fine."""
    if len(prompt) <= LONGEST_PROMPT:
        return ""
    return f"has {len(prompt):,} characters; {ALLOWED_PROMPT} are allowed"
