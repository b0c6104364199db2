"""The voter's own board: their votes alone, shrunk by two phantom battles per model, and labelled so."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from arena.boards.standings import StandingRow
from arena.boards.table import to_row
from arena.client import voter_id_of
from arena.models import Voter
from arena.rating.board import rank_board
from arena.rating.tallies import Tallies
from arena.voting.own_votes import own_tallies
from arena.voting.views import OWN_BOARD_AFTER, private_response
from lumenboard.formatting import mode_label
from providers.models import ImageModel
from providers.sheet import MODES

PHANTOM_BATTLES = 2.0


@dataclass(frozen=True)
class OwnBoard:
    """One mode of it; `apart` are models that no chain of the voter's battles connects with the others."""

    title: str
    votes: int
    rows: list[StandingRow]
    apart: list[str]


@private_response
def my_board(request: HttpRequest) -> HttpResponse:
    """From the 20th vote on."""
    voter = Voter.objects.filter(id=voter_id_of(request) or 0).first()
    votes = voter.votes if voter else 0
    tallies = own_tallies(voter.id) if voter and votes >= OWN_BOARD_AFTER else {}
    slugs = {slug for one_mode in tallies.values() for slug in one_mode.models}
    models = {
        model.slug: model for model in ImageModel.objects.filter(slug__in=slugs).select_related("creator", "family")
    }
    boards = [_board(mode, tallies[mode], models) for mode in MODES if mode in tallies]
    context = {"boards": boards, "votes": votes, "own_board_after": OWN_BOARD_AFTER}
    return render(request, "vote/mine.html", context)


def _board(mode: str, tallies: Tallies, models: dict[str, ImageModel]) -> OwnBoard:
    ranked = rank_board(tallies, prior=PHANTOM_BATTLES)
    # two phantom battles pull every rating to the mean, so the opponents' say little
    rows = [to_row(models[row.model], row, mean_opponent=None) for row in ranked.rows if row.comparable]
    apart = [models[row.model].name for row in ranked.rows if not row.comparable]
    return OwnBoard(mode_label(mode), tallies.battles, rows, apart)
