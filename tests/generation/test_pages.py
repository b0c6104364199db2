"""The operator's pages about generating: the cost before, the run meanwhile, the entries after."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arena.generation.schedules import generate_once, retry_generations, run_now, set_schedule
from arena.generation.send_generation import call_spec_for, catalogue_for
from arena.generation.start_run import make_generations
from arena.models import Competition, Entry, Generation, Run, Schedule
from providers.models import BudgetCap, PriceComponent
from providers.pricing import Size
from tests.arena.factories import make_competition, make_entry, make_image, make_model, make_staff
from tests.dispatch.factories import make_intent
from tests.dispatch.plain import png
from tests.generation.factories import make_seller, sheet_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_HARBOR", "a-key")


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    return client


def form_of(*models, **more) -> dict[str, object]:
    return {"size": "1024x1024", "images": "2", "seeds": "", "entry_status": "held", "model": [*models], **more}


def make_started(pictures: int = 3) -> Run:
    """A run with one picture of each fate."""
    endpoint = make_seller()
    run = generate_once(sheet_of(make_competition(), endpoint), actor=None)
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(state="running", started_at=now, planned_usd=Decimal("0.03"))
    fates = ("done", "failed", "waiting", "unknown", "cancelled")
    for place in range(pictures):
        fate = fates[place % len(fates)]
        intent = None
        if fate in {"done", "unknown"}:
            ended = {"submitting_at": now, "finished_at": now, "cost_usd": Decimal("0.01"), "cost_basis": "price"}
            more = {"fetched_at": now, "results": [{}]} if fate == "done" else {"failure_kind": "timeout"}
            intent = make_intent(endpoint, state=fate, **ended, **more)
        entry = (
            make_entry(run.schedule.competition, endpoint.model, image=make_image(), status="held")
            if fate == "done"
            else None
        )
        Generation.objects.create(
            run=run,
            position=place,
            model=endpoint.model,
            endpoint=endpoint,
            endpoint_key=endpoint.key,
            seed=place,
            width_px=64,
            height_px=64,
            simulated=True,
            planned_usd=Decimal("0.01"),
            intent=intent,
            entry=entry,
            status=fate,
            error="the provider failed: <b>no</b>" if fate in {"failed", "unknown"} else "",
            finished_at=None if fate == "waiting" else now,
        )
    return Run.objects.get(pk=run.pk)


def pages_of(run: Run) -> list[str]:
    schedule, competition = run.schedule, run.schedule.competition
    assert competition is not None
    base = f"/ops/competitions/{competition.public_id}"
    return [
        *(
            base,
            f"{base}/generate",
            f"{base}/schedules/new",
            f"{base}/schedules/{schedule.pk}",
            "/ops/competitions/new",
        ),
        *("/ops/schedules", schedule.get_absolute_url(), run.get_absolute_url(), f"{run.get_absolute_url()}/progress"),
        f"{run.get_absolute_url()}/cancel",
    ]


def test_every_page_is_for_staff_and_takes_few_queries(operator: Client) -> None:
    run = make_started(10)
    make_seller("quay")
    for url in pages_of(run):
        assert Client().get(url)["Location"].startswith("/admin/login/?next=/ops"), url
        with CaptureQueriesContext(connection) as queries:
            answer = operator.get(url)
        assert answer.status_code == 200, url
        assert len(queries) <= 12, url + "\n" + "\n".join(query["sql"][:160] for query in queries)
        assert "style=" not in answer.content.decode()
        assert "<b>no</b>" not in answer.content.decode()


def test_staff_without_the_permission_starts_nothing(client: Client) -> None:
    client.force_login(make_staff())
    endpoint, competition = make_seller(), make_competition()
    url = f"/ops/competitions/{competition.public_id}/generate"
    assert client.post(url, form_of(endpoint.model_id, confirmed_usd="0.02")).status_code == 403
    assert not Run.objects.exists()


def test_the_cost_is_shown_before_and_only_what_was_seen_is_started(operator: Client) -> None:
    cheap, dear, competition = make_seller(), make_seller(price="0.2"), make_competition()
    url = f"/ops/competitions/{competition.public_id}/generate"
    wanted = form_of(cheap.model_id, dear.model_id, seeds="4, 5")
    shown = operator.get(url, wanted).content.decode()
    assert "Generate 4 pictures for $0.42" in shown
    assert operator.post(url, wanted | {"confirmed_usd": "0.41"}).status_code == 409
    assert not Run.objects.exists()
    answer = operator.post(url, wanted | {"confirmed_usd": "0.42"})
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/ops/runs/{run.pk}")
    assert (run.state, run.schedule.seeds, run.schedule.cadence) == ("due", [4, 5], "once")
    assert BudgetCap.objects.get(scope="schedule").usd_per_day == Decimal("0.42")
    assert run.schedule.created_by is not None


def test_an_unknown_cost_says_why_and_has_to_be_left_out(operator: Client) -> None:
    known, unknown, competition = make_seller(), make_seller(price=None), make_competition()
    url = f"/ops/competitions/{competition.public_id}/generate"
    wanted = form_of(known.model_id, unknown.model_id)
    shown = operator.get(url, wanted).content.decode()
    assert "Unknown: the cost is unknown because no price is known" in shown
    assert "Generate 2 pictures" not in shown
    assert f"model={known.model_id}" in shown
    assert operator.post(url, wanted | {"confirmed_usd": "0.02"}).status_code == 409
    assert operator.post(url, form_of(unknown.model_id, confirmed_usd="0")).status_code == 409
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("images", "9", "less than or equal to 8"),
        ("seeds", "1,2,3", "3 seeds for 2 pictures"),
        ("seeds", "-4", "Allowed are whole numbers"),
        ("size", "9x9", "Select a valid choice"),
    ],
)
def test_a_wrong_field_is_marked(operator: Client, field: str, value: str, said: str) -> None:
    endpoint, competition = make_seller(), make_competition()
    url = f"/ops/competitions/{competition.public_id}/generate"
    answer = operator.post(url, form_of(endpoint.model_id) | {field: value, "confirmed_usd": "0.02"})
    assert answer.status_code == 409
    assert said in answer.content.decode()


def test_the_first_visit_shows_no_errors_and_what_cannot_run(operator: Client) -> None:
    make_seller()
    make_seller("nobody")
    competition = make_competition()
    page = operator.get(f"/ops/competitions/{competition.public_id}/generate").content.decode()
    assert 'class="wrong"' not in page
    assert "no key" in page or "No key" in page or "has no key" in page


def test_a_run_is_followed_until_it_is_over(operator: Client) -> None:
    run = make_started(5)
    page = operator.get(run.get_absolute_url()).content.decode()
    assert "1 of 5 pictures are there, 1 failed, 1 of unknown outcome, 1 cancelled, 1 to come." in page
    assert 'hx-trigger="every 1500ms"' in page
    assert '<meta http-equiv="refresh" content="5">' in page
    assert "badge-simulated" in page
    assert operator.get(f"{run.get_absolute_url()}/progress").status_code == 200
    Generation.objects.filter(status="waiting").update(status="cancelled", finished_at=timezone.now())
    Run.objects.update(state="done", finished_at=timezone.now())
    assert operator.get(f"{run.get_absolute_url()}/progress").status_code == 286
    assert 'hx-trigger="every' not in operator.get(run.get_absolute_url()).content.decode()


def test_cancelling_is_asked_first(operator: Client) -> None:
    run = make_started(2)
    Generation.objects.create(
        run=run,
        position=9,
        model=run.generations.all()[0].model,
        endpoint_key="harbor/x",
        width_px=64,
        height_px=64,
        simulated=True,
        planned_usd=Decimal("0.01"),
    )
    url = f"{run.get_absolute_url()}/cancel"
    assert "1 pictures are not done" in operator.get(url).content.decode()
    assert Run.objects.get().state == "running"
    assert operator.post(url)["Location"] == run.get_absolute_url()
    assert Run.objects.get().state == "cancelled"
    assert operator.post(url).status_code == 400


def test_failed_pictures_are_tried_again_from_the_page(operator: Client) -> None:
    run = make_started(2)
    failed = run.generations.get(status="failed")
    assert operator.post(f"{run.get_absolute_url()}/retry", {"generation": failed.pk}).status_code == 303
    assert Generation.objects.get(retry_of=failed).status == "waiting"
    page = operator.get(run.get_absolute_url()).content.decode()
    assert "Tried again below" in page
    operator.post(f"{run.get_absolute_url()}/retry")
    assert Generation.objects.filter(retry_of__isnull=False).count() == 1


def test_held_entries_are_published_and_retired(operator: Client) -> None:
    competition, model = make_competition(), make_model()
    first, second = (make_entry(competition, model, image=make_image(), status="held") for _ in range(2))
    Entry.objects.filter(pk=second.pk).update(wins=3)
    url = f"/ops/competitions/{competition.public_id}/entries"
    operator.post(url, {"do": "publish", "entry": [first.pk]})
    assert [entry.status for entry in Entry.objects.order_by("pk")] == ["live", "held"]
    operator.post(url, {"do": "publish-held"})
    operator.post(url, {"do": "retire", "entry": [first.pk]})
    assert [entry.status for entry in Entry.objects.order_by("pk")] == ["retired", "live"]
    Entry.objects.filter(pk=first.pk).update(losses=3)
    assert operator.get(f"/ops/competitions/{competition.public_id}").content.decode().count("strongest") == 1


def test_a_competition_is_made_as_a_draft_and_opened(operator: Client) -> None:
    wrong = operator.post("/ops/competitions/new", {"title": "Fox", "mode": "text-to-image", "prompt": ""})
    assert wrong.status_code == 400
    answer = operator.post("/ops/competitions/new", {"title": "Fox", "mode": "text-to-image", "prompt": "A red fox"})
    made = Competition.objects.get()
    assert answer["Location"] == f"/ops/competitions/{made.public_id}"
    assert made.status == "draft"
    operator.post(f"/ops/competitions/{made.public_id}/open")
    made.refresh_from_db()
    assert made.status == "open"


def test_an_edit_needs_the_picture_that_is_edited(operator: Client) -> None:
    wanted = {"title": "Night", "mode": "image-edit", "prompt": "Make it night"}
    answer = operator.post("/ops/competitions/new", wanted)
    assert "An edit needs the picture" in answer.content.decode()
    upload = SimpleUploadedFile("source.png", png(80, 60))
    assert (
        operator.post("/ops/competitions/new", wanted | {"mode": "text-to-image", "upload": upload}).status_code == 400
    )
    upload.seek(0)
    assert operator.post("/ops/competitions/new", wanted | {"upload": upload}).status_code == 303
    made = Competition.objects.get()
    assert made.source_image is not None
    assert (made.source_image.width_px, made.status) == (80, "draft")


def test_a_schedule_is_made_changed_and_paused(operator: Client) -> None:
    endpoint, competition = make_seller(), make_competition()
    base = f"/ops/competitions/{competition.public_id}/schedules"
    wanted = form_of(endpoint.model_id, cadence="cron", cron="0 6 * * 1", usd_per_day="2", usd_per_hour="")
    assert operator.post(f"{base}/new", wanted | {"cron": "0 6"}).status_code == 409
    schedule_page = operator.post(f"{base}/new", wanted)["Location"]
    schedule = Schedule.objects.get()
    assert schedule_page == f"/ops/schedules/{schedule.pk}"
    assert schedule.next_run_at is not None
    assert (schedule.next_run_at.weekday(), schedule.next_run_at.hour) == (0, 6)
    form = operator.get(f"{base}/{schedule.pk}").content.decode()
    assert 'value="0 6 * * 1"' in form
    first = timezone.now() + timedelta(days=2)
    changed = wanted | {"cadence": "daily", "cron": "", "first_at": f"{first:%Y-%m-%dT%H:%M}", "usd_per_day": "3"}
    operator.post(f"{base}/{schedule.pk}", changed)
    schedule.refresh_from_db()
    assert (schedule.cadence, schedule.cron) == ("daily", "")
    assert schedule.next_run_at == first.replace(second=0, microsecond=0)
    assert BudgetCap.objects.get().usd_per_day == 3
    operator.post(f"{schedule_page}/pause", {"paused": "1"})
    assert Schedule.objects.get().is_paused
    assert "Paused" in operator.get("/ops/schedules").content.decode()


def test_times_to_come_are_told_with_their_hour(operator: Client) -> None:
    due = timezone.now().replace(hour=4, minute=10) + timedelta(days=1)
    set_schedule(sheet_of(make_competition(), make_seller(), cadence="daily", first_at=due), actor=None)
    assert "04:10 UTC</time>" in operator.get("/ops/schedules").content.decode()


def test_a_schedule_says_what_it_asks_for_and_what_the_model_gives(operator: Client) -> None:
    endpoint = make_seller()
    type(endpoint.model).objects.update(max_width_px=1024, max_height_px=1024)
    size = Size(width_px=1536, height_px=1536)
    kept = set_schedule(sheet_of(make_competition(), endpoint, cadence="daily", size=size), actor=None)
    note = "Size: 1536x1536 was asked for, the model gives 1024x1024"
    page = operator.get(kept.get_absolute_url()).content.decode()
    assert "1 of 1536 × 1536" in page
    assert note in page
    run = run_now(kept.pk)
    make_generations(run.pk)
    generation = Generation.objects.get()
    assert (generation.width_px, generation.height_px) == (1536, 1536)
    order = call_spec_for(generation, catalogue_for([generation])).order_record
    Generation.objects.update(intent=make_intent(endpoint, order=order))
    assert note in operator.get(run.get_absolute_url()).content.decode()


def test_a_retry_asks_for_what_failed_though_the_schedule_asks_for_more_by_now(operator: Client) -> None:
    endpoint = make_seller(price=None)
    PriceComponent.objects.create(endpoint=endpoint, metric="megapixel", amount_usd=1)
    sheet = sheet_of(make_competition(), endpoint, cadence="daily", size=Size(width_px=1000, height_px=1000))
    kept = set_schedule(sheet, actor=None)
    run = run_now(kept.pk)
    make_generations(run.pk)
    Generation.objects.update(status="failed", error="no", finished_at=timezone.now())
    Schedule.objects.update(width_px=2000, height_px=2000)
    assert retry_generations(run.pk) == 1
    again = Generation.objects.get(retry_of__isnull=False)
    assert (again.width_px, again.planned_usd) == (1000, 1)
