"""Boards and models in the vocabulary that search engines read (schema.org). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

CONTEXT: Final = "https://schema.org"


def board_list(title: str, url: str, items: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A ranking; `items` are name and address in order of rank."""
    return {
        "@context": CONTEXT,
        "@type": "ItemList",
        "name": title,
        "url": url,
        "itemListOrder": "https://schema.org/ItemListOrderAscending",
        "numberOfItems": len(items),
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "url": address}
            for place, (name, address) in enumerate(items, start=1)
        ],
    }


def model_application(name: str, url: str, maker: str, description: str, price_usd: str | None) -> dict[str, Any]:
    """A model as software; `price_usd` is what one image costs at least, as decimal text."""
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "SoftwareApplication",
        "name": name,
        "url": url,
        "applicationCategory": "MultimediaApplication",
        "operatingSystem": "Any",
        "author": {"@type": "Organization", "name": maker},
    }
    if description:
        found["description"] = description
    if price_usd is not None:
        found["offers"] = {"@type": "AggregateOffer", "lowPrice": price_usd, "priceCurrency": "USD"}
    return found


def questions(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Questions with their answers in plain text."""
    return {
        "@context": CONTEXT,
        "@type": "FAQPage",
        "mainEntity": [
            {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}}
            for question, answer in pairs
        ],
    }
