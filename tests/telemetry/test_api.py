"""Performance and reported samples over REST."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from providers.accounts.api_keys import create_api_key, revoke_api_key
from providers.models import ModelAlias, RequestSample, SampleBatch
from providers.telemetry.roll_up import roll_up_changed
from tests.telemetry.factories import make_endpoint, make_samples

pytestmark = pytest.mark.django_db
URL = "/api/v1/samples"


def sample(**cells: object) -> dict[str, object]:
    started = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    good = {"endpoint": "fal/known", "mode": "text-to-image", "started_at": started, "ttfb_ms": 3, "total_ms": 5,
            "status": "ok", "cost_usd": "0.005"}  # fmt: skip
    return good | cells


def send(client: Client, key: str, word: str, *samples: dict[str, object]):
    return client.post(
        URL,
        orjson.dumps({"samples": samples}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": word},
    )


@pytest.fixture
def key() -> str:
    make_endpoint("fal", key="fal/known")
    return create_api_key("probe", scopes=["samples:write"]).text


def test_a_batch_is_taken_once_however_often_it_is_sent(client: Client, key: str) -> None:
    one, other = sample(), sample(total_ms=50)
    first = send(client, key, "a", one, other)
    assert (first.status_code, first.json()) == (201, {"recorded": 2, "repeated": False})
    again = send(client, key, "a", one, other)
    assert (again.status_code, again.json()) == (200, {"recorded": 0, "repeated": True})
    assert send(client, key, "b", one, other).json()["recorded"] == 2
    assert RequestSample.objects.count() == 4


def test_one_idempotency_key_does_not_stand_for_two_batches(client: Client, key: str) -> None:
    send(client, key, "a", sample())
    answer = send(client, key, "a", sample(total_ms=99))
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Idempotency-Key: was used before for other samples")
    assert RequestSample.objects.count() == 1


def test_bad_rows_are_told_one_by_one_and_nothing_is_written(client: Client, key: str) -> None:
    answer = send(client, key, "a", sample(), sample(total_ms=-1), sample(endpoint="fal/none"))
    told = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert [(fault["row"], fault["field"]) for fault in told["errors"]] == [(2, "total_ms"), (3, "endpoint")]
    assert told["detail"] == "2 of 3 samples cannot be used; nothing was written"
    assert not RequestSample.objects.exists()
    assert not SampleBatch.objects.exists()


def test_only_a_live_key_with_the_scope_may_write(client: Client, key: str) -> None:
    other = create_api_key("other", scopes=["samples:write"])
    revoke_api_key(other.row)
    for text in (other.text, "lb_nothing", ""):
        assert send(client, text, "a", sample()).status_code == 401
    lacking = send(client, create_api_key("third", scopes=["images"]).text, "a", sample())
    assert (lacking.status_code, lacking.json()["detail"]) == (
        403,
        "Authorization: the key lacks the scope samples:write",
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "the body is not JSON"),
        (b"[]", "samples: needs a list of objects"),
        (b'{"samples": [1]}', "samples: needs a list of objects"),
        (b'{"samples": []}', "samples: 0 in one batch; allowed are 1 to 10,000"),
    ],
)
def test_a_body_of_another_form_is_refused(client: Client, key: str, body: bytes, told: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "a"}
    answer = client.post(URL, body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(told)


@pytest.mark.parametrize(("length", "status"), [(3_000_000, 201), (9_000_000, 413)])
def test_a_body_may_be_as_long_as_is_said(client: Client, key: str, length: int, status: int) -> None:
    body = orjson.dumps({"samples": [sample()]}) + b" " * length
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "long"}
    answer = client.post(URL, body, content_type="application/json", headers=headers)
    assert (answer.status_code, "json" in answer["Content-Type"]) == (status, True)


def test_a_batch_needs_an_idempotency_key(client: Client, key: str) -> None:
    assert "Idempotency-Key: needs" in send(client, key, "", sample()).json()["detail"]


def test_performance_tells_figures_per_provider(client: Client) -> None:
    endpoint = make_endpoint("fal")
    make_samples(endpoint, *range(100, 120), started_at=timezone.now() - timedelta(days=1))
    make_samples(endpoint, 100, status="upstream", started_at=timezone.now() - timedelta(days=1))
    roll_up_changed(timezone.now(), 90)
    ModelAlias.objects.create(model=endpoint.model, slug="by-alias")
    told = client.get("/api/v1/performance?model=by-alias&window=7d").json()
    (item,) = told["items"]
    assert (item["provider"], item["rank"], item["calls"], item["statuses"]) == (
        "fal",
        1,
        21,
        {"ok": 20, "upstream": 1},
    )
    assert item["total"]["p50_ms"] == pytest.approx(109, rel=0.01)
    assert item["success"]["rate"] == "0.952381"
    assert (told["window"]["name"], told["by"], told["without_data"]) == ("7d", ["provider"], [])


def test_performance_comes_as_csv_and_as_a_series(client: Client) -> None:
    endpoint = make_endpoint("fal")
    make_samples(endpoint, *range(100, 120), started_at=timezone.now())
    table = client.get(f"/api/v1/performance?endpoint={endpoint.key}&by=endpoint,mode&format=csv").content.decode()
    header, line = table.splitlines()
    assert header.startswith("rank,model,provider,endpoint,mode,source,simulated,calls,ok,client")
    assert line.startswith(f"1,,fal,{endpoint.key},text-to-image,,false,20,20,0")
    series = client.get(f"/api/v1/performance?endpoint={endpoint.key}&step=hour&window=24h").json()
    assert len(series["series"][0]["points"]) in {25, 24}
    assert series["series"][0]["points"][-1]["figures"]["calls"] == 20
    rows = client.get(f"/api/v1/performance?endpoint={endpoint.key}&step=hour&format=csv").content.decode()
    assert len(rows.splitlines()) == 2


def test_incidents_tell_when_a_provider_failed(client: Client, django_assert_max_num_queries) -> None:
    endpoint = make_endpoint("fal")
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    for ago in range(1, 40):
        status = "upstream" if 20 <= ago < 23 else "ok"
        make_samples(endpoint, *range(1000, 1012), status=status, started_at=now - timedelta(hours=ago))
    roll_up_changed(timezone.now(), 90)
    with django_assert_max_num_queries(4):
        told = client.get("/api/v1/incidents?window=7d&provider=fal").json()
    (item,) = told["items"]
    assert told["by"] == ["model", "provider"]
    assert {name: item[name] for name in ("model", "provider", "kind", "open", "calls", "usual", "worst")} == {
        "model": endpoint.model.slug,
        "provider": "fal",
        "kind": "failures",
        "open": False,
        "calls": 36,
        "usual": 1.0,
        "worst": 0.0,
    }
    assert datetime.fromisoformat(item["starts_at"]) == now - timedelta(hours=22)
    assert datetime.fromisoformat(item["ends_at"]) == now - timedelta(hours=19)
    for none in ("kind=latency", "open=true", "window=1h", "mode=image-edit"):
        assert client.get(f"/api/v1/incidents?{none}").json()["items"] == []
    assert len(client.get("/api/v1/incidents?open=false&by=provider").json()["items"]) == 1


@pytest.mark.parametrize("operation", ["performance", "incidents"])
@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("model=none", 404, "model: there is no model 'none'"),
        ("provider=none", 404, "provider: there is no provider"),
        ("endpoint=a/b", 404, "endpoint: there is no endpoint"),
        ("window=2d", 400, "window: '2d' is not a window"),
        ("by=colour", 400, "by: 'colour' is not allowed; use model, provider"),
        ("to=2026-11-25T00:00:00Z", 400, "from: is needed beside to"),
        ("from=2026-11-25T00:00:00&to=2026-11-26T00:00:00Z", 400, "from: needs a time zone"),
        ("mode=video", 422, "mode"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_its_field(
    client: Client, operation: str, query: str, status: int, told: str
) -> None:
    answer = client.get(f"/api/v1/{operation}?{query}")
    assert answer.status_code == status
    assert told in answer.json()["detail"]
