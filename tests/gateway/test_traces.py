"""What requests leave behind goes when its time is over, or at once when asked."""

import os
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from providers.accounts.api_keys import create_api_key
from providers.models import GatewayRequest
from providers.requests.gateway_traces import purge, sweep_gateway_traces

pytestmark = pytest.mark.django_db
DIGEST = "ab" * 32


def make_request(**fields) -> GatewayRequest:
    now = timezone.now()
    values = {
        "key": create_api_key("test").row,
        "operation": "generation",
        "mode": "text-to-image",
        "model_asked": "boat",
        "status": "completed",
        "body_sha256": DIGEST,
        "created_at": now - timedelta(hours=2),
        "finished_at": now,
    }
    return GatewayRequest.objects.create(**{**values, **fields})


def make_picture(age_minutes: int) -> dict[str, object]:
    name = f"generated/ab/{DIGEST}.png"
    default_storage.save(name, ContentFile(b"picture"))
    old = (timezone.now() - timedelta(minutes=age_minutes)).timestamp()
    os.utime(default_storage.path(name), (old, old))
    return {"pictures": [{"name": name}], "status": 200, "body": {}}


def test_pictures_past_their_links_go_and_the_figures_stay() -> None:
    past = timezone.now() - timedelta(minutes=1)
    row = make_request(answer=make_picture(settings.MEDIA_MINUTES + 1), answer_until=past)
    swept = sweep_gateway_traces()
    assert (swept.answers, swept.pictures) == (1, 1)
    row.refresh_from_db()
    assert (row.answer, row.status) == (None, "completed")
    assert sweep_gateway_traces().answers == 0


def test_a_picture_that_another_request_made_again_stays() -> None:
    past = timezone.now() - timedelta(minutes=1)
    make_request(answer=make_picture(5), answer_until=past)
    assert sweep_gateway_traces().pictures == 0
    assert default_storage.exists(f"generated/ab/{DIGEST}.png")


def test_a_purge_takes_everything_at_once_and_says_when_it_was_done_before() -> None:
    row = make_request(answer=make_picture(1), payloads={"prompt": "secret"}, user="someone")
    assert purge(row).pictures == 1
    row.refresh_from_db()
    assert (row.payloads, row.answer, row.user) == (None, None, "")
    assert purge(row).was_purged


def test_old_rows_and_old_payloads_go() -> None:
    long_ago = timezone.now() - timedelta(days=settings.REQUEST_LOG_DAYS + 1)
    make_request(created_at=long_ago)
    kept = make_request(payloads={"prompt": "x"}, payloads_until=timezone.now() - timedelta(seconds=1))
    swept = sweep_gateway_traces()
    assert (swept.rows, swept.payloads) == (1, 1)
    assert GatewayRequest.objects.get() == kept
