"""Chapters as the site shows them, each rendered once."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from lumenboard.handbook.outline import Chapter, addresses, chapters, drawings, picture_url, pictures
from lumenboard.handbook.rendering import Page, render_page


@cache
def shown(chapter: Chapter) -> Page:
    """Its page, links and drawings as the site has them."""
    text = (settings.BASE_DIR / chapter.file).read_text(encoding="utf-8")
    return render_page(text, chapter.file, addresses(), drawings(), {file: picture_url(file) for file in pictures()})


def shown_as(slug: str) -> Page | None:
    """The page of a chapter by its slug; None where the documents are not installed."""
    return next((shown(one) for one in chapters() if one.slug == slug), None)
