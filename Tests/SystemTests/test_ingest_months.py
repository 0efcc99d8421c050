"""Months of the past: so many may one request begin, and a long history comes in by several."""

import os
import signal

import pytest

from running_system import PlantData, check_problem, eventually

ROUTE = "/api/v1/detections"
MOST = 120


@pytest.fixture(scope="module")
def history(system):
    return system.make_tenant("history")


@pytest.fixture(scope="module")
def plant(history):
    return PlantData(history.client("MANAGER"), code="OLD", dual=False)


def months(first_year: int, count: int) -> list[str]:
    return [f"{first_year + number // 12}-{number % 12 + 1:02}-15T12:00:00Z" for number in range(count)]


def post(history, rows):
    return history.client("key:ingest").post(ROUTE, {"detections": rows}, timeout=60)


def partitions(history, plant) -> int:
    return int(history.system.psql(history.database, (
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'detection_line_{}'::regclass".format(plant.line))))


def test_more_months_than_a_request_may_begin_are_refused_whole(history, plant):
    before = partitions(history, plant)
    problem = check_problem(
        post(history, [plant.detection(at) for at in months(1970, MOST + 1)]), 422, "invalid")
    assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [("detected_at", "too_many_months")]
    assert partitions(history, plant) == before
    assert history.client("MANAGER").read(
        f"/api/v1/detections?line_id={plant.line}&from=1970-01-01&to=1979-12-31")["items"] == []


def test_every_month_since_1970_comes_in_by_several_requests(history, plant):
    all_months = months(1970, 56 * 12)
    for begin in range(0, len(all_months), MOST):
        rows = [plant.detection(at) for at in all_months[begin:begin + MOST]]
        answer = post(history, rows)
        assert answer.status_code == 200 and answer.json()["stored"] == len(rows), answer.text
    # What has been begun is not counted again, also by a worker that has not seen it.
    killed = history.system.worker("history")["pid"]
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: history.client("VIEWER").get("/api/v1/line-status").status_code == 200
                      and history.system.worker("history")["pid"] not in (killed, None), 20)
    answer = post(history, [plant.detection(at) for at in all_months])
    assert answer.status_code == 200 and answer.json()["stored"] == len(all_months), answer.text


def test_a_recent_month_of_very_many_lines_is_taken(history):
    """What a month begins with: it is new for each line, but not of the past."""
    manager = history.client("MANAGER")
    plant = manager.make("plants", plant_code="many", plant_name="Many", timezone="UTC")["plant_id"]
    manager.make("products", product_code="many", product_name="Many")
    codes = [f"M{number}" for number in range(MOST + 1)]
    for code in codes:
        line = manager.make("production-lines", plant_id=plant, line_code=code, line_name=code)["line_id"]
        manager.make("areas", line_id=line, area_name="out", area_type="output")

    def rows(months_ago: int) -> list[dict]:
        at = history.system.psql("postgres", (
            f"SELECT to_char(now() - make_interval(months => {months_ago}), 'YYYY-MM-01\"T\"12:00:00\"Z\"')"))
        return [{"line": code, "area": "output", "product": "many", "detected_at": at} for code in codes]

    answer = post(history, rows(1))
    assert answer.status_code == 200 and answer.json()["stored"] == len(codes), answer.text
    # The control: of the month before that as many are too many.
    check_problem(post(history, rows(3)), 422, "invalid")
