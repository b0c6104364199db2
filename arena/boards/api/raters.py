"""What was found about a board's voters over REST. Reads only."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from arena.boards.table import board_table, find_board
from arena.models import Board, RaterFindings
from providers.api_types import Problem

router = Router(tags=["leaderboards"])


class Agreement(Schema):
    """Krippendorff's α: 1 is full agreement, 0 chance."""

    ordinal: float | None = Field(description="Of worse < tie < better; null where it is not defined.")
    ordinal_lower: float | None = Field(
        description="95% by drawing pairs and voters anew; null under 10 pairs or 5 voters."
    )
    ordinal_upper: float | None
    nominal: float | None = Field(description="Without an order of answers.")
    nominal_lower: float | None
    nominal_upper: float | None
    units: int = Field(description="Pairs of pictures that two or more known voters judged.")
    raters: int | None = Field(description="Voters of those; null under 20.")
    answers: int


class Care(Schema):
    """Whether voters answer by chance, as the method rater-weighted sees it."""

    weighed: int = Field(description="Voters with ten or more votes on the board.")
    voters: int
    careless: float | None = Field(description="Share of those that answer by chance.")


class Consistency(Schema):
    """Pairs that one voter saw again with the sides exchanged."""

    voters: int
    repeated: int
    same: int


class Segment(Schema):
    """A group of voters, and the model it rates most differently from all compared voters."""

    name: str
    voters: int = Field(description="Rounded down to tens; groups under 20 are left out.")
    votes: int
    model: str | None = Field(description="Slug.")
    points: float | None = Field(description="How much higher the group rates it, Elo scale.")
    error: float | None = Field(description="Standard error of that, over voters.")


class Segments(Schema):
    """Groups compared by a permutation of voters."""

    p_value: float
    segments: list[Segment]


class LooksEffect(Schema):
    """Elo points that one standard deviation more of a covariate goes with."""

    covariate: str
    points: float
    lower: float
    upper: float


class LooksAnswer(Schema):
    """How much of the lead of the first model over the average of the others goes with looks of pictures."""

    leader: str = Field(description="Slug.")
    withheld: str = Field(description="Why there is no share: few_pictures, no_lead, not_converged; empty with one.")
    competitions: int
    entries: int
    lead: float | None = Field(description="Elo points, on votes between measured pictures.")
    share: float | None = Field(description="1 is all of it; below 0, looks work against the model.")
    lower: float | None
    upper: float | None
    effects: list[LooksEffect]


class RatersAnswer(Schema):
    """What the votes say of those who cast them; null where nothing can be said, or would say too much."""

    id: str
    digest: str | None = Field(description="Of the tallies of the votes examined; null before the first night.")
    last_vote_number: int | None
    computed_at: datetime | None
    alpha: Agreement | None
    care: Care | None
    consistency: Consistency | None
    device: Segments | None
    language: Segments | None
    looks: LooksAnswer | None


NOTHING: dict[str, Any] = dict.fromkeys(RatersAnswer.model_fields)


@router.get(
    "/leaderboards/{id}/raters",
    response={200: RatersAnswer, 404: Problem},
    summary="Who voted: agreement, care, groups, looks",
    operation_id="get_leaderboard_raters",
)
def board_raters(request: HttpRequest, id: str) -> Any:
    """Worked out each night from all counted votes. Nothing of single voters, and no count of fewer than 20."""
    try:
        board = find_board(id)
    except Board.DoesNotExist:
        return Status(404, Problem(detail=f"id: there is no board {id!r}; /api/v1/leaderboards lists them all"))
    found = RaterFindings.objects.filter(board=board).first()
    if found is None:
        return Status(200, RatersAnswer(**NOTHING | {"id": board.key}))
    shown = found.about({row.slug for row in board_table(board.key).rows})
    of = {"digest": found.digest, "last_vote_number": found.last_vote_number, "computed_at": found.computed_at}
    return Status(200, RatersAnswer(**NOTHING | {"id": board.key} | of | shown))
