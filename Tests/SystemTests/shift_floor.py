"""A company that works in shifts, one of which is on."""

import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from running_system import eventually

MADRID, TOKYO = "Europe/Madrid", "Asia/Tokyo"
# Hours before now that the shifts of the floor begin and end, with the units that each has made so far.
EARLY, LATE, NOW = (10, 6, 3), (6, 2, 5), (2, -2, 7)


def zone_at(hour: int, ahead: int = 0) -> str:
    """A zone whose clock shows this hour now, or one that is so many hours ahead of it."""
    offset = (hour - datetime.now(timezone.utc).hour) % 24
    offset = (offset if offset <= 14 else offset - 24) + ahead
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/UTC"


def early_in_an_hour(seconds_needed: float = 30) -> None:
    """Returns when the current hour lasts long enough for what holds within one hour."""
    assert eventually(lambda: 3_600 - time.time() % 3_600 > seconds_needed, 2 * seconds_needed)


class Floor:
    """A company whose line works three shifts, the last of which is on, in the zone of its plant."""

    def __init__(self, tenant, code="F", zone=MADRID, shifts=(EARLY, LATE, NOW), since=48):
        self.now = datetime.now(timezone.utc).replace(second=0, microsecond=0)
        self.tenant, self.code, self.zone, self.manager = tenant, code, ZoneInfo(zone), tenant.client("MANAGER")
        self.plant = self.manager.make("plants", plant_code=code, plant_name=f"Plant {code}", timezone=zone)["plant_id"]
        self.line = self.manager.make(
            "production-lines", plant_id=self.plant, line_code=code, line_name=code, rate_per_minute=1,
            commissioned_at=self.at(since))["line_id"]
        self.manager.make("areas", line_id=self.line, area_name="Out", area_type="output")
        self.manager.make("products", product_code=code, product_name=code)
        self.shifts, rows = {}, []
        for start, end, units in shifts:
            name = f"Shift {start} of {code}"
            self.shifts[start] = self.manager.make(
                "shifts", plant_id=self.plant, shift_name=name, days=[1, 2, 3, 4, 5, 6, 7], start_time=self.clock(start),
                end_time=self.clock(end), breaks=[])["shift_id"]
            rows += [self.at(start - 1, minute) for minute in range(units)]
        if rows:
            self.make(*rows)

    def make(self, *instants: str) -> None:
        """A unit at each."""
        answer = self.tenant.client("key:ingest").post("/api/v1/detections", {"detections": [
            {"line": self.code, "area": "Out", "product": self.code, "detected_at": instant} for instant in instants]})
        assert answer.status_code == 200 and answer.json()["stored"] == len(instants), answer.text

    def at(self, hours: float, minute: int = 0) -> str:
        return (self.now - timedelta(hours=hours) + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")

    def clock(self, hours: float) -> str:
        return (self.now - timedelta(hours=hours)).astimezone(self.zone).strftime("%H:%M")

    def span(self, shift) -> str:
        start, end, _ = shift
        return f"Shift {start} of {self.code} {self.clock(start)}–{self.clock(end)}"

    def kpis(self, start: float, end: float, **more) -> dict:
        query = {"from": self.at(start), "to": self.at(end), "line_id": self.line} | more
        return self.manager.read("/api/v1/kpis?" + "&".join(f"{name}={value}" for name, value in query.items()))["total"]
