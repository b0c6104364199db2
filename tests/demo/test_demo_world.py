"""The demo world comes whole, comes once, is the same everywhere, and goes without a trace."""

import hashlib

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db.models import Sum

from arena.boards.table import board_table
from arena.models import Board, Category, Competition, Entry, ParitySnapshot, StoredImage, Vote
from arena.parity.counted import differing_tallies
from lumenboard.demo.outcomes import simulate, simulate_calls
from lumenboard.demo.parity import STRENGTHS, VOTES
from lumenboard.demo.seed import seed_demo
from lumenboard.demo.world import COMPETITIONS, MODELS, entrants_of
from providers.models import Creator, Endpoint, HourRollup, ImageModel, Provider, RequestSample
from tests.arena.factories import import_text, row_counts


def said() -> tuple[list[str], object]:
    lines: list[str] = []
    return lines, lines.append


def test_votes_are_the_same_on_every_machine() -> None:
    lines = [
        ",".join(map(str, vote))
        for votes in map(simulate, COMPETITIONS)
        for vote in zip(*votes.columns[:3], strict=True)
    ]
    assert len(lines) == sum(competition.votes for competition in COMPETITIONS)
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] == "1f861df8be0db871"


def test_the_seeds_model_takes_part_everywhere() -> None:
    for competition in COMPETITIONS:
        entrants = [model.slug for model in entrants_of(competition)]
        assert "z-image-turbo" in entrants
        assert len(entrants) == len(set(entrants)) >= 9


def test_calls_are_the_same_on_every_machine_and_fail_as_real_ones_do() -> None:
    calls = simulate_calls("fal/z-image-turbo")
    lines = f"{calls.total_ms.tolist()}{calls.status.tolist()}"
    assert hashlib.sha256(lines.encode()).hexdigest()[:16] == "5cdbc1880da1e97b"
    assert (calls.ttfb_ms <= calls.total_ms).all()
    assert simulate_calls("replicate/z-image-turbo").total_ms.size == 0


@pytest.mark.django_db
def test_the_world_comes_once_and_goes_without_a_trace(settings, tmp_path, django_capture_on_commit_callbacks) -> None:
    settings.MEDIA_ROOT = tmp_path
    import_text("left,right,winner\n" + "Mine,Yours,left\n" * 5, title="My bench")
    before = row_counts()
    lines, say = said()
    seed_demo(say, side_px=64)

    assert Competition.objects.filter(is_demo=True).count() == 12
    assert Category.objects.count() == 6
    assert ImageModel.objects.filter(is_demo=True).count() == len(MODELS) == 21
    seeds_model = ImageModel.objects.get(slug="z-image-turbo")
    assert Endpoint.objects.filter(model=seeds_model).count() == 4
    assert {e.provider.name for e in seeds_model.endpoints.all()} == {"fal.ai", "Alibaba Cloud", "Replicate"}
    assert Entry.objects.filter(simulated=True, image__isnull=False).count() == sum(
        len(entrants_of(c)) for c in COMPETITIONS
    )
    assert all(default_storage.exists(image.file.name) for image in StoredImage.objects.all())
    assert RequestSample.objects.count() == HourRollup.objects.aggregate(calls=Sum("calls"))["calls"] > 20_000
    assert not RequestSample.objects.filter(simulated=False).exists()
    table = board_table("mode-text-to-image")
    assert [row.slug for row in table.rows][:2] == ["aster-3", "larch-xl"]
    assert Vote.objects.count() == 5 + sum(c.votes for c in COMPETITIONS)
    assert list(
        Vote.objects.filter(cast_at__isnull=False).order_by("cast_at").values_list("number", flat=True)
    ) == sorted(Vote.objects.filter(cast_at__isnull=False).values_list("number", flat=True))

    parity = ParitySnapshot.objects.get()
    assert (parity.votes, differing_tallies()) == (VOTES, 0)
    decided = {(kind, *sorted((one, other))) for kind, one, other, _ in parity.verdicts["decisions"]}
    ends = sorted(STRENGTHS)
    assert decided == {("better", ends[0], ends[1]), ("better", ends[0], ends[2]), ("equivalent", ends[1], ends[2])}

    whole = row_counts()
    seed_demo(say, side_px=64)
    assert row_counts() == whole
    assert "already in" in lines[-1]

    with django_capture_on_commit_callbacks(execute=True):
        call_command("remove_demo")
    after = row_counts()
    snapshots = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert set(snapshots) <= {"arena.Snapshot", "arena.Standing", "arena.SequentialState"}
    assert not Creator.objects.filter(is_demo=True).exists()
    assert not Provider.objects.exists()
    assert [row.model for row in board_table("mode-text-to-image").rows] == ["Mine", "Yours"]
    assert not Board.objects.filter(kind="mode", mode="image-edit").exists()
    assert not any(tmp_path.rglob("*.webp"))
