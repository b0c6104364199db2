"""Markdown written by operators and model cards, as HTML that is safe to show under a page's own headings."""

from functools import cache

import nh3
from markdown_it import MarkdownIt

SHALLOWEST_HEADING = 3
DEEPEST_HEADING = 6
TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}}
SCHEMES = {"http", "https", "mailto"}


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def render_markdown(text: str) -> str:
    """HTML of a Markdown text: raw HTML shown as text, images left out, headings from h3 downwards."""
    parser = _parser()
    tokens = parser.parse(text)
    levels = [int(token.tag[1:]) for token in tokens if token.type == "heading_open"]
    shift = SHALLOWEST_HEADING - min(levels, default=SHALLOWEST_HEADING)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(DEEPEST_HEADING, int(token.tag[1:]) + max(0, shift))}"
    html = parser.renderer.render(tokens, parser.options, {})
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="nofollow noopener")
