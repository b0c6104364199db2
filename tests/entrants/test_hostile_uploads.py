"""Uploads that are made to break a worker or a page: hosts that answer badly, pairs by the million."""

import tracemalloc
from io import BytesIO

import httpx2
import pytest

from arena.entrants import receive
from arena.entrants.plan_upload import find_missing, plan_upload
from arena.entrants.read_upload import read_upload
from arena.models import UploadPicture
from tests.entrants.factories import make_upload, picture

pytestmark = pytest.mark.django_db


class Hostile(httpx2.AsyncBaseTransport):
    """One address redirects to what is none, one breaks the client, one has a picture."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/redirect":
            return httpx2.Response(302, headers={"location": "http://[x"})
        if request.url.path == "/break":
            raise ValueError("nobody thought of it")
        return httpx2.Response(200, content=picture())


def test_what_a_hostile_host_answers_ends_its_picture_alone() -> None:
    rows = "".join(f"Alder,{name},https://a.example/{name}\n" for name in ("redirect", "break", "fox"))
    upload = receive.start_upload("text-to-image")
    content = f"model,prompt,url\n{rows}".encode()
    receive.receive_file(upload.pk, "a.csv", BytesIO(content), len(content))
    receive.begin_reading(upload.pk)
    assert read_upload(upload.pk, transport=Hostile()) == "read"
    redirected, broken, fine = upload.pictures.order_by("place")
    assert "redirects too often or to no address" in redirected.problem
    assert "could not be fetched" in broken.problem
    assert (fine.problem, fine.is_waiting) == ("", False)


def test_of_many_missing_pairs_the_first_are_named_and_the_rest_is_counted() -> None:
    upload = make_upload(prompts="\n".join(f"p{number} | prompt {number}" for number in range(1000)))
    rows = [UploadPicture(upload=upload, place=n, first=f"Model {n}", second=f"p{n % 10}") for n in range(2000)]
    UploadPicture.objects.bulk_create(rows)
    tracemalloc.start()
    missing = find_missing(plan_upload(upload), 3)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert missing.count == 2000 * 1000 - 2000
    assert missing.first == tuple((f"Model {number}", "prompt 0") for number in (1, 2, 3))
    assert most < 60 << 20
