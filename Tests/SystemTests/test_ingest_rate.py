"""The rows a tenant may send in a minute, on a system where they are few."""

import time
from datetime import datetime, timedelta

import pytest

from running_system import PlantData, RunningSystem, check_problem, eventually

ROUTE = "/api/v1/detections"
ROWS_PER_MINUTE = 6_000


@pytest.fixture(scope="module")
def limited():
    with RunningSystem.running({"CAMET_INGEST_ROWS_PER_MINUTE_OF_TENANT": str(ROWS_PER_MINUTE)}) as made:
        yield made


def batch(plant: PlantData, count: int) -> dict:
    first = datetime.fromisoformat("2026-02-10T12:00:00+00:00")
    return {"detections": [
        plant.detection((first + timedelta(milliseconds=number)).isoformat()) for number in range(count)]}


def test_rows_over_the_limit_are_429_and_nothing_of_them_is_stored(limited):
    east, west = (limited.make_tenant(slug) for slug in ("east", "west"))
    plants = {tenant: PlantData(tenant.client("MANAGER")) for tenant in (east, west)}
    cameras = {tenant: tenant.client("key:ingest") for tenant in (east, west)}

    def stored(tenant) -> int:
        return int(limited.psql(tenant.database, f"SELECT count(*) FROM detection_line_{plants[tenant].line}"))

    # A whole minute's worth in one burst.
    assert cameras[east].post(ROUTE, batch(plants[east], ROWS_PER_MINUTE)).status_code == 200
    assert stored(east) == ROWS_PER_MINUTE
    began = time.monotonic()
    refused = cameras[east].post(ROUTE, batch(plants[east], 1_500))
    check_problem(refused, 429, "rate_limited")
    patience = int(refused.headers["Retry-After"])
    assert 1 <= patience <= 15
    assert stored(east) == ROWS_PER_MINUTE
    # By key or by token, JSON that is none and other tenants are not counted against it.
    check_problem(east.client("MANAGER").post(ROUTE, batch(plants[east], 1_500)), 429, "rate_limited")
    check_problem(cameras[east].post(ROUTE, {"detections": []}), 422, "invalid")
    assert east.client("key:read").get("/api/v1/plants").status_code == 200
    assert cameras[west].post(ROUTE, batch(plants[west], 1_500)).status_code == 200
    assert stored(west) == 1_500
    # It heals by itself, no sooner than was said.
    assert eventually(lambda: cameras[east].post(ROUTE, batch(plants[east], 1_500)).status_code == 200, 5 * patience)
    assert time.monotonic() - began > patience - 2
    assert stored(east) == ROWS_PER_MINUTE + 1_500


def test_rows_that_could_not_be_stored_are_not_counted(limited):
    tenant = limited.make_tenant("again")
    plant, camera = PlantData(tenant.client("MANAGER")), tenant.client("key:ingest")
    assert camera.post(ROUTE, batch(plant, 100)).status_code == 200
    limited.stop_postgres()
    try:
        for _ in range(4):
            check_problem(camera.post(ROUTE, batch(plant, 2_500)), 503, "database_unavailable")
    finally:
        limited.start_postgres()
    assert eventually(lambda: camera.post(ROUTE, batch(plant, 2_500)).status_code == 200, 30)
    assert camera.post(ROUTE, batch(plant, 2_500)).status_code == 200
