"""Pictures of one battle, for its voter only: no name, no stable address, no telling header, one length for all."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arena.client import voter_id_of
from arena.models import StoredImage
from arena.voting.ballot import StepRefused
from arena.voting.battle_kind import MODELS, BattleKind
from arena.voting.battle_steps import IMAGE_FAILED
from arena.voting.battle_view import PICTURES


@require_safe
def battle_image(request: HttpRequest, battle: UUID, side: str, kind: BattleKind = MODELS) -> HttpResponse:
    """404 for anybody but the voter; a missing file calls the battle off."""
    voter_id = voter_id_of(request)
    found = kind.picture(battle, voter_id, side) if side in PICTURES and voter_id is not None else None
    if found is None or voter_id is None:
        raise Http404
    try:
        with StoredImage.objects.get(id=found.image_id).file.open("rb") as stored:
            picture = stored.read()
    except (OSError, ValueError):
        _call_off(battle, voter_id, kind)
        raise Http404 from None
    response = HttpResponse(found.frame.fill(picture), content_type="image/webp")
    response["Cache-Control"] = "private, max-age=1800"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def _call_off(battle: UUID, voter_id: int, kind: BattleKind) -> None:
    try:
        kind.void(battle, voter_id, IMAGE_FAILED)
    except StepRefused:
        # the vote came first: it stands, since the pictures were seen
        return
