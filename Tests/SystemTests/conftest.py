"""One system for the whole session, two tenants with a described line each, and one for master data."""

import pytest

from master_data import post
from running_system import PlantData, RunningSystem

# The tests ask far more often than a person; the limits have a test and a system of their own.
WITHOUT_RATE_LIMITS = {
    "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "1000000",
    "CAMET_REQUESTS_PER_MINUTE_OF_TENANT": "1000000",
    # What is stored when is for the tests to say; the background has a system of its own too.
    "CAMET_STOP_CALCULATION_SECONDS": "86400",
    # What people ask is looked for soon after.
    "CAMET_QUERY_LOG_SECONDS": "1",
}


@pytest.fixture(scope="session")
def system():
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as made:
        yield made


@pytest.fixture
def own_system():
    """A system that the test may break."""
    with RunningSystem.running() as made:
        yield made


@pytest.fixture(scope="session")
def north(system):
    return system.make_tenant("north")


@pytest.fixture(scope="session")
def south(system):
    return system.make_tenant("south")


@pytest.fixture(scope="session")
def north_plant(north):
    return PlantData(north.client("MANAGER"))


@pytest.fixture(scope="session")
def south_plant(south):
    return PlantData(south.client("MANAGER"), code="S1")


@pytest.fixture(scope="session")
def master(system):
    return system.make_tenant("master")


@pytest.fixture(scope="session")
def manager(master):
    return master.client("MANAGER")


@pytest.fixture(scope="session")
def used(master, manager):
    """A line whose shift, areas, product and rate have a history: units on a Wednesday within its shift."""
    plant = PlantData(manager, code="USED", commissioned_at="2026-03-04T03:00:00Z")
    post(master, [plant.detection(f"2026-03-04T10:00:0{second}Z", area)
                  for second in range(5) for area in ("input", "output")])
    return plant


@pytest.fixture(scope="session")
def unused(manager):
    """A line without any history."""
    return PlantData(manager, code="UNUSED")
