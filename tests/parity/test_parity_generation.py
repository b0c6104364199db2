"""Parity entries from plan to board: the cost first, the same seed everywhere, ordinary runs."""

from __future__ import annotations

import base64
import json
import re
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from arena.generation.parity_runs import ParityNotStarted, ParityOrder, plan_parity, start_parity
from arena.generation.progress import read_progress
from arena.generation.send_generation import send_generation
from arena.generation.start_run import start_run
from arena.models import Competition, Entry, Generation, ParityBoard, ParityEntry, ParityScene, Run, Schedule
from arena.parity.entries import show_parity_entries
from providers.models import Endpoint, ImageModel
from tests.arena.factories import make_competition
from tests.dispatch.plain import png, said
from tests.generation.conftest import committed as committed_rows
from tests.generation.factories import SMALL, answering, make_seller, picture

committed = committed_rows
pytestmark = pytest.mark.usefixtures("committed_parity", "keys")
OWN = ("entry", "endpoint", "scene", "board")


@pytest.fixture
def committed_parity(committed: None) -> Any:
    """What a run makes of parity goes before what it points at."""
    yield
    for table in (ParityEntry, ParityScene):
        table.objects.all().delete()
    ParityBoard.objects.all().delete()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_HARBOR", "a-key")
    monkeypatch.setenv("LUMENBOARD_KEY_COVE", "another-key")


def sellers(**second: Any) -> tuple[ImageModel, list[Endpoint]]:
    one, other = make_seller("harbor"), make_seller("cove", "0.02", **second)
    Endpoint.objects.filter(pk=other.pk).update(model=one.model)
    model = ImageModel.objects.prefetch_related("endpoints").get(pk=one.model_id)
    return model, list(model.endpoints.all())


def order(model: ImageModel, endpoints: list[Endpoint], *competitions: Competition, **fields: Any) -> ParityOrder:
    chosen = [end.pk for end in endpoints]
    return ParityOrder(
        **{
            "model": model,
            "endpoint_ids": chosen,
            "competitions": competitions,
            "seeds": (7, 8),
            "size": SMALL,
            **fields,
        }
    )


def finished(run: Run, *answers: Any) -> Any:
    start_run(run.pk)
    provider, opener = answering(*(answers or [picture() for _ in range(9)]))
    for generation in run.generations.all():
        send_generation(generation.pk, opener=opener)
    run.refresh_from_db()
    return provider


def test_the_plan_says_the_cost_of_every_endpoint_and_prompt() -> None:
    model, ends = sellers()
    plan = plan_parity(order(model, ends, make_competition(prompt="A fox"), make_competition("B", prompt="A hen")))
    assert (plan.images, plan.total_usd, plan.why_not) == (8, Decimal("0.12"), "")
    assert Schedule.objects.count() == 0


def test_too_few_endpoints_or_one_that_takes_no_seed_start_nothing() -> None:
    model, ends = sellers(capabilities={"takes_seed": False})
    competition = make_competition(prompt="A fox")
    assert plan_parity(order(model, ends[:1], competition)).why_not == "Choose two endpoints at least."
    assert plan_parity(order(model, ends)).why_not == "Choose one prompt at least."
    plan = plan_parity(order(model, ends, competition))
    assert "takes no seed" in plan.why_not
    with pytest.raises(ParityNotStarted, match="seed"):
        start_parity(plan, actor=None)
    assert Run.objects.count() == 0


def test_a_run_makes_entries_of_the_board_and_none_of_the_competition() -> None:
    model, ends = sellers()
    competition = make_competition(prompt="A fox")
    (run,) = start_parity(plan_parity(order(model, ends, competition)), actor=None)
    provider = finished(run)
    assert run.state == "done"
    seeds = sorted(json.loads(call.content)["seed"] for call in provider.asked)
    assert seeds == [7, 7, 8, 8], "each endpoint is asked under each seed"
    made = ParityEntry.objects.order_by("scene__seed", "endpoint__key")
    assert [(one.scene.seed, one.endpoint.key) for one in made] == [
        (s, end.key) for s in (7, 8) for end in sorted(ends, key=str)
    ]
    assert {one.status for one in made} == {"held"}
    assert {one.cost_usd for one in made} == {Decimal("0.01"), Decimal("0.02")}
    assert Entry.objects.count() == 0
    assert read_progress(run).held_entries == 4
    assert ParityBoard.objects.get().key == f"parity-{model.slug}-text-to-image"


def test_the_same_scene_made_again_takes_the_place_of_the_first() -> None:
    model, ends = sellers()
    competition = make_competition(prompt="A fox")
    for _ in range(2):
        finished(start_parity(plan_parity(order(model, ends, competition, seeds=(7,))), actor=None)[0])
    assert ParityScene.objects.count() == 1
    assert sorted(ParityEntry.objects.values_list("status", flat=True)) == ["held", "held", "retired", "retired"]
    assert show_parity_entries(list(ParityEntry.objects.values_list("pk", flat=True))) == 2


def test_the_command_says_the_cost_and_starts_within_a_bound() -> None:
    model, _ = sellers()
    competition = make_competition(prompt="A fox")
    words = ("generate_parity", model.slug, "--competition", competition.public_id, "--size", "64x64", "--seeds", "1,2")
    out = StringIO()
    call_command(*words, stdout=out)
    assert "4 pictures for 0.06 USD." in out.getvalue()
    with pytest.raises(CommandError, match="more than"):
        call_command(*words, "--at-most", "0.05", stdout=out)
    assert Run.objects.count() == 0
    call_command(*words, "--at-most", "0.06", "--live", stdout=out)
    assert Run.objects.get().schedule.entry_status == "live"
    with pytest.raises(CommandError, match="does not serve"):
        call_command(*words, "--endpoint", "nobody/nothing", stdout=out)
    with pytest.raises(CommandError, match="--competition"):
        call_command("generate_parity", model.slug, "--competition", "nothing", stdout=out)


def test_the_page_shows_the_cost_starts_once_and_publishes() -> None:
    model, ends = sellers()
    competition = make_competition(prompt="A fox")
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    url = f"/ops/parity/{model.slug}/text-to-image"
    assert url in client.get("/ops/parity").content.decode()
    asked = {
        "endpoint": [end.pk for end in ends],
        "competition": competition.public_id,
        "seeds": "7",
        "size": "512x512",
    }
    page = client.get(url, asked).content.decode()
    assert "Generate 2 pictures for $0.03" in page
    seen = re.search(r'name="confirmed_usd" value="([^"]+)"', page)
    token = re.search(r'name="form_token" value="([^"]+)"', page)
    sent = {**asked, "confirmed_usd": seen[1], "form_token": token[1]}
    assert client.post(url, {**sent, "confirmed_usd": "0.01"}).status_code == 409
    first, second = client.post(url, sent), client.post(url, sent)
    assert first["Location"] == second["Location"] == f"/ops/runs/{Run.objects.get().pk}"
    drawn = base64.b64encode(png(512, 512)).decode()
    finished(Run.objects.get(), said(created=1, data=[{"b64_json": drawn}]))
    assert list(Generation.objects.values_list("error", flat=True)) == ["", ""]
    assert url in client.get(first["Location"]).content.decode()
    assert "Publish 2 held" in client.get(url).content.decode()
    client.post(f"{url}/entries", {"do": "publish-held"})
    assert set(ParityEntry.objects.values_list("status", flat=True)) == {"live"}
    entry = ParityEntry.objects.first()
    client.post(f"{url}/entries", {"do": "retire", "entry": entry.pk})
    entry.refresh_from_db()
    assert entry.status == "retired"
    assert Client().get(url).status_code == 302
    assert client.get(f"/ops/parity/{model.slug}/nothing").status_code == 404
