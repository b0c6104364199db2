"""Single voters beside the board that all others make, for operators alone: who agrees least comes first."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arena.models import Board, VoterFigures
from lumenboard.formatting import mode_label
from lumenboard.pages.base import Paginator
from lumenboard.pages.boards.voter_words import voter_items
from lumenboard.pages.operator.base import PER_PAGE, for_staff, page_with_tabs

# standard errors below what the board expects: of a thousand careful voters about one is so far off by chance
FAR_OFF: Final = -3.0


@dataclass(frozen=True)
class VoterLine:
    """Figures as shares of 1, None where there is nothing to share."""

    figures: VoterFigures

    @property
    def name(self) -> str:
        return str(self.figures.voter.public_id)[:12]

    @property
    def agreed(self) -> float | None:
        return self.figures.agreed / self.figures.decided if self.figures.decided else None

    @property
    def expected(self) -> float | None:
        return self.figures.expected / self.figures.decided if self.figures.decided else None

    @property
    def consistent(self) -> float | None:
        return self.figures.same / self.figures.repeated if self.figures.repeated else None

    @property
    def is_far_off(self) -> bool:
        return self.figures.distance < FAR_OFF

    @property
    def side(self) -> str:
        """The side that most repeated answers stayed with, where the picture changed it."""
        left, right = self.figures.stayed_left, self.figures.stayed_right
        return "" if left == right else "left" if left > right else "right"


@require_safe
@for_staff
def voters(request: HttpRequest) -> HttpResponse:
    """Of the board of a mode, `?mode=` or the first; at most 2,000 voters, those of most votes."""
    boards = list(Board.objects.public().filter(kind="mode").select_related("rater_findings").in_order())
    chosen = next((one for one in boards if one.mode == request.GET.get("mode")), boards[0] if boards else None)
    figures = VoterFigures.objects.filter(board=chosen).select_related("voter").order_by("distance", "id")
    page = Paginator(figures, PER_PAGE).get_page(request.GET.get("page"))
    findings = getattr(chosen, "rater_findings", None)
    context: dict[str, Any] = {
        "board": chosen,
        "modes": [
            {"label": mode_label(one.mode), "url": f"/ops/voters?mode={one.mode}", "current": one == chosen}
            for one in boards
        ],
        "findings": findings,
        "items": voter_items(findings.findings, _names(findings.findings), and_more="") if findings else [],
        "page": page,
        "lines": [VoterLine(one) for one in page],
    }
    return page_with_tabs(request, "voters", context)


def _names(findings: dict[str, Any]) -> dict[str, str]:
    """Slugs stand for themselves: an operator knows them."""
    tests = [findings.get(kind) for kind in ("device", "language", "group")]
    slugs = {segment["model"] for test in tests if test for segment in test["segments"]}
    looks = findings.get("looks")
    return {slug: slug for slug in slugs | ({looks["leader"]} if looks else set())}
