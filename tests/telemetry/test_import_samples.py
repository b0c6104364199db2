"""Samples from files: refused by line with nothing written, taken once, in bounded memory."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice, repeat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from providers.models import Endpoint, HourRollup, RequestSample, SampleBatch
from providers.telemetry.sample_file import SampleFile, SampleFileError
from providers.telemetry.sample_rows import Allowed, KnownEndpoint, read_row
from tests.telemetry.factories import make_endpoint

pytestmark = pytest.mark.django_db
HEADER = "endpoint,mode,started_at,ttfb_ms,total_ms,status,cost_usd"
NOW = datetime.now(UTC)
YESTERDAY = f"{NOW - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


def make_known() -> Endpoint:
    return make_endpoint("fal", key="fal/known")


def row(**cells: str) -> dict[str, str]:
    good = {
        "endpoint": "fal/known",
        "mode": "text-to-image",
        "started_at": YESTERDAY,
        "ttfb_ms": "900",
        "total_ms": "1200",
        "status": "ok",
        "cost_usd": "0.005",
    }
    return good | cells


def csv_file(folder: Path, *rows: dict[str, str], header: str = HEADER) -> str:
    path = folder / "calls.csv"
    names = header.split(",")
    path.write_text("\n".join([header, *(",".join(one.get(name, "") for name in names) for one in rows)]) + "\n")
    return str(path)


def test_a_file_becomes_samples_and_rollups(tmp_path: Path, capsys) -> None:
    make_known()
    late = row(ttfb_ms="", cost_usd="", status="timeout", total_ms="60000")
    call_command("import_samples", csv_file(tmp_path, row(), late))
    told = capsys.readouterr().out
    assert "2 samples (CSV)" in told
    assert "Endpoints: fal/known 2." in told
    assert "Statuses: ok 1, timeout 1." in told
    assert "Imported 2 samples; 1 days rolled up." in told
    first, second = RequestSample.objects.order_by("id")
    assert (first.ttfb_ms, first.total_ms, first.cost_usd, first.source) == (900, 1200, Decimal("0.005"), "import")
    assert (second.ttfb_ms, second.cost_usd, second.simulated) == (None, None, False)
    assert HourRollup.objects.count() == 2


def test_ndjson_is_taken_as_well(tmp_path: Path, capsys) -> None:
    make_known()
    path = tmp_path / "calls.ndjson"
    rows = [row() | {"ttfb_ms": 900, "total_ms": 1200, "cost_usd": 0.0050000001, "region": "eu"}, row(cost_usd=None)]
    path.write_text("\n".join(json.dumps(one) for one in rows))
    call_command("import_samples", str(path))
    assert "Ignored columns: region." in capsys.readouterr().out
    assert list(RequestSample.objects.order_by("id").values_list("cost_usd", flat=True)) == [
        Decimal("0.005000000"),
        None,
    ]


def test_the_same_file_again_adds_nothing(tmp_path: Path, capsys) -> None:
    make_known()
    for name in ("calls.csv", "calls.csv"):
        call_command("import_samples", csv_file(tmp_path, row(), row()))
        assert name in SampleBatch.objects.get().name
    told = capsys.readouterr().out
    assert "All of it was imported before" in told
    assert told.endswith("Nothing to add.\n")
    assert RequestSample.objects.count() == 2


def test_a_plan_writes_nothing(tmp_path: Path, capsys) -> None:
    make_known()
    call_command("import_samples", csv_file(tmp_path, row()), "--plan")
    assert "1 samples (CSV)" in capsys.readouterr().out
    assert not RequestSample.objects.exists()


BAD = [
    ({"ttfb_ms": "-5"}, "ttfb_ms: '-5' is not within 0 to 86400000"),
    ({"total_ms": "-1", "ttfb_ms": ""}, "total_ms: '-1' is not within"),
    ({"ttfb_ms": "1300"}, "ttfb_ms: 1300 is above total_ms, 1200"),
    ({"total_ms": "1.2s", "ttfb_ms": ""}, "total_ms: '1.2s' is not a whole number of milliseconds, without a unit"),
    ({"total_ms": "1.2"}, "total_ms: '1.2' is not a whole number of milliseconds"),
    ({"total_ms": ""}, "total_ms: is empty and is needed"),
    ({"endpoint": "fal/other"}, "endpoint: there is no endpoint 'fal/other'"),
    ({"mode": "image-edit"}, "mode: fal/known has no image-edit; its modes are text-to-image"),
    ({"mode": "video"}, "mode: 'video' is not known; allowed are text-to-image, image-edit"),
    ({"status": "fine"}, "status: 'fine' is not known; allowed are ok, client"),
    ({"started_at": "2026-11-01T10:00:00"}, "started_at: '2026-11-01T10:00:00' has no time zone"),
    ({"started_at": "1764000000"}, "started_at: '1764000000' is not a time such as"),
    ({"started_at": f"{NOW + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"}, "lies in the future"),
    ({"started_at": "2020-01-01T00:00:00Z"}, "is older than samples are kept"),
    ({"cost_usd": "$0.01"}, "cost_usd: '$0.01' is not a number; write USD as digits"),
    ({"cost_usd": "-0.01"}, "cost_usd: '-0.01' is not within 0"),
    ({"cost_usd": "NaN"}, "cost_usd: 'NaN' is not a number"),
    ({"source": "gateway"}, "source: 'gateway' is not known; allowed are import, probe"),
    ({"http_status": "20"}, "http_status: '20' is not within 100 to 599"),
    ({"request_id": "7"}, "request_id: '7' is not a UUID"),
]


@pytest.mark.parametrize(("cells", "told"), BAD)
def test_a_bad_row_is_refused_by_its_line_and_field_and_nothing_is_written(tmp_path: Path, cells, told: str) -> None:
    make_known()
    header = f"{HEADER},source,http_status,request_id"
    with pytest.raises(CommandError) as refused:
        call_command("import_samples", csv_file(tmp_path, row(), row(**cells), row(), header=header))
    field, _, problem = told.partition(": ")
    assert f"line 3, {field}: {problem}" in str(refused.value) if problem else told in str(refused.value)
    assert "Nothing was written." in str(refused.value)
    assert not RequestSample.objects.exists()
    assert not SampleBatch.objects.exists()


def test_many_bad_rows_are_counted_and_the_first_shown(tmp_path: Path) -> None:
    make_known()
    with pytest.raises(CommandError) as refused:
        call_command("import_samples", csv_file(tmp_path, *[row(total_ms="x")] * 30))
    assert "30 rows cannot be used:" in str(refused.value)
    assert "line 21, total_ms" in str(refused.value)
    assert "and 10 more" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (HEADER.encode(), "samples: there is none"),
        (b"endpoint,mode\n", "line 1: started_at is missing from the header"),
        (f"{HEADER},status\n".encode(), "line 1: status appears more than once in the header"),
        (f"{HEADER}\na,b\n".encode(), "line 2: 2 cells; the header has 7 columns"),
        (f"{HEADER}\n\xff".encode("latin-1"), "line 2: byte 1 (0xff) is not UTF-8"),
        (f'{HEADER}\n"a'.encode(), "line 2: not readable as CSV"),
        (b'{"endpoint": 1}\n[1]\n', "line 2: not a JSON object"),
        (HEADER.encode() + b"\n" + b"x" * 20_000, "line 2: longer than 16,384 bytes"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "calls"
    path.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("import_samples", str(path))
    assert told in str(refused.value)


def test_a_file_is_read_row_by_row() -> None:
    class Endless(BytesIO):
        lines = chain([f"{HEADER}\n".encode()], repeat(b"fal/known,text-to-image,,,1,ok,\n"))

        def readline(self, limit: int = -1) -> bytes:
            return next(self.lines)

    rows = list(islice(SampleFile(Endless()).rows(), 3))
    assert [line for line, _ in rows] == [2, 3, 4]


def test_an_unfinished_line_of_a_stream_is_bounded() -> None:
    with pytest.raises(SampleFileError, match="longer than"):
        list(SampleFile(BytesIO(b"x" * 100_000)).rows())


def test_json_numbers_and_text_read_alike() -> None:
    allowed = Allowed({"fal/known": KnownEndpoint(1, ("text-to-image",))}, NOW - timedelta(days=90), NOW)
    as_text, as_numbers = row(images="2"), row() | {"ttfb_ms": 900, "total_ms": 1200, "cost_usd": 0.005, "images": 2}
    assert read_row(as_text, allowed) == read_row(as_numbers, allowed)
