"""The pages of uploads, by form and by script."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arena.entrants.run_apply import apply_upload, read_upload
from arena.models import Competition, EntrantUpload, Entry
from tests.arena.factories import make_competition, make_staff
from tests.entrants.factories import make_upload, make_zip, nothing_written, picture
from tests.entrants.test_uploads import FOUR, PROMPTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    return client


def send(client: Client, *files: tuple[str, bytes], query: str = "", **fields):
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(f"/ops/entrants/new{query}", {"mode": "text-to-image", **fields, "files": uploads})


def test_a_form_with_a_zip_is_looked_at_applied_and_undone(operator: Client) -> None:
    assert operator.get("/ops/entrants/new").status_code == 200
    answer = send(operator, ("all.zip", make_zip(*FOUR, ("Cedar/fox.png", b"nothing"))), prompts=PROMPTS)
    upload = EntrantUpload.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/ops/entrants/{upload.public_id}")
    assert upload.actor.username == "operator"
    page = answer["Location"]
    assert "Waiting for a worker" in operator.get(page).content.decode()
    read_upload(upload.pk)
    assert operator.get(f"{page}/progress")["HX-Refresh"] == "true"
    shown = operator.get(page).content.decode()
    assert "Cedar/fox.png</b>: The file is not a PNG" in shown
    assert "Cedar in “A kite over the sea”" not in shown
    refused = operator.post(f"{page}/apply")
    assert (refused.status_code, "Not as it is" in refused.content.decode()) == (400, True)
    assert nothing_written()
    assert operator.post(f"{page}/apply", {"without_faulty": "on"}).status_code == 303
    apply_upload(upload.pk)
    assert "4 entries are held" in operator.get(page).content.decode()
    assert operator.get(f"{page}/undo").status_code == 200
    assert operator.post(f"{page}/undo").status_code == 303
    assert not Entry.objects.exists()
    assert "undone" in operator.get("/ops/entrants").content.decode()
    assert operator.post(f"{page}/undo").status_code == 400


def test_a_script_begins_sends_pieces_and_goes_on_where_it_was(operator: Client) -> None:
    script = {"HTTP_ACCEPT": "application/json"}
    page = operator.post("/ops/entrants/new", {"mode": "text-to-image", "prompts": PROMPTS}, **script).json()["url"]
    content = picture()

    def piece(at: int, part: bytes):
        query = f"name=Alder/fox.png&size={len(content)}&at={at}"
        return operator.post(f"{page}/pieces?{query}", part, content_type="application/octet-stream", **script)

    assert piece(0, content[:50]).json() == {"at": 50}
    again = piece(0, content[:50])
    assert (again.status_code, again.json()["at"]) == (409, 50)
    early = operator.post(f"{page}/read", **script)
    assert (early.status_code, "50 of" in early.json()["problem"]) == (409, True)
    assert "Alder/fox.png" in operator.get(page).content.decode()
    assert piece(50, content[50:]).json() == {"at": len(content)}
    assert operator.post(f"{page}/read", **script).json() == {"url": page}
    assert EntrantUpload.objects.get().status == "reading"
    assert operator.post(f"{page}/pieces?name=a&size=x&at=0").status_code == 400


def test_names_are_decided_on_the_page(operator: Client) -> None:
    upload = make_upload(("Alder/fox.png", picture()), ("Alder/kite.png", picture("red")))
    page = upload.get_absolute_url()
    assert "Make competitions of all 2 open prompts" in operator.get(page).content.decode()
    operator.post(f"{page}/decide", {"prompts:fox": "out"})
    assert "left out" in operator.get(page).content.decode()
    operator.post(f"{page}/decide", {"all": "prompts"})
    operator.post(f"{page}/apply")
    apply_upload(upload.pk)
    assert list(Competition.objects.values_list("prompt", flat=True)) == ["kite"]


def test_folders_are_turned_on_the_page(operator: Client) -> None:
    upload = make_upload(("fox/Alder.png", picture()))
    page = upload.get_absolute_url()
    operator.post(f"{page}/decide", {"folders": "prompts", "prompts:fox": "new"})
    operator.post(f"{page}/decide", {"folders": "prompts", "prompts:fox": "new"})
    operator.post(f"{page}/apply")
    apply_upload(upload.pk)
    assert str(Entry.objects.get()) == "Alder in fox"


def test_a_competition_s_own_page_leads_here(operator: Client) -> None:
    competition = make_competition("Fox")
    query = f"?competition={competition.public_id}"
    assert f"/ops/entrants/new{query}" in operator.get(f"/ops/competitions/{competition.public_id}").content.decode()
    assert "One picture a model" in operator.get(f"/ops/entrants/new{query}").content.decode()
    send(operator, ("Alder.png", picture()), query=query)
    assert EntrantUpload.objects.get().competition == competition
    assert operator.get("/ops/entrants/new?competition=none").status_code == 404


def test_what_is_wrong_with_the_form_is_said(operator: Client, settings) -> None:
    assert "nothing to read" in send(operator).content.decode()
    assert "Two prompts are called" in send(operator, prompts="a | x\na | y").content.decode()
    settings.MAX_UPLOAD_BYTES = 2000
    assert "a.png: larger than" in send(operator, ("a.png", bytes(3000))).content.decode()
    assert not EntrantUpload.objects.exists()
    said = operator.post("/ops/entrants/new", {"mode": "x"}, HTTP_ACCEPT="application/json").json()["problem"]
    assert "Select a valid choice" in said


def test_an_upload_is_deleted_before_it_is_applied(operator: Client) -> None:
    upload = make_upload(("Alder/fox.png", picture()))
    assert operator.post(f"{upload.get_absolute_url()}/delete").status_code == 303
    assert not EntrantUpload.objects.exists()


def test_queries_of_the_preview_do_not_grow_with_pictures(operator: Client) -> None:
    few, many = make_upload(*FOUR[:1], prompts=PROMPTS), make_upload(*FOUR, prompts=PROMPTS)
    counts = []
    for upload in (few, many):
        operator.get(upload.get_absolute_url())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            operator.get(upload.get_absolute_url())
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


@pytest.mark.parametrize("step", ["apply", "decide", "delete", "undo", "pieces", "read"])
def test_staff_without_the_permission_is_refused_and_others_are_led_to_the_log_in(client: Client, step: str) -> None:
    page = make_upload(("Alder/fox.png", picture())).get_absolute_url()
    assert client.post(f"{page}/{step}").status_code == 302
    client.force_login(make_staff())
    assert client.post(f"{page}/{step}").status_code == 403
    assert EntrantUpload.objects.get().status == "read"


def test_who_may_add_entries_alone_makes_nothing_else(client: Client) -> None:
    client.force_login(make_staff("add_entry"))
    upload = make_upload(*FOUR, prompts=PROMPTS)
    answer = client.post(f"{upload.get_absolute_url()}/apply")
    assert answer.status_code == 400
    assert nothing_written()
    assert "Let people vote at once" not in client.get(upload.get_absolute_url()).content.decode()


def test_pictures_of_an_upload_are_for_operators_alone(operator: Client) -> None:
    image = make_upload(("Alder/fox.png", picture())).pictures.get().image
    shown = operator.get(image.thumbnail_url)
    assert (shown.status_code, b"".join(shown)[:4]) == (200, b"RIFF")
    assert Client().get(image.thumbnail_url).status_code == 404
