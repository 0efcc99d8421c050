"""Signs of life: a camera that is dead is not a line that stands."""

from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest

from running_system import PlantData, check_problem, eventually

ROUTE = "/api/v1/heartbeats"
TIMEOUT = 60


def watch(north, plant, timeout: int | None) -> None:
    """Lets the line be `no_data` when it gives no sign of life for longer than so many seconds; None: never."""
    manager = north.client("MANAGER")
    path = f"/api/v1/production-lines/{plant.line}"
    line = manager.read(path)
    body = {name: line[name] for name in ("plant_id", "line_code", "line_name")}
    answer = manager.put(path, body | {"heartbeat_timeout_seconds": timeout})
    assert answer.status_code == 200, answer.text


def make(north, code: str, timeout: int | None = TIMEOUT) -> PlantData:
    """A line that is planned round the clock."""
    manager = north.client("MANAGER")
    plant = PlantData(manager, code=code)
    assert manager.delete(f"/api/v1/shifts/{plant.shift}").status_code == 204
    watch(north, plant, timeout)
    return plant


@pytest.fixture(scope="module")
def plant(north):
    return make(north, "BEAT")


@pytest.fixture
def camera(north):
    return north.client("key:ingest")


def at(**ago) -> str:
    return (datetime.now(timezone.utc) - timedelta(**ago)).isoformat(timespec="microseconds")


def state(north, plant) -> dict:
    lines = north.client("key:read").read("/api/v1/line-status")["lines"]
    return next(line for line in lines if line["line_id"] == plant.line)


def unobserved(north, plant, start: str, end: str) -> tuple[int, bool]:
    path = f"/api/v1/kpis?from={quote(start)}&to={quote(end)}&line_id={plant.line}"
    line = north.client("key:read").read(path)["lines"][0]
    return line["unobserved_seconds"], "unobserved" in line["flags"]


def test_a_watched_line_without_a_sign_of_life_has_no_data(north, camera):
    watched, unwatched = make(north, "BEAT1"), make(north, "BEAT0", timeout=None)
    assert state(north, watched)["status"] == "no_data"
    assert state(north, unwatched)["status"] != "no_data"
    assert camera.post(ROUTE, {"line": watched.code}).status_code == 204
    assert state(north, watched)["status"] != "no_data"


def test_a_detection_is_a_sign_of_life(north, plant, camera):
    watch(north, plant, None)
    watch(north, plant, TIMEOUT)
    assert state(north, plant)["status"] == "no_data", "watched anew, and no sign has come since"
    row = plant.detection("2026-02-10T12:00:00Z")
    assert camera.post("/api/v1/detections", {"detections": [row]}).status_code == 200
    assert state(north, plant)["status"] != "no_data"


def test_time_without_signs_is_unobserved_and_a_late_sign_shortens_it(north, camera):
    plant = make(north, "BEAT2")
    first = datetime(2026, 3, 3, 12, tzinfo=timezone.utc)

    def beat(seconds):
        instant = (first + timedelta(seconds=seconds)).isoformat()
        assert camera.post(ROUTE, {"line_id": plant.line, "at": instant}).status_code == 204

    span = first.isoformat(), (first + timedelta(hours=1)).isoformat()
    rows = [plant.detection((first - timedelta(minutes=1)).isoformat()),
            plant.detection((first + timedelta(hours=2)).isoformat())]
    beat(0)
    assert camera.post("/api/v1/detections", {"detections": rows}).status_code == 200
    # The arrival of the rows was the next sign, months later.
    assert unobserved(north, plant, *span) == (3600, True)
    beat(60)
    beat(600)
    # 60…600 and 600…3 600 are longer than the time-out, 0…60 is not.
    assert unobserved(north, plant, *span) == (3540, True)
    for seconds in range(660, 3601, 60):
        beat(seconds)
    assert unobserved(north, plant, *span) == (540, True)
    for seconds in range(120, 600, 60):
        beat(seconds)
    assert unobserved(north, plant, *span) == (0, False)


@pytest.mark.parametrize("change,fault", [
    ({"line": "NOBODY"}, ("line", "unknown_line")),
    ({"line": None}, ("line", "required")),
    ({"line": None, "line_id": 2147483647}, ("line_id", "unknown_line")),
    ({"line_id": 1}, ("line", "not_allowed")),
    ({"area": "nowhere"}, ("area", "unknown_area")),
    ({"at": "2026-02-10T12:00:00"}, ("at", "invalid_time")),
    ({"at": "2999-01-01T00:00:00Z"}, ("at", "future_time")),
    ({"colour": "red"}, ("colour", "unknown_field")),
])
def test_a_wrong_heartbeat_names_its_field(plant, camera, change, fault):
    right = {"line": plant.code, "area": "output", "at": at(seconds=1)}
    assert camera.post(ROUTE, right).status_code == 204
    problem = check_problem(camera.post(ROUTE, right | change), 422, "invalid")
    assert [(one["param"], one["code"]) for one in problem["errors"]] == [fault]


def test_a_line_of_another_tenant_is_unknown(north, south, camera):
    foreign = PlantData(south.client("MANAGER"), code="BEATEN")
    assert south.client("key:ingest").post(ROUTE, {"line": foreign.code}).status_code == 204
    problem = check_problem(camera.post(ROUTE, {"line": foreign.code}), 422, "invalid")
    assert [(one["param"], one["code"]) for one in problem["errors"]] == [("line", "unknown_line")]


def test_a_camera_that_falls_silent_is_noticed(north, camera):
    plant = make(north, "BEAT3", timeout=1)
    assert camera.post(ROUTE, {"line": plant.code}).status_code == 204
    assert eventually(lambda: state(north, plant)["status"] == "no_data", 10)
    assert state(north, plant)["since"] is not None
