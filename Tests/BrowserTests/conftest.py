"""One system and one described line for the session; a new window for every browser of a test."""

import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "SystemTests"))

from browser import Browser  # noqa: E402
from chromium import Chromium  # noqa: E402
from running_system import PlantData, RunningSystem  # noqa: E402


@pytest.fixture(scope="session")
def system():
    with RunningSystem.running({
        "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "1000000",
        "CAMET_REQUESTS_PER_MINUTE_OF_TENANT": "1000000",
    }) as made:
        yield made


class Factory:
    """A tenant with one line that is always planned, and units detected now."""

    def __init__(self, system, slug: str = "factory"):
        self.tenant = system.make_tenant(slug)
        self.plant = PlantData(self.tenant.client("MANAGER"), shift=("00:00", "00:00"))

    def detect(self, count: int = 1) -> None:
        now = datetime.now(timezone.utc).isoformat()
        answer = self.tenant.client("key:ingest").post(
            "/api/v1/detections", {"detections": [self.plant.detection(now) for _ in range(count)]})
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="session")
def factory(system):
    made = Factory(system)
    made.detect(3)
    return made


@pytest.fixture(scope="session", autouse=True)
def chromiums():
    yield
    Chromium.end_all()


@pytest.fixture
def open_browser(system):
    """Opens browsers, which are closed after the test."""
    opened = []

    def open_one(**look) -> Browser:
        opened.append(Browser(system.base, **look))
        return opened[-1]

    yield open_one
    for browser in opened:
        browser.quit()
