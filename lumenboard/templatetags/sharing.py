"""Tags for what other sites and search engines read of a page."""

import json
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
# As json_script escapes: nothing in the data can end the element.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag
def structured_data(data: Any) -> SafeString | str:
    """schema.org data as a block that browsers do not execute; nothing for empty data."""
    if not data:
        return ""
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 - escaped above


@register.inclusion_tag("embeds/preview.html", takes_context=True)
def link_preview(context: dict[str, Any], title: str, description: str, path: str, picture: str = "") -> dict[str, Any]:
    """What a link to the page shows elsewhere; `path` and `picture` are addresses on this site."""
    return {
        "title": title,
        "description": description,
        "path": path,
        "picture": picture,
        "site_name": context.get("site_name", ""),
        "site_url": context.get("site_url", ""),
    }
