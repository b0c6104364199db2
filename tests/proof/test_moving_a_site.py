"""A site of real votes leaves its directory and comes back: by backup, as a dataset, and through another engine."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from lumenboard.embedded.layout import Layout
from tests.docs.pages import printed
from tests.embedded.factories import ROOT, becomes_true
from tests.proof.gateway_stack import command
from tests.proof.own_provider import CATALOGUE, MODEL, own_provider, prepare
from tests.proof.stack import Stack, environ_for, free_port, running

RIVAL = ROOT / ".venv-bench" / "bin" / "python"
BOARD = "mode-image-edit"
PICTURE = """
from PIL import Image
from arena.images.handover import store_image
from arena.images.imaging import encode
from arena.models import Entry
Entry.objects.filter(id=Entry.objects.first().id).update(image=store_image(encode(Image.new("RGB", (64, 48), "teal"))))
"""
DIGESTS = """
import json
from arena.models import Snapshot
rows = Snapshot.objects.filter(is_current=True).order_by("board__key", "method", "variant")
print(json.dumps([list(row) for row in rows.values_list("board__key", "method", "variant", "digest", "votes")]))
"""
FIT = """
import json, sys
import pandas as pd
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset
votes = pd.read_csv(sys.argv[1])
votes = votes[votes.counted == "t"]
points = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5, "tie (bothbad)": 0.5}
frame = votes[["model_a", "model_b"]].assign(winner=votes.winner.map(points))
data = PairDataset.from_pandas(frame, outcome_map={1.0: 1.0, 0.0: 0.0, 0.5: 0.5})
fitted = BradleyTerry(len(data.competitors), ftol=0, gtol=1e-12).compute_ratings_and_cis(data)
print(json.dumps(dict(zip(map(str, fitted["competitors"]), map(float, fitted["ratings"])))))
"""


@dataclass(frozen=True)
class Site:
    """A running stack with the votes of lightfield and one picture, and where its backup goes."""

    stack: Stack
    backup: Path
    api_key: str

    @property
    def layout(self) -> Layout:
        return self.stack.layout

    def digests(self) -> list[list[object]]:
        return list(json.loads(command(self.layout, "shell", "-c", DIGESTS).splitlines()[-1]))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lumenboard-moving-") as parent:
        Path(parent).chmod(0o711)
        yield Path(parent)


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    layout, backup = Layout(folder / "data"), folder / "backup"
    backup.mkdir()
    with own_provider() as provider, running(layout, free_port()) as stack:
        stack.ready_after()
        votes = (
            "import_votes",
            "tests/data/lightfield.csv",
            "--mode",
            "image-edit",
            "--competition-column",
            "category",
        )
        command(layout, *votes)
        command(layout, "shell", "-c", PICTURE)
        command(layout, "recompute_leaderboards", "--all")
        (folder / "harbor.toml").write_text(CATALOGUE)
        command(layout, "import_catalogue", str(folder / "harbor.toml"))
        api_key = command(layout, "shell", "-c", prepare(provider)).splitlines()[-1]
        yield Site(stack, backup, api_key)
        stack.stop()


def run_printed(lines: str, layout: Layout, folder: Path) -> str:
    """As the handbook prints them, with the tree they name beside the files they write."""
    for name in (".venv", "manage.py"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    environ = {**environ_for(layout, free_port()), "VAR": str(layout.data_dir)}
    argv = ["bash", "-ec", lines]
    done = subprocess.run(argv, cwd=folder, env=environ, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.skipif(not RIVAL.exists(), reason="arena-rank is not installed: make proof")
def test_another_engine_on_the_exported_file_gives_the_published_ratings(site: Site, folder: Path) -> None:
    command(site.layout, "export_dataset", str(folder / "dataset"), "--licence", "MIT")
    argv = [str(RIVAL), "-c", FIT, str(folder / "dataset" / "votes.csv")]
    theirs = json.loads(subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True).stdout)
    address = f"http://127.0.0.1:{site.stack.port}/api/v1/leaderboards/{BOARD}?prior=0"
    with urlopen(address) as answer:
        ours = {row["slug"]: row["rating"] for row in json.load(answer)["standings"]}
    assert set(ours) == set(theirs)
    shift = sum(theirs.values()) / len(theirs) - sum(ours.values()) / len(ours)
    assert max(abs(theirs[slug] - shift - ours[slug]) for slug in ours) < 0.01


def test_a_dataset_makes_the_same_boards_in_a_fresh_directory(site: Site, folder: Path) -> None:
    if not (folder / "dataset").exists():
        command(site.layout, "export_dataset", str(folder / "dataset"), "--licence", "MIT")
    fresh = Layout(folder / "copy")
    command(fresh, "migrate")
    assert "boards by their methods are the exported ones, digest and figures" in command(
        fresh, "import_dataset", str(folder / "dataset")
    )


def drawn(port: int, api_key: str) -> int:
    """The status of a gateway call that the provider answers only with its stored key."""
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
    body = json.dumps({"model": MODEL, "prompt": "a paper boat", "size": "512x512"}).encode()
    request = Request(f"http://127.0.0.1:{port}/openai/v1/images/generations", body, headers, method="POST")
    try:
        with urlopen(request, timeout=60) as answer:
            return int(answer.status) if json.load(answer)["data"] else 0
    except HTTPError as error:
        return error.code


def test_a_backup_brings_everything_back_after_the_directory_is_gone(site: Site) -> None:
    assert becomes_true(lambda: drawn(site.stack.port, site.api_key) == 200, 40)
    before = site.digests()
    save, files, rows = printed("Backup and move")
    run_printed(save, site.layout, site.backup)
    site.stack.stop()
    shutil.rmtree(site.layout.data_dir)
    run_printed(files, site.layout, site.backup)
    with running(site.layout, free_port()) as fresh:
        fresh.ready_after()
        assert site.digests() == []
        said = run_printed(rows, site.layout, site.backup)
        assert "0 snapshots written" in said
        assert "1 images are as their rows say" in said
        assert "1 stored keys and secrets can be opened" in said
        assert site.digests() == before
        assert len(before) > 15
        assert becomes_true(lambda: drawn(fresh.port, site.api_key) == 200, 40)
        fresh.stop()


def test_without_the_sealing_key_the_site_says_what_it_cannot_open(site: Site) -> None:
    """The backup as it was before the key belonged to it."""
    if site.stack.process.poll() is None:
        site.stack.stop()
    site.layout.sealing_key_file.unlink()
    with running(site.layout, free_port()) as stack:
        stack.ready_after()
        with pytest.raises(AssertionError, match=r"Stored secrets cannot be opened: .*Harbor.*LUMENBOARD_FERNET_KEYS"):
            command(site.layout, "check_sealed_keys")
        assert drawn(stack.port, site.api_key) != 200
        stack.stop()
