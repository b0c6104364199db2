"""The voter's own board: their votes alone, shrunk by two phantom battles per model, and labelled so."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from arena.models import Voter
from arena.rating.board import BoardRow as RatedRow
from arena.rating.board import rank_board
from arena.rating.tallies import Tallies
from arena.voting.own_votes import own_tallies
from arena.voting.views import OWN_BOARD_AFTER, private_response
from arena.voting.voter_cookie import voter_id_of
from lumenboard.formatting import mode_label
from lumenboard.pages.boards.rows import BoardRow
from providers.models import ImageModel
from providers.modes import MODES

PHANTOM_BATTLES = 2.0


@dataclass(frozen=True)
class OwnBoard:
    """One mode of it; `apart` are models that no chain of the voter's battles connects with the others."""

    title: str
    votes: int
    rows: list[BoardRow]
    apart: list[str]


@private_response
def my_board(request: HttpRequest) -> HttpResponse:
    """From the 20th vote on."""
    voter = Voter.objects.filter(id=voter_id_of(request) or 0).first()
    votes = voter.votes if voter else 0
    tallies = own_tallies(voter.id) if voter and votes >= OWN_BOARD_AFTER else {}
    slugs = {slug for found in tallies.values() for slug in found.models}
    models = {model.slug: model for model in ImageModel.objects.filter(slug__in=slugs).select_related("creator")}
    boards = [_board(mode, tallies[mode], models) for mode in MODES if mode in tallies]
    context = {"boards": boards, "votes": votes, "own_board_after": OWN_BOARD_AFTER}
    return render(request, "vote/mine.html", context)


def _board(mode: str, tallies: Tallies, models: dict[str, ImageModel]) -> OwnBoard:
    ranked = rank_board(tallies, prior=PHANTOM_BATTLES)
    rows = [_row(row, models[row.model]) for row in ranked.rows if row.comparable]
    apart = [models[row.model].name for row in ranked.rows if not row.comparable]
    return OwnBoard(mode_label(mode), tallies.battles, rows, apart)


def _row(row: RatedRow, model: ImageModel) -> BoardRow:
    record = row.record
    return BoardRow(
        name=model.name,
        url=model.get_absolute_url(),
        creator=model.creator.name,
        rating=row.rating or 0.0,
        lower=row.lower,
        upper=row.upper,
        rank=row.rank,
        rank_best=row.rank_best,
        rank_worst=row.rank_worst,
        wins=record.wins,
        losses=record.losses,
        ties=record.ties,
        both_bad=record.both_bad,
        battles=record.battles,
        win_rate=record.win_rate,
    )
