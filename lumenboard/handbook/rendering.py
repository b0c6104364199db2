"""A page of the handbook as HTML: headings that can be linked to, links between pages as addresses of the site."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

# what a drawing's file needs where it stands alone; within a page the page gives colours
ALONE = re.compile(r"<style>.*?</style>\n?", re.DOTALL)
OUTSIDE = re.compile(r"^(?:https?|mailto):")


@dataclass(frozen=True)
class Heading:
    """A section that the list beside the page leads to."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Page:
    """`html` without the title; `headings` are those of the second level."""

    title: str
    html: str
    headings: tuple[Heading, ...]


def anchor_of(heading: str) -> str:
    """The name a heading gets as a link target, as code hosts give it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def render_page(
    text: str,
    file: str,
    addresses: Mapping[str, str],
    drawings: Mapping[str, str] | None = None,
    pictures: Mapping[str, str] | None = None,
) -> Page:
    """`file` is the page's own place; a relative link to a file without an address becomes plain text.

    `drawings` are SVG by file and become part of the page; `pictures` are addresses by file. Others are left out.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.use(anchors_plugin, min_level=2, max_level=4, slug_func=anchor_of)
    tokens = parser.parse(text)
    title, tokens = _without_title(tokens)
    for token in tokens:
        if token.children:
            shown = _with_pictures(_with_drawings(token.children, file, drawings or {}), file, pictures or {})
            token.children = _relinked(shown, file, addresses)
    html = parser.renderer.render(_framed(tokens), parser.options, {})
    return Page(title, html, tuple(_headings(tokens)))


def _without_title(tokens: list[Token]) -> tuple[str, list[Token]]:
    if len(tokens) > 2 and tokens[0].tag == "h1":
        return tokens[1].content, tokens[3:]
    return "", tokens


def _headings(tokens: list[Token]) -> Iterable[Heading]:
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            yield Heading(str(opening.attrs.get("id", "")), _plain(inline))


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [])


def _with_drawings(children: list[Token], file: str, drawings: Mapping[str, str]) -> Iterable[Token]:
    for child in children:
        if child.type != "image":
            yield child
        elif drawing := drawings.get(_beside(str(child.attrs["src"]), file)):
            frame = '<span class="drawing" tabindex="0" role="region" aria-label="Drawing">'
            yield Token("html_inline", "", 0, content=f"{frame}{ALONE.sub('', drawing)}</span>")
        else:
            yield child


def _with_pictures(children: Iterable[Token], file: str, pictures: Mapping[str, str]) -> Iterable[Token]:
    for child in children:
        if child.type != "image":
            yield child
        elif address := pictures.get(_beside(str(child.attrs["src"]), file)):
            child.attrs |= {"src": address, "loading": "lazy", "class": "screenshot"}
            yield child


def _relinked(children: Iterable[Token], file: str, addresses: Mapping[str, str]) -> list[Token]:
    relinked: list[Token] = []
    dropped = False
    for child in children:
        if child.type == "link_open":
            address = _address(str(child.attrs["href"]), file, addresses)
            dropped = address is None
            child.attrs["href"] = address or ""
        if dropped and child.type in {"link_open", "link_close"}:
            dropped = child.type == "link_open"
            continue
        relinked.append(child)
    return relinked


def _address(target: str, file: str, addresses: Mapping[str, str]) -> str | None:
    if OUTSIDE.match(target) or target.startswith(("#", "/")):
        return target
    path, _, section = target.partition("#")
    address = addresses.get(_beside(path, file))
    return f"{address}#{section}" if address and section else address


def _beside(path: str, file: str) -> str:
    """A path relative to a file as one from the root."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), path))


def _framed(tokens: list[Token]) -> list[Token]:
    """Wide tables, code and formulas scroll within a frame that keyboards reach."""
    framed: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            framed.append(_html('<div class="wide" tabindex="0" role="region" aria-label="Table">'))
        if token.type == "fence":
            token.attrs["tabindex"] = "0"
        framed.append(_formula(token) if token.type == "fence" and token.info == "math" else token)
        if token.type == "table_close":
            framed.append(_html("</div>"))
    return framed


def _formula(token: Token) -> Token:
    """A block that code hosts read as LaTeX, as MathML, which browsers set and screen readers speak."""
    mathml = convert(token.content, display="block")
    return _html(f'<div class="formula" tabindex="0" role="region" aria-label="Formula">{mathml}</div>')


def _html(content: str) -> Token:
    return Token("html_block", "", 0, content=content)
