"""How many files of ours run for one warm request, or for one picture of a schedule: what a reader has to follow.

The bounds are what has been reached, so that a walk grows by decision only (docs/architecture.md, "Walks").
"""

import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from arena.generation.schedules import set_schedule
from arena.generation.send_generation import send_generation
from arena.generation.start_run import claim_due_runs, start_run
from arena.models import Entry, Generation
from lumenboard.gateway import catalogue
from tests.arena.factories import make_competition
from tests.facts.factories import make_endpoint, make_model
from tests.gateway.client import Client as GatewayClient
from tests.gateway.client import Providers, make_sellers, with_gateway
from tests.gateway.conftest import shared_database  # noqa: F401  a fixture
from tests.generation.conftest import committed  # noqa: F401  a fixture
from tests.generation.factories import answering, make_seller, picture, sheet_of
from tests.pages.test_board_pages import make_board_world
from tests.voting.factories import look, make_contest, send

ROOT = Path(__file__).resolve().parents[2]
APPS = tuple(f"{ROOT}/{app}/" for app in ("arena", "providers", "lumenboard"))


class Walk:
    """Files of ours in which a function began while it was open, in threads started meanwhile too."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.files: set[str] = set()
        self.is_open = False

    def __enter__(self) -> "Walk":
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if self.is_open and event == "call" and frame.f_code.co_filename.startswith(APPS):
            self.files.add(frame.f_code.co_filename.removeprefix(f"{ROOT}/"))

    def of_second(self, step: Callable[[], Any]) -> Any:
        """The first time fills what a process remembers."""
        step()
        self.is_open = True
        try:
            return step()
        finally:
            self.is_open = False

    def within(self, most: int) -> None:
        print(f"\n{self.name}: {len(self.files)} files", *sorted(self.files), sep="\n  ")
        assert len(self.files) <= most


@pytest.mark.django_db
def test_a_vote() -> None:
    make_contest(models=4)
    client = Client()

    def vote() -> None:
        assert send(client, shown.pop()).status_code == 303

    shown = []
    with Walk("POST vote") as walk:
        shown.append(look(client))
        vote()
        shown.append(look(client))
        walk.is_open = True
        vote()
        walk.is_open = False
    walk.within(8)


@pytest.mark.django_db
def test_a_board_page() -> None:
    make_board_world()
    with Walk("board page") as walk:
        answer = walk.of_second(lambda: Client().get("/leaderboards/mode-text-to-image"))
    assert answer.status_code == 200
    walk.within(16)


@pytest.mark.django_db
def test_a_model_page() -> None:
    make_endpoint(make_model(), per_image="0.02")
    with Walk("model page") as walk:
        answer = walk.of_second(lambda: Client().get("/models/acme/lantern"))
    assert answer.status_code == 200
    walk.within(25)


@pytest.mark.usefixtures("shared_database")
def test_a_call_of_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")
    # what looks for changes in the background is no part of a call
    monkeypatch.setattr(catalogue, "EVERY_S", 60.0)
    make_sellers("alpha")

    async def calls(client: GatewayClient) -> Any:
        await client.generate()
        walk.is_open = True
        answer = await client.generate()
        walk.is_open = False
        return answer

    with Walk("gateway call") as walk:
        answer = with_gateway(Providers(), calls)
    assert answer.status == 200
    walk.within(44)


@pytest.mark.usefixtures("committed")
def test_from_a_due_time_to_an_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_HARBOR", "k")
    _, opener = answering(picture(), picture())
    endpoint = make_seller()

    def schedule() -> None:
        due = timezone.now() - timedelta(minutes=5)
        sheet = sheet_of(make_competition(), endpoint, cadence="hourly", first_at=due, usd_per_day=Decimal(1))
        set_schedule(sheet, actor=None)

    def come_due() -> None:
        (run,) = claim_due_runs()
        start_run(run)
        assert send_generation(Generation.objects.latest("pk").pk, opener=opener) == "done"

    with Walk("due time to entry") as walk:
        schedule()
        come_due()
        schedule()
        walk.is_open = True
        come_due()
        walk.is_open = False
    assert Entry.objects.count() == 2
    walk.within(43)
