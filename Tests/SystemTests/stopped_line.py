"""A line of one Wednesday with two stops of its own, and the ways to edit them through the API."""

from datetime import datetime, timedelta, timezone

from running_system import PlantData

OFFSET = "-03:00"
DAY = "2026-03-04"
QUERY = f"from={DAY}&to={DAY}"


def at(time: str) -> str:
    return f"{DAY}T{time}{OFFSET}"


def utc(time: str) -> str:
    """The same instant as answers write it."""
    moment = datetime.fromisoformat(at(time)).astimezone(timezone.utc)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def post(tenant, rows: list[dict]) -> None:
    answer = tenant.client("key:ingest").post("/api/v1/detections", {"detections": rows})
    assert answer.status_code == 200, answer.text


class Line:
    """A line planned 06:00-14:00 with a unit every 10 s from 06:00 to 14:00, but for 08:00-08:20 and 10:00-10:30."""

    count = 0

    def __init__(self, tenant):
        Line.count += 1
        self.tenant = tenant
        self.manager = tenant.client("MANAGER")
        self.operator = tenant.client("OPERATOR")
        self.plant = PlantData(
            self.manager, code=f"E{Line.count}", commissioned_at=at("06:00:00"), dual=False)
        self.id = self.plant.line
        moment, rows = datetime.fromisoformat(at("06:00:00")), []
        while moment <= datetime.fromisoformat(at("14:00:00")):
            text = moment.strftime("%H:%M:%S")
            if not "08:00:00" < text < "08:20:00" and not "10:00:00" < text < "10:30:00":
                rows.append(self.plant.detection(moment.isoformat()))
            moment += timedelta(seconds=10)
        post(tenant, rows)
        failure = self.manager.make(
            "failures", failure_code=f"F-{self.plant.code}", failure_name="Tools", loss_category="changeover",
            line_ids=[self.id])["failure_id"]
        self.incident = self.manager.make(
            "incidents", failure_id=failure, incident_code=f"I-{self.plant.code}", incident_name="Tool change",
        )["incident_id"]

    def stops(self) -> list[dict]:
        items = self.manager.read(f"/api/v1/downtimes?{QUERY}&line_id={self.id}")["items"]
        return sorted(items, key=lambda item: item["start"])

    def times(self) -> list[tuple]:
        return [(item["start"], item["end"], item["source"]) for item in self.stops()]

    def kpis(self) -> dict:
        return self.manager.read(f"/api/v1/kpis?{QUERY}&line_id={self.id}")

    def downtime(self) -> int:
        return self.kpis()["lines"][0]["downtime_seconds"]

    def edit(self, method: str, path: str, body=None, who=None, status=200, dry=False):
        answer = (who or self.manager).send(
            method, f"/api/v1/downtimes{path}{'?dry_run=true' if dry else ''}",
            **({} if body is None else {"json": body}))
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def enter(self, start: str, end: str | None, status=201, who=None, **more):
        body = {"line_id": self.id, "start": at(start), "end": end and at(end)} | more
        return self.edit("POST", "", body, who=who, status=status)

    def justify(self, start: str, end: str, who=None, **more):
        body = {"line_id": self.id, "start": at(start), "end": at(end), "incident_id": self.incident} | more
        return self.edit("POST", "/justify", body, who=who)

    def recalculate(self) -> dict:
        return self.edit("POST", "/recalculate", {"line_id": self.id, "from": DAY, "to": DAY})


# The line's own two stops; 06:00 is its first unit.
FIRST = (utc("08:00:00"), utc("08:20:00"), "calculated")
SECOND = (utc("10:00:00"), utc("10:30:00"), "calculated")
