"""What the tests of master data share: bodies of every resource, and how answers are read."""

import itertools

from running_system import PlantData, check_problem

API = "/api/v1"
NEVER = 2147483647
NUMBERS = itertools.count(1)
ID_FIELDS = {
    "plants": "plant_id", "production-lines": "line_id", "areas": "area_id", "products": "product_id",
    "ideal-rates": "ideal_rate_id", "shifts": "shift_id", "calendar-exceptions": "calendar_exception_id",
    "failures": "failure_id", "incidents": "incident_id", "line-groups": "line_group_id",
}
DATED = ["production-lines", "products", "ideal-rates", "shifts"]


def post(tenant, rows: list[dict]) -> None:
    answer = tenant.client("key:ingest").post(f"{API}/detections", {"detections": rows})
    assert answer.status_code == 200, answer.text


def bodies(resource: str, plant: PlantData, manager) -> tuple[dict, dict]:
    """A body for the resource, and one that changes everything that may be changed."""
    mark = f"{resource}-{next(NUMBERS)}"
    match resource:
        case "plants":
            return ({"plant_code": mark, "plant_name": "One", "timezone": "America/Argentina/Cordoba"},
                    {"plant_code": f"{mark}!", "plant_name": "Two", "timezone": "Europe/Madrid", "locale": "en",
                     "is_active": False})
        case "production-lines":
            return ({"plant_id": plant.plant, "line_code": mark, "line_name": "One"},
                    {"plant_id": plant.plant, "line_code": f"{mark}!", "line_name": "Two", "rate_per_minute": 12.5,
                     "downtime_threshold_seconds": 30, "micro_stop_seconds": 31, "auto_detect_downtime": False,
                     "commissioned_at": "2026-01-01T00:00:00Z", "decommissioned_at": "2026-02-01T00:00:00Z",
                     "target_oee": 0.5, "heartbeat_timeout_seconds": 90, "is_active": False})
        case "areas":
            return ({"line_id": plant.line, "area_name": mark, "area_type": "process"},
                    {"line_id": plant.line, "area_name": f"{mark}!", "area_type": "input", "area_order": 3,
                     "coordinates": {"x1": 0.5, "y1": 0.0, "x2": 1.5, "y2": 2.0}, "is_active": False})
        case "products":
            return ({"product_code": mark, "product_name": "One", "weight_kg": 1.25},
                    {"product_code": f"{mark}!", "product_name": "Two", "weight_kg": 0.125, "color": "#00aaff",
                     "units_per_batch": 12, "is_active": False})
        case "ideal-rates":
            product = manager.make("products", product_code=mark, product_name="Rated")["product_id"]
            return ({"line_id": plant.line, "product_id": product, "rate_per_minute": 5.0},
                    {"line_id": plant.line, "product_id": product, "rate_per_minute": 7.5, "is_active": False})
        case "shifts":
            return ({"plant_id": plant.plant, "shift_name": "One", "days": [1, 2], "start_time": "06:00",
                     "end_time": "14:00", "breaks": [{"name": "b", "start_time": "10:00", "end_time": "10:15"}]},
                    {"plant_id": plant.plant, "line_ids": [plant.line], "shift_name": "Two", "days": [6, 7],
                     "start_time": "22:00", "end_time": "06:00", "is_active": False, "breaks": [
                         {"name": "c", "start_time": "23:45", "end_time": "00:15"},
                         {"name": "d", "start_time": "05:00", "end_time": "06:00"}]})
        case "calendar-exceptions":
            return ({"plant_id": plant.plant, "kind": "closed", "name": "One", "start": "2026-05-01T03:00:00Z",
                     "end": "2026-05-02T03:00:00Z"},
                    {"plant_id": plant.plant, "line_id": plant.line, "kind": "extra", "name": "Two",
                     "start": "2026-05-02T03:00:00Z", "end": "2026-05-02T03:01:00Z"})
        case "failures":
            return ({"failure_code": mark, "failure_name": "One"},
                    {"failure_code": f"{mark}!", "failure_name": "Two", "loss_category": "material",
                     "line_ids": [plant.line], "description": "text", "is_active": False})
        case "incidents":
            failures = [manager.make("failures", failure_code=f"{mark}-{number}", failure_name="F")["failure_id"]
                        for number in range(2)]
            return ({"failure_id": failures[0], "incident_code": mark, "incident_name": "One"},
                    {"failure_id": failures[1], "incident_code": f"{mark}!", "incident_name": "Two",
                     "description": "text", "solution": "text", "is_active": False})
        case "line-groups":
            return ({"group_name": mark, "line_ids": [plant.line]},
                    {"group_name": f"{mark}!", "line_ids": [plant.line, manager.make(
                        "production-lines", plant_id=plant.plant, line_code=mark, line_name="G")["line_id"]]})


def listed(client, resource: str) -> dict[int, dict]:
    items = client.read(f"{API}/{resource}?limit=1000")["items"]
    return {item[ID_FIELDS[resource]]: item for item in items}


def without_versions(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name not in ("versions", "valid_from")}


def faults(answer) -> dict[str, str]:
    problem = check_problem(answer, 422, "invalid")
    found = {error["param"]: error["code"] for error in problem["errors"]}
    assert len(found) == len(problem["errors"])
    assert all(error["message"] for error in problem["errors"])
    return found
