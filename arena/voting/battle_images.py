"""Pictures of one battle, for its voter only: no name, no stable address, no telling header, one length for all."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arena.client import voter_id_of
from arena.models import Battle, StoredImage
from arena.models.visibility import shown_battle
from arena.voting.ballot import StepRefused
from arena.voting.battle_steps import IMAGE_FAILED, void_battle
from arena.voting.image_padding import frame_for

SIDES = {"a": "left_entry__image", "b": "right_entry__image", "source": "competition__source_image"}


@require_safe
def battle_image(request: HttpRequest, battle: UUID, side: str) -> HttpResponse:
    """404 for anybody but the voter; a missing file calls the battle off."""
    voter_id = voter_id_of(request)
    if side not in SIDES or voter_id is None:
        raise Http404
    own = Battle.objects.filter(shown_battle(), public_id=battle, voter=voter_id)
    found = own.values_list("competition_id", SIDES[side]).first()
    if found is None or found[1] is None:
        raise Http404
    competition_id, image_id = found
    try:
        with StoredImage.objects.get(id=image_id).file.open("rb") as stored:
            picture = stored.read()
    except (OSError, ValueError):
        _call_off(battle, voter_id)
        raise Http404 from None
    response = HttpResponse(frame_for(competition_id).fill(picture), content_type="image/webp")
    response["Cache-Control"] = "private, max-age=1800"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def _call_off(battle: UUID, voter_id: int) -> None:
    try:
        void_battle(battle, voter_id, IMAGE_FAILED)
    except StepRefused:
        # the vote came first: it stands, since the pictures were seen
        return
