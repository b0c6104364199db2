"""A card's prose names the site that published it; stored, the name is a placeholder that printing fills with ours.

A name that is also a creator's, provider's, family's or model's is left alone: there it is part of the facts.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

SITE_PLACEHOLDER: Final = "{{ site }}"
# Labels in front of a site's own, such as the api in api.example.com.
SERVICE_LABELS: Final = frozenset({"api", "docs", "www", "app", "gateway"})


def site_label(base_url: str) -> str:
    """The name in a base address: `api.example.com` gives `example`; empty for bare numbers and single words."""
    labels = [label for label in (urlsplit(base_url).hostname or "").split(".") if label]
    while len(labels) > 2 and labels[0] in SERVICE_LABELS:
        labels = labels[1:]
    return "" if len(labels) < 2 or labels[-1].isdigit() else labels[-2]


def neutral(text: str, *, exact_names: Iterable[str], label: str, facts: Iterable[str]) -> str:
    """Put the placeholder where the text names the site.

    `exact_names` are matched as written. The label of the base address is matched with a capital first letter, or as a
    bare domain name; links keep their addresses. `facts` are the names that must not be taken for the site's.
    """
    taken = {name.lower() for name in facts}
    for name in exact_names:
        if name and name.lower() not in taken:
            text = re.sub(rf"(?<![\w./-]){re.escape(name)}(?!\w|\.\w)", SITE_PLACEHOLDER, text)
    if not label or label.lower() in taken:
        return text
    escaped = re.escape(label)
    domain = rf"(?<![\w./@-])(?:[\w-]+\.)*{escaped}(?:\.[a-z]{{2,}})+(?![\w/-])"
    word = rf"(?<![\w./-])(?=[^a-z])(?i:{escaped})(?!\w|\.\w)"
    return re.sub(word, SITE_PLACEHOLDER, re.sub(domain, SITE_PLACEHOLDER, text))
