"""What a change of master data does to figures: at once, and for the time it is valid for."""

from datetime import datetime, timedelta

import pytest

from running_system import PlantData

DAY = "2026-03-04"
NEXT = "2026-03-05"
API = "/api/v1"


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("dated")


@pytest.fixture
def line(tenant, request):
    """Planned 06:00-06:10 on weekdays. On that Wednesday units come in pairs, a second apart and five to the next pair.

    Of the 101 pairs the last comes with the end of the shift, so 200 units are made in it and 202 in all. No gap is
    longer than 5 s, and those of 5 s take 500 s of the 600.
    """
    manager = tenant.client("MANAGER")
    code = request.node.name
    plant = PlantData(
        manager, code=code, commissioned_at=f"{DAY}T03:00:00Z", shift=("06:00", "06:10"), dual=False)
    start = datetime.fromisoformat(f"{DAY}T06:00:00-03:00")
    rows = [plant.detection((start + timedelta(seconds=6 * pair + unit)).isoformat())
            for pair in range(101) for unit in range(2)]
    answer = tenant.client("key:ingest").post(f"{API}/detections", {"detections": rows})
    assert answer.status_code == 200, answer.text
    return plant


def figures(tenant, line, day=DAY) -> dict:
    return tenant.client("VIEWER").read(f"{API}/kpis?from={day}&to={day}&line_id={line.line}")["lines"][0]


def put(tenant, resource: str, number: int, **body) -> dict:
    answer = tenant.client("MANAGER").put(f"{API}/{resource}/{number}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def put_line(tenant, line, **more) -> dict:
    return put(tenant, "production-lines", line.line, **{
        "plant_id": line.plant, "line_code": line.code, "line_name": "Line", "rate_per_minute": 10,
        "commissioned_at": f"{DAY}T03:00:00Z", "downtime_threshold_seconds": 60} | more)


def stops(tenant, line) -> tuple[int, int, int]:
    got = figures(tenant, line)
    return got["downtime_seconds"], got["stops"], got["micro_stops"]


def test_a_threshold_below_the_kept_gaps(tenant, line):
    assert stops(tenant, line) == (0, 0, 0)
    put_line(tenant, line, downtime_threshold_seconds=4)
    assert stops(tenant, line) == (500, 100, 0)
    put_line(tenant, line, downtime_threshold_seconds=5)
    assert stops(tenant, line) == (0, 0, 0)
    put_line(tenant, line, downtime_threshold_seconds=4, micro_stop_seconds=5)
    assert stops(tenant, line) == (500, 0, 100)


def test_a_threshold_from_an_instant_on(tenant, line):
    put_line(tenant, line, downtime_threshold_seconds=4)
    # Of the gaps that start before 06:05:00 the last one starts at 06:04:55.
    put_line(tenant, line, downtime_threshold_seconds=60, valid_from=f"{DAY}T06:05:00-03:00")
    assert stops(tenant, line) == (250, 50, 0)
    put_line(tenant, line, downtime_threshold_seconds=4)
    assert stops(tenant, line) == (500, 100, 0)
    put_line(tenant, line, downtime_threshold_seconds=60, valid_from=DAY)
    assert stops(tenant, line) == (250, 50, 0)
    # The stream and the list follow the same versions.
    listed = tenant.client("VIEWER").read(f"{API}/downtimes?from={DAY}&to={DAY}&line_id={line.line}")
    assert listed["planned_total_seconds"] == 250 and len(listed["items"]) == 50


def test_a_weight_from_an_instant_on(tenant, line):
    product = {"product_code": line.product_code, "product_name": "P"}
    assert figures(tenant, line)["weight_kg"] == 202 * 25
    put(tenant, "products", line.product, **product, weight_kg=30, valid_from=NEXT)
    assert figures(tenant, line)["weight_kg"] == 202 * 25
    put(tenant, "products", line.product, **product, weight_kg=10.5, valid_from=DAY)
    assert figures(tenant, line)["weight_kg"] == 202 * 10.5
    put(tenant, "products", line.product, **product, valid_from=f"{DAY}T09:05:00Z")
    assert figures(tenant, line)["weight_kg"] == 100 * 10.5


def test_a_rate_from_an_instant_on(tenant, line):
    rate = {"line_id": line.line, "product_id": line.product}
    assert figures(tenant, line)["ideal_seconds"] == 200 * 60 / 10
    put(tenant, "ideal-rates", line.rate, **rate, rate_per_minute=20, valid_from=DAY)
    assert figures(tenant, line)["ideal_seconds"] == 200 * 60 / 20
    put(tenant, "ideal-rates", line.rate, **rate, rate_per_minute=40, valid_from=f"{DAY}T09:05:00Z")
    assert figures(tenant, line)["ideal_seconds"] == 100 * 60 / 20 + 100 * 60 / 40
    # Without a rate of its own the line's holds.
    put(tenant, "ideal-rates", line.rate, **rate, rate_per_minute=40, is_active=False)
    assert figures(tenant, line)["ideal_seconds"] == 100 * 60 / 20 + 100 * 60 / 10
    put(tenant, "ideal-rates", line.rate, **rate, rate_per_minute=40)
    before = figures(tenant, line)
    assert tenant.client("MANAGER").delete(f"{API}/ideal-rates/{line.rate}").status_code == 200
    assert figures(tenant, line) == before
    put_line(tenant, line, rate_per_minute=1, valid_from=DAY)
    assert figures(tenant, line)["ideal_seconds"] == before["ideal_seconds"]


def test_a_shift_from_a_day_on(tenant, line):
    shift = {"plant_id": line.plant, "shift_name": "S", "days": [1, 2, 3, 4, 5], "start_time": "06:00"}
    assert [figures(tenant, line, day)["planned_seconds"] for day in (DAY, NEXT)] == [600, 600]
    put(tenant, "shifts", line.shift, **shift, end_time="07:00", valid_from=NEXT)
    assert [figures(tenant, line, day)["planned_seconds"] for day in (DAY, NEXT)] == [600, 3_600]
    put(tenant, "shifts", line.shift, **shift, end_time="08:00", breaks=[
        {"name": "b", "start_time": "06:30", "end_time": "06:45"}])
    assert [figures(tenant, line, day)["planned_seconds"] for day in (DAY, NEXT)] == [600, 6_300]
    put(tenant, "shifts", line.shift, **shift, end_time="06:05", valid_from="2026-01-01")
    assert [figures(tenant, line, day)["planned_seconds"] for day in (DAY, NEXT)] == [300, 6_300]
    assert tenant.client("MANAGER").delete(f"{API}/shifts/{line.shift}").status_code == 200
    assert [figures(tenant, line, day)["planned_seconds"] for day in (DAY, NEXT)] == [300, 6_300]


def test_an_exception_and_its_end(tenant, line):
    manager = tenant.client("MANAGER")
    closed = manager.make(
        "calendar-exceptions", plant_id=line.plant, kind="closed", name="C", start=f"{DAY}T09:00:00Z",
        end=f"{DAY}T09:05:00Z")["calendar_exception_id"]
    assert figures(tenant, line)["planned_seconds"] == 300
    put(tenant, "calendar-exceptions", closed, plant_id=line.plant, kind="extra", name="X", line_id=line.line,
        start=f"{DAY}T08:00:00Z", end=f"{DAY}T09:00:00Z")
    assert figures(tenant, line)["planned_seconds"] == 4_200
    assert manager.delete(f"{API}/calendar-exceptions/{closed}").status_code == 204
    assert figures(tenant, line)["planned_seconds"] == 600


def test_the_zone_and_the_time_in_commission(tenant, line):
    put_line(tenant, line, commissioned_at=f"{DAY}T09:04:00Z")
    assert figures(tenant, line)["planned_seconds"] == 360
    put_line(tenant, line, decommissioned_at=f"{DAY}T09:08:00Z")
    assert figures(tenant, line)["planned_seconds"] == 480
    put_line(tenant, line)
    put(tenant, "plants", line.plant, plant_code=f"plant-{line.code}", plant_name="P", timezone="UTC")
    assert figures(tenant, line)["planned_seconds"] == 600
    assert figures(tenant, line)["good"] == 0
