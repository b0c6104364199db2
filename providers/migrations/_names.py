"""The nearest name that is allowed, by the rule of 2026-11-29. Migrations keep to it, whatever the rule is by now."""

import re
import unicodedata

BLANKS = re.compile(r"[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
REFUSED_CATEGORIES = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
SEEN_CATEGORIES = ("L", "N", "P", "S", "Cn")
JOINERS, SELECTORS = "\u200c\u200d", "\ufe0e\ufe0f"


def repaired(name, otherwise, longest=200):
    """`otherwise` where nothing is left of it."""
    spaced = "".join(" " if letter.isspace() else letter for letter in name)
    seen = _tidy("".join(letter for place, letter in enumerate(spaced) if not _is_refused(spaced, place)))
    shortened = _tidy(seen[:longest])
    return shortened if _is_allowed(shortened, longest) else otherwise


def _tidy(name):
    return unicodedata.normalize("NFC", BLANKS.sub(" ", name).strip(" "))


def _is_allowed(name, longest):
    return (
        0 < len(name) <= longest
        and not any(_is_refused(name, place) for place in range(len(name)))
        and any(unicodedata.category(letter).startswith(SEEN_CATEGORIES) for letter in name)
    )


def _is_refused(name, place):
    letter = name[place]
    if letter in JOINERS or letter in SELECTORS:
        return not _has_effect(name, place)
    is_no_character = ord(letter) & 0xFFFE == 0xFFFE or "\ufdd0" <= letter <= "\ufdef"
    return is_no_character or bool(UNSEEN.match(letter)) or unicodedata.category(letter) in REFUSED_CATEGORIES


def _has_effect(name, place):
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
