"""A job's states follow from the time gone by, and so does what it costs."""

from tests.simulator import calls
from tests.simulator.conftest import Simulator


def test_a_queued_run_passes_through_its_states_and_gives_its_result(slow_simulator: Simulator) -> None:
    receipt = slow_simulator.post(calls.FAL_QUEUE, {"prompt": "a boat"}).json()
    address = receipt["status_url"]
    assert slow_simulator.get(address).json()["status"] == "IN_QUEUE"
    assert slow_simulator.get(receipt["response_url"]).status_code == 400
    job = slow_simulator.world.jobs.find("fal", receipt["request_id"])
    assert job is not None
    slow_simulator.clock.now = job.starts_at
    running = slow_simulator.get(f"{address}?logs=1")
    assert (running.status_code, running.json()["status"]) == (202, "IN_PROGRESS")
    assert running.json()["logs"][0]["message"]
    slow_simulator.clock.now = job.ends_at
    assert slow_simulator.get(address).json()["status"] == "COMPLETED"
    result = slow_simulator.get(receipt["response_url"])
    assert result.json()["images"][0]["width"] == 1024
    assert result.headers["x-fal-billable-units"] == "0.786432"


def test_a_run_stopped_in_the_queue_costs_nothing_and_one_stopped_later_does(slow_simulator: Simulator) -> None:
    first, second = (slow_simulator.post(calls.FAL_QUEUE, {"prompt": text}).json() for text in ("one", "two"))
    assert slow_simulator.client.put(first["cancel_url"], headers={"authorization": "Key a:b"}).status_code == 202
    slow_simulator.clock.now += 60
    again = slow_simulator.client.put(second["cancel_url"], headers={"authorization": "Key a:b"})
    assert (again.status_code, again.json()["status"]) == (400, "ALREADY_COMPLETED")
    assert [charge["prompt"] for charge in slow_simulator.charges()] == ["two"]
    assert slow_simulator.get(first["response_url"]).status_code == 499


def test_a_run_that_may_not_wait_so_long_times_out_uncharged(slow_simulator: Simulator) -> None:
    receipt = slow_simulator.post(calls.FAL_QUEUE, {"prompt": "a boat"}, x_fal_request_timeout="0.01").json()
    slow_simulator.clock.now += 60
    result = slow_simulator.get(receipt["response_url"])
    assert result.status_code == 504
    assert result.headers["x-fal-request-timeout-type"] == "user"
    assert slow_simulator.charges() == []


def test_a_prediction_starts_runs_succeeds_and_only_then_says_how_long_it_took(slow_simulator: Simulator) -> None:
    made = slow_simulator.post(calls.PREDICTIONS, calls.prediction())
    assert (made.status_code, made.json()["status"], made.json()["metrics"]) == (201, "starting", {})
    job = slow_simulator.world.jobs.find("replicate", made.json()["id"])
    assert job is not None
    slow_simulator.clock.now = job.starts_at
    assert slow_simulator.get(made.json()["urls"]["get"]).json()["status"] == "processing"
    slow_simulator.clock.now = job.ends_at
    ended = slow_simulator.get(made.json()["urls"]["get"]).json()
    assert ended["status"] == "succeeded"
    assert ended["output"].startswith("data:image/jpeg;base64,")
    assert ended["metrics"]["predict_time"] == job.run_s


def test_a_prediction_past_its_limit_is_aborted_before_and_cancelled_after_its_start(
    slow_simulator: Simulator,
) -> None:
    for simulate, status, charges in (("never=queued", "aborted", 0), ("never", "canceled", 1)):
        made = slow_simulator.post(calls.PREDICTIONS, calls.prediction(), simulate, cancel_after="30s").json()
        slow_simulator.clock.now += 29.9
        assert slow_simulator.get(made["urls"]["get"]).json()["status"] in {"starting", "processing"}
        slow_simulator.clock.now += 0.1
        assert slow_simulator.get(made["urls"]["get"]).json()["status"] == status
        assert len(slow_simulator.charges(job=made["id"])) == charges


def test_a_task_is_pending_runs_succeeds_and_is_cancelled_only_while_pending(slow_simulator: Simulator) -> None:
    body = {"model": "wan2.2-t2i-flash", "input": {"prompt": "a boat"}, "parameters": {"n": 2}}
    made = slow_simulator.post(calls.TASKS, body, x_dashscope_async="enable").json()["output"]
    task = f"/dashscope/api/v1/tasks/{made['task_id']}"
    assert made["task_status"] == slow_simulator.get(task).json()["output"]["task_status"] == "PENDING"
    job = slow_simulator.world.jobs.find("dashscope", made["task_id"])
    assert job is not None
    slow_simulator.clock.now = job.starts_at
    assert slow_simulator.get(task).json()["output"]["task_status"] == "RUNNING"
    assert slow_simulator.post(f"{task}/cancel", {}).json()["code"] == "UnsupportedOperation"
    slow_simulator.clock.now = job.ends_at
    output = slow_simulator.get(task).json()["output"]
    assert output["task_status"] == "SUCCEEDED"
    assert len(output["results"]) == output["task_metrics"]["SUCCEEDED"] == 2


def test_a_task_nobody_knows_is_unknown_with_status_200(simulator: Simulator) -> None:
    answer = simulator.get("/dashscope/api/v1/tasks/elsewhere")
    assert (answer.status_code, answer.json()["output"]["task_status"]) == (200, "UNKNOWN")
