"""One system for the whole session, two tenants with a described line each."""

import pytest

from running_system import PlantData, RunningSystem

# The tests ask far more often than a person; the limits have a test and a system of their own.
WITHOUT_RATE_LIMITS = {
    "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "1000000",
    "CAMET_REQUESTS_PER_MINUTE_OF_TENANT": "1000000",
    # What is stored when is for the tests to say; the background has a system of its own too.
    "CAMET_STOP_CALCULATION_SECONDS": "86400",
}


@pytest.fixture(scope="session")
def system():
    made = RunningSystem(WITHOUT_RATE_LIMITS)
    try:
        yield made.start()
    finally:
        if made.process:
            made.stop()
        made.remove()


@pytest.fixture
def own_system():
    """A system that the test may break."""
    made = RunningSystem()
    try:
        yield made.start()
    finally:
        if made.process:
            made.stop()
        made.remove()


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
