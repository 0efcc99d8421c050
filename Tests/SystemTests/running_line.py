"""A line of today that is planned around the clock, with units of the last hours and two failures to choose from."""

from datetime import datetime, timedelta, timezone

from running_system import PlantData


def text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RunningLine:
    """Threshold 60 s, 10 units a minute. Its units are those that a test posts, in minutes before the line was made."""

    def __init__(self, tenant, code: str = "L1"):
        self.tenant = tenant
        self.manager = tenant.client("MANAGER")
        self.began = datetime.now(timezone.utc).replace(second=0, microsecond=0)
        self.plant = PlantData(
            self.manager, code=code, dual=False, shift=("00:00", "00:00"), commissioned_at=text(self.ago(240)))
        self.id = self.plant.line
        answer = self.manager.put(f"/api/v1/shifts/{self.plant.shift}", {
            "plant_id": self.plant.plant, "shift_name": f"Shift of {code}", "days": [1, 2, 3, 4, 5, 6, 7],
            "start_time": "00:00", "end_time": "00:00", "breaks": []})
        assert answer.status_code == 200, answer.text
        self.incidents = {}
        for failure, category, names in (
            ("Motor", "breakdown", ["Fusible", "Rodamiento"]), ("Formato", "changeover", ["Cambio de molde"]),
            ("Materiales", "material", ["Sin cartón", "Sin etiquetas"]),
        ):
            number = self.manager.make(
                "failures", failure_code=f"{failure}-{code}", failure_name=failure, loss_category=category,
                line_ids=[self.id])["failure_id"]
            for name in names:
                self.incidents[name] = self.manager.make(
                    "incidents", failure_id=number, incident_code=f"{name}-{code}", incident_name=name)["incident_id"]

    def ago(self, minutes: float) -> datetime:
        return self.began - timedelta(minutes=minutes)

    def units(self, *moments: datetime) -> None:
        answer = self.tenant.client("key:ingest").post(
            "/api/v1/detections", {"detections": [self.plant.detection(text(moment)) for moment in moments]})
        assert answer.status_code == 200, answer.text

    def run(self, first: float, last: float) -> None:
        """A unit every 30 s from so many minutes ago to so many."""
        count = int((first - last) * 2)
        self.units(*[self.ago(first - index / 2) for index in range(count + 1)])

    def unit(self) -> None:
        """A unit of this moment."""
        self.units(datetime.now(timezone.utc))

    def stops(self) -> list[dict]:
        """Those that are listed, by start."""
        query = f"from={text(self.ago(600))}&to={text(datetime.now(timezone.utc))}&line_id={self.id}&limit=1000"
        items = self.manager.read("/api/v1/downtimes?" + query.replace("+", "%2B"))["items"]
        return sorted(items, key=lambda item: item["start"])
