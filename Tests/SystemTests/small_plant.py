"""A tenant with two lines whose figures of one Wednesday are worked out by hand.

D1 is dual, 10 units a minute, threshold 60 s, shift 06:00-14:00, commissioned on the day itself.

    06:00:00-07:59:50  every 10 s one unit of heavy (25 kg) enters and one leaves     720 in, 720 out
    09:00:00-09:59:50  every 10 s one unit of light (2.5 kg) enters, every 12 s one leaves   360 in, 300 out
    15:00:00-15:00:09  ten units of heavy leave outside the plan                         10 out

Stopped in the plan 07:59:50-09:00:00 and 09:59:50-14:00:00 = 3 610 + 14 410 = 18 020 s of 28 800 s, so 10 780 s run.
1 080 entered and 1 020 left in the plan; they ideally take 6 480 s. 1 030 left in all, of 19 000 kg.

D2 has an output only, 4 units a minute, the same shift: 06:00:00-06:59:30 every 30 s one unit of other (25 kg), 120 in all.
Stopped 06:59:30-14:00:00 = 25 230 s, so 3 570 s run; 1 800 s are ideal.
"""

from datetime import datetime, timedelta

from running_system import PlantData

OFFSET = "-03:00"
DAY = "2026-03-04"
START = f"{DAY}T03:00:00Z"


def every(first: str, last: str, seconds: int) -> list[str]:
    """The instants of a day from the first to the last, both included."""
    at, end = datetime.fromisoformat(f"{DAY}T{first}{OFFSET}"), datetime.fromisoformat(f"{DAY}T{last}{OFFSET}")
    found = []
    while at <= end:
        found.append(at.isoformat())
        at += timedelta(seconds=seconds)
    return found


class SmallPlant:
    def __init__(self, tenant):
        self.tenant = tenant
        manager = tenant.client("MANAGER")
        commissioned = f"{DAY}T00:00:00{OFFSET}"
        self.first = PlantData(manager, code="D1", commissioned_at=commissioned)
        self.second = PlantData(manager, code="D2", commissioned_at=commissioned, dual=False, rate=4)
        self.heavy, self.other = self.first.product, self.second.product
        self.light = manager.make(
            "products", product_code="light", product_name="Light", weight_kg=2.5, color="#336699")["product_id"]
        self.post(self.first, [
            self.first.detection(at, area) for at in every("06:00:00", "07:59:50", 10) for area in ("input", "output")])
        self.post(self.first, [
            self.first.detection(at, "input") | {"product": "light"} for at in every("09:00:00", "09:59:50", 10)])
        self.post(self.first, [
            self.first.detection(at, "output") | {"product": "light"} for at in every("09:00:00", "09:59:48", 12)])
        self.post(self.first, [self.first.detection(at) for at in every("15:00:00", "15:00:09", 1)])
        self.post(self.second, [self.second.detection(at) for at in every("06:00:00", "06:59:30", 30)])

    def post(self, plant, rows):
        answer = self.tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})
        assert answer.status_code == 200, answer.text
        assert answer.json()["stored"] == len(rows)

    def ask(self, who="VIEWER", start=DAY, end=DAY, **fields):
        """The answer of POST /dashboard/data for a period of days."""
        body = {"daterange": {"start_date": start, "end_date": end}, "interval": "hour"} | fields
        return self.tenant.client(who).post("/api/v1/dashboard/data", body)

    def tiles(self, who="VIEWER", **fields) -> dict:
        """The data of every tile, none of which may have failed."""
        answer = self.ask(who, **fields)
        assert answer.status_code == 200, answer.text
        widgets = answer.json()["widgets"]
        assert {key: tile["error"] for key, tile in widgets.items() if "error" in tile} == {}
        return {key: tile["data"] for key, tile in widgets.items()}
