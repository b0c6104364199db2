"""Boards for other sites: badge, frame with its oEmbed answer, preview pictures, feed of rank changes."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date, quote_etag
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from arena.boards.claims import highest_rated, only_ranked
from arena.boards.history import snapshot_views, stored_snapshots
from arena.boards.rank_changes import ModelChange, model_changes
from arena.boards.standings import BoardHead, BoardTable, PastBoard, StandingRow, interval_scope
from arena.boards.table import board_head, board_table, find_board
from arena.boards.verdicts import board_verdicts
from arena.models import Board
from lumenboard.formatting import counted, margin, rating
from lumenboard.pages.base import known_board
from lumenboard.pages.boards.board import leaders_of
from lumenboard.pages.boards.parts import board_lede, board_title
from lumenboard.pages.embed.badge import THEMES, Badge, badge_svg
from lumenboard.pages.embed.picture import MOST_ROWS, Picture, Row, draw_png
from providers.plain_values import whole_number

MOST_ENTRIES = 20
MOST_NAMED = 25


def rank_feed(board: Board, head: BoardHead, title: str, site_url: str) -> tuple[str, datetime | None]:
    """The feed's text and when its newest entry is from; four queries, twenty days at most."""
    feed = Atom1Feed(
        title=f"{title}: rank changes",
        link=f"{site_url}{head.url}",
        description=f"Who rose and who fell on the board {title}, and why.",
        feed_url=f"{site_url}{head.url}/changes.atom",
        feed_guid=f"{site_url}{head.url}/changes",
    )
    newest = None
    for before, after, moved in _days_with_changes(board):
        newest = newest or after.computed_at
        address = f"{site_url}{head.url}/changes?from={before.id}&to={after.id}"
        feed.add_item(
            title=_headline(moved),
            link=address,
            description=_description(moved),
            unique_id=f"{site_url}{head.url}/changes/{after.digest}",
            pubdate=after.computed_at,
            updateddate=after.computed_at,
            author_name=title,
        )
    return feed.writeString("utf-8"), newest


def last_of_each_day(snapshots: Sequence[PastBoard]) -> list[PastBoard]:
    """Oldest first: one snapshot for each day that has any, its last."""
    return list({past.computed_at.date(): past for past in snapshots}.values())


def _days_with_changes(board: Board) -> Iterator[tuple[PastBoard, PastBoard, list[ModelChange]]]:
    days = last_of_each_day(stored_snapshots(board))[-MOST_ENTRIES - 1 :]
    pairs = [(before, after) for before, after in pairwise(days) if before.digest != after.digest]
    views = snapshot_views(board, {past.id for pair in pairs for past in pair})
    for before, after in reversed(pairs):
        if not {before.id, after.id} <= views.keys():  # thinned out since
            continue
        moved = [change for change in model_changes(views[before.id], views[after.id]) if change.moved]
        if moved:
            yield before, after, moved


def _headline(moved: Sequence[ModelChange]) -> str:
    first = next((change for change in moved if change.rank_after == 1), None)
    top = highest_rated([*first.after.models.values()]) if first else ""
    if top:
        return f"Now {top}"
    return f"{len(moved)} model{'' if len(moved) == 1 else 's'} changed rank"


def _description(moved: Sequence[ModelChange]) -> str:
    sentences = [f"{_sentence(change)}." for change in moved[:MOST_NAMED]]
    others = len(moved) - len(sentences)
    return " ".join([*sentences, *([f"{counted(others, 'other')} moved."] if others else [])])


def _sentence(change: ModelChange) -> str:
    before = f"#{change.rank_before}" if change.rank_before else "unranked"
    after = f"#{change.rank_after}" if change.rank_after else "unranked"
    return f"{change.name}: {before} to {after}{', ' if change.reasons else ''}{'; '.join(change.reasons)}"


FRAME_WIDTH_PX: Final = 560
FRAME_ROW_PX: Final = 45
FRAME_REST_PX: Final = 132
FRESH_S: Final = 300


@require_safe
@csp_replace({"default-src": [NONE], "style-src": [UNSAFE_INLINE]})  # type: ignore[arg-type]  # it declares views without arguments
def badge(request: HttpRequest, key: str) -> HttpResponse:
    """`model` names whose place is shown, without it the leader's; `theme` is auto, light or dark.

    Opened by itself, an SVG's own style sheet counts as inline.
    """
    table = _table(key)
    theme = request.GET.get("theme", "auto")
    if theme not in THEMES:
        return _refused(f"theme: {theme!r} is not allowed; use {', '.join(THEMES)}")
    slug = request.GET.get("model", "")
    row = next((row for row in table.rows if (row.slug == slug if slug else row.rank == 1)), None)
    if slug and row is None:
        raise Http404(f"There is no model {slug} on this board.")
    return _cached(
        request,
        f"{_digest(table)}-{slug}-{theme}-badge",
        lambda: HttpResponse(badge_svg(_badge(table, row, is_asked=bool(slug)), theme), content_type="image/svg+xml"),
    )


@require_safe
def picture(request: HttpRequest, key: str) -> HttpResponse:
    """What a link to a board shows elsewhere."""
    table = _table(key)
    shown = _picture(table)
    # verdicts follow a board within a minute, without a new snapshot
    said = sha256(shown.lede.encode()).hexdigest()[:12]
    return _cached(
        request,
        f"{_digest(table)}-{said}-picture",
        lambda: HttpResponse(draw_png(shown), content_type="image/png"),
    )


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"], "default-src": [SELF], "script-src": [NONE]})  # type: ignore[arg-type]  # it declares views without arguments
def frame(request: HttpRequest, key: str) -> HttpResponse:
    """A board's leaders as a page that may stand in a frame anywhere; `theme` as in the badge."""
    table = _table(key)
    theme = request.GET.get("theme", "auto")
    if theme not in THEMES:
        return _refused(f"theme: {theme!r} is not allowed; use {', '.join(THEMES)}")
    context = {
        "title": board_title(table.board),
        "board": table.board,
        "rows": leaders_of(table),
        "scope": interval_scope(leaders_of(table)),
        "votes": table.computation.votes if table.computation else 0,
        "theme": "" if theme == "auto" else theme,
        "site_url": settings.SITE_URL,
    }
    return render(request, "embeds/frame.html", context)


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """The oEmbed answer for the address of a board; JSON is the one form there is."""
    if request.GET.get("format", "json") != "json":
        return JsonResponse({"detail": "format: only json is offered"}, status=501)
    prefix, address = f"{settings.SITE_URL}/leaderboards/", request.GET.get("url", "")
    key = address.removeprefix(prefix).partition("?")[0].partition("#")[0]
    if not address.startswith(prefix) or "/" in key:
        detail = f"url: must be the address of a board, such as {settings.SITE_URL}/leaderboards/mode-text-to-image"
        return JsonResponse({"detail": detail}, status=404)
    return JsonResponse(_oembed(_table(key), request.GET))


@require_safe
@known_board
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """Atom: the days on which ranks of the board moved."""
    board = find_board(key)
    head = board_head(board)
    text, newest = rank_feed(board, head, board_title(head), settings.SITE_URL)
    answer = HttpResponse(text, content_type="application/atom+xml; charset=utf-8")
    if newest:
        answer["Last-Modified"] = http_date(newest.timestamp())
    patch_cache_control(answer, public=True, max_age=FRESH_S)
    return answer


def _oembed(table: BoardTable, query: Any) -> dict[str, Any]:
    rows = min(MOST_ROWS, sum(row.comparable for row in table.rows))
    width = _at_most(query.get("maxwidth", ""), FRAME_WIDTH_PX)
    height = _at_most(query.get("maxheight", ""), FRAME_REST_PX + FRAME_ROW_PX * rows)
    source = f"{settings.SITE_URL}/embed/{table.board.id}"
    return {
        "version": "1.0",
        "type": "rich",
        "title": board_title(table.board),
        "provider_name": settings.SITE_NAME,
        "provider_url": settings.SITE_URL,
        "cache_age": FRESH_S,
        "width": width,
        "height": height,
        "html": f'<iframe src="{source}" width="{width}" height="{height}" loading="lazy" '
        f'title="Leaderboard" style="border:0"></iframe>',
    }


def _at_most(asked: str, usual: int) -> int:
    """More digits than a number of ours has bound nothing."""
    return min(usual, whole_number(asked, 1) or usual)


def _table(key: str) -> BoardTable:
    try:
        return board_table(key)
    except Board.DoesNotExist:
        raise Http404(f"There is no board {key}.") from None


def _badge(table: BoardTable, row: StandingRow | None, *, is_asked: bool) -> Badge:
    title = board_title(table.board)
    if row and not is_asked and sum(one.rank == 1 for one in table.rows) > 1:
        top = highest_rated(table.rows)
        return Badge(title, top, f"{title}: {top}")
    if row is None or row.rating is None:
        figure = f"{row.model}: not ranked yet" if row else "no rankings yet"
        return Badge(title, figure, f"{title}: {figure}")
    ranked = table.computation.ranked_models if table.computation else 0
    place = f"#{row.rank} of {ranked}" if row.rank and ranked > 1 else only_ranked(row)
    figure = f"{row.model} {place} · {rating(row.rating)} {margin(row.lower, row.upper)}"
    scope = " on these prompts only" if row.on_these_prompts_only else ""
    return Badge(title, figure, f"{title}: {figure}{scope}")


def _picture(table: BoardTable) -> Picture:
    made = table.computation
    ranked = [row for row in table.rows if row.rank is not None and row.rating is not None]
    lead = board_verdicts(find_board(table.board.id)).lead(row.slug for row in ranked)
    lede = board_lede(ranked, made.votes if made else 0, made.computed_at if made else None, lead)
    return Picture(
        site=settings.SITE_NAME,
        title=board_title(table.board),
        lede=lede,
        rows=tuple(
            Row(
                rank=row.rank or 0,
                name=row.model,
                rating=row.rating or 0.0,
                lower=row.lower if row.lower is not None else row.rating or 0.0,
                upper=row.upper if row.upper is not None else row.rating or 0.0,
            )
            for row in ranked[:MOST_ROWS]
        ),
    )


def _digest(table: BoardTable) -> str:
    """What the drawn figures depend on, names of models and board included."""
    made = table.computation
    names = "\n".join(row.model for row in table.rows)
    # a merge of competitions changes intervals and no digest
    computed = f"{made.digest}\n{made.version}\n{made.computed_at}" if made else ""
    shown = f"{computed}\n{table.board.title}\n{names}"
    return sha256(shown.encode()).hexdigest()[:24]


def _cached(request: HttpRequest, name: str, draw: Callable[[], HttpResponse]) -> HttpResponse:
    """Drawn only for who has not got it; fresh for five minutes, open to other sites."""
    etag = quote_etag(name)
    unchanged = etag in request.headers.get("If-None-Match", "")
    answer = HttpResponseNotModified() if unchanged else draw()
    answer["ETag"] = etag
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(answer, public=True, max_age=FRESH_S)
    return answer


def _refused(detail: str) -> HttpResponse:
    return JsonResponse({"detail": detail}, status=400)
