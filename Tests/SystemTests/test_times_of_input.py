"""Times that clients write: without an offset, in a hole of the clock, twice on it, and at the ends of the calendar."""

from datetime import datetime, timedelta, timezone

import pytest

from master_data import API, faults, post
from running_system import PlantData, check_problem

# Madrid: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00.
SPRING, AUTUMN = "2026-03-29", "2025-10-26"


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("clocks", timezone="Europe/Madrid")


@pytest.fixture(scope="module")
def plant(company):
    manager = company.client("MANAGER")
    made = PlantData(manager, code="CLOCKS", commissioned_at="2025-01-01T00:00:00Z")
    body = {"plant_code": "plant-CLOCKS", "plant_name": "In Madrid", "timezone": "Europe/Madrid"}
    assert manager.put(f"{API}/plants/{made.plant}", body).status_code == 200
    return made


def period(company, plant, start: str, end: str):
    return company.client("VIEWER").send(
        "GET", f"{API}/kpis", params={"from": start, "to": end, "line_id": plant.line})


NO_TIMES = [
    "", " ", "now", "today", "2026", "2026-03", "2026-3-4", "20260304", "2026-063", "2026-W10-3", "04/03/2026",
    "2026-02-30", "2026-13-01", "2026-00-10", "2026-01-00", "2025-02-29", "2026-03-04T24:00", "2026-03-04T24:00:00Z",
    "2026-03-04T23:60", "2026-03-04T25:00Z", "2026-06-30T23:59:60Z", "2026-12-31T23:59:60.5Z",
    "2026-03-04T10:00:00+25:00", "2026-03-04T10:00:00+0300x", "2026-03-04T10:00:00 +03:00", "2026-03-04T10:00:00UTC",
    "2026-03-04T10:00:00[Europe/Madrid]", "2026-03-04 10:00:00Z", "1772618400", "1772618400000", "0000-01-01",
    "-0001-01-01", "+12026-03-04", "10000-01-01", "٢٠٢٦-٠٣-٠٤", "2026-03-04T10:00:00Z; DROP TABLE plant", "２０２６-03-04",
]


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_is_no_time_is_422_and_never_widens_a_question(company, plant, text):
    assert period(company, plant, "2026-03-04", "2026-03-04").status_code == 200
    assert set(faults(period(company, plant, text, "2026-03-04"))) == {"from"}
    assert set(faults(period(company, plant, "2026-03-01", text))) == {"to"}
    manager = company.client("MANAGER")
    stop = {"line_id": plant.line, "start": text, "end": "2026-03-04T11:00:00Z"}
    assert set(faults(manager.post(f"{API}/downtimes", stop))) == {"start"}
    exception = {"plant_id": plant.plant, "kind": "closed", "name": "E", "start": "2026-01-01T00:00:00Z", "end": text}
    assert set(faults(manager.post(f"{API}/calendar-exceptions", exception))) == {"end"}
    key = {"name": "K", "scopes": ["read"], "expires_at": text}
    assert set(faults(company.client("ADMIN").post(f"{API}/api-keys", key))) == {"expires_at"}
    answer = company.client("key:ingest").post(f"{API}/detections", {"detections": [plant.detection(text)]})
    assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (422, "invalid_time"), answer.text


@pytest.mark.parametrize("text", ["2026-03-04T10:00:00", "2026-03-04T10:00", "2026-03-04"])
def test_where_an_instant_is_asked_for_it_needs_an_offset(company, plant, text):
    answer = company.client("key:ingest").post(f"{API}/detections", {"detections": [plant.detection(text)]})
    assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (422, "invalid_time")
    key = {"name": "K", "scopes": ["read"], "expires_at": text.replace("2026", "2030")}
    admin = company.client("ADMIN")
    assert faults(admin.post(f"{API}/api-keys", key)) == {"expires_at": "invalid_time"}
    assert admin.post(f"{API}/api-keys", key | {"expires_at": "2030-03-04T10:00:00Z"}).status_code == 201
    stop = {"line_id": plant.line, "start": text, "end": "2026-03-04T11:00:00Z"}
    assert faults(company.client("MANAGER").post(f"{API}/downtimes", stop)) == {"start": "invalid_time"}


@pytest.mark.parametrize("written", [
    "2026-03-04T10:00:00Z", "2026-03-04T10:00:00.000Z", "2026-03-04T10:00:00+00:00", "2026-03-04T07:00:00-03:00",
    "2026-03-04T15:45:00+05:45", "2026-03-05T00:00:00+14:00", "2026-03-03T22:00:00-12:00", "2026-03-04T10:00:00-00:00",
])
def test_an_offset_is_taken_whatever_it_is(company, plant, written):
    """Answers are in UTC."""
    answer = period(company, plant, written, "2026-03-04T11:00:00Z")
    assert answer.status_code == 200, answer.text
    assert answer.json()["period"]["from"] == "2026-03-04T10:00:00Z"
    assert answer.json()["lines"][0]["calendar_seconds"] == 3_600


def test_a_local_time_in_the_hole_of_spring_is_the_first_instant_after_it(company, plant):
    for written in ("02:00", "02:30", "02:59", "03:00"):
        answer = period(company, plant, f"{SPRING}T{written}", f"{SPRING}T04:00").json()
        assert answer["period"]["from"] == f"{SPRING}T01:00:00Z", written
    assert period(company, plant, f"{SPRING}T01:59",
                  f"{SPRING}T04:00").json()["period"]["from"] == f"{SPRING}T00:59:00Z"
    # What lies in the hole has no length.
    assert period(company, plant, f"{SPRING}T02:10", f"{SPRING}T02:50").json()["lines"][0]["calendar_seconds"] == 0
    assert period(company, plant, SPRING, SPRING).json()["lines"][0]["calendar_seconds"] == 23 * 3_600


def test_a_local_time_that_is_twice_in_autumn_is_the_first_of_them(company, plant):
    answer = period(company, plant, f"{AUTUMN}T02:30", f"{AUTUMN}T03:00").json()
    assert answer["period"]["from"] == f"{AUTUMN}T00:30:00Z"
    # An end of 03:00 is after both.
    assert answer["lines"][0]["calendar_seconds"] == 5_400
    assert period(company, plant, AUTUMN, AUTUMN).json()["lines"][0]["calendar_seconds"] == 25 * 3_600


@pytest.mark.parametrize("start,end", [
    ("0001-01-01", "0001-01-01"), ("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"), ("9999-12-31", "9999-12-31"),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"), ("0001-01-01", "9999-12-31"),
    ("0001-01-01T00:00:00+14:00", "0001-01-01T01:00:00+14:00"),
    ("9999-12-31T23:00:00-12:00", "9999-12-31T23:30:00-12:00"),
    ("1969-12-31", "1969-12-31"), ("1582-10-10", "1582-10-10"),
])
def test_the_ends_of_the_calendar_are_answered_or_refused(company, plant, start, end):
    for path in ("kpis", "production", "downtimes", "explain/kpis"):
        parameters = {"from": start, "to": end, "line_id": plant.line}
        answer = company.client("VIEWER").send("GET", f"{API}/{path}", params=parameters)
        assert answer.status_code in (200, 422), f"{path}: {answer.status_code} {answer.text}"
        if answer.status_code == 422:
            assert set(faults(answer)) <= {"from", "to"}
    body = {"daterange": {"start_date": start[:10], "end_date": end[:10]}, "line_id": plant.line, "interval": "day"}
    answer = company.client("VIEWER").post(f"{API}/dashboard/data", body)
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 200:
        assert {name: tile for name, tile in answer.json()["widgets"].items() if "error" in tile} == {}


@pytest.mark.parametrize("text,code", [
    ("0001-01-01T00:00:00Z", "invalid_time"), ("1969-12-31T23:59:59.999999Z", "invalid_time"),
    ("9999-12-31T23:59:59Z", "future_time"), ("2262-04-12T00:00:00Z", "future_time"),
    ("1970-01-01T00:00:00+00:01", "invalid_time"),
])
def test_a_detection_is_of_a_time_that_can_have_been(company, plant, text, code):
    camera = company.client("key:ingest")
    answer = camera.post(f"{API}/detections", {"detections": [plant.detection(text)]})
    assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (422, code), answer.text
    assert camera.post(f"{API}/detections",
                       {"detections": [plant.detection("2026-03-04T10:00:00Z")]}).status_code == 200


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00Z", "9999-12-31", "9999-12-31T23:59:00Z"])
def test_master_data_from_the_ends_of_the_calendar(company, plant, text):
    """Taken or refused, and figures go on."""
    manager = company.client("MANAGER")
    made = manager.make("products", product_code=f"from-{text}", product_name="P", weight_kg=1)
    dated = {"product_code": f"from-{text}", "product_name": "P", "weight_kg": 2, "valid_from": text}
    answer = manager.put(f"{API}/products/{made['product_id']}", dated)
    assert answer.status_code in (200, 422), answer.text
    assert manager.get(f"{API}/products/{made['product_id']}").status_code == 200
    if "T" in text:
        exception = {"plant_id": plant.plant, "kind": "extra", "name": "E", "start": text,
                     "end": "9999-12-31T23:59:00Z" if text < "2000" else "9999-12-31T23:59:59Z"}
        answer = manager.post(f"{API}/calendar-exceptions", exception)
        assert answer.status_code in (201, 422), answer.text
        if answer.status_code == 201:
            assert manager.delete(answer.headers["Location"]).status_code in (200, 204)
    assert period(company, plant, "2026-03-04", "2026-03-04").status_code == 200


def test_microseconds_are_kept_and_more_is_told_or_cut(company, plant):
    manager, camera = company.client("MANAGER"), company.client("key:ingest")
    at = "2026-03-05T10:00:00.123456Z"
    post(company, [plant.detection(at)])
    rows = manager.read(f"{API}/detections?line_id={plant.line}&from=2026-03-05&to=2026-03-05")["items"]
    assert [row["detected_at"] for row in rows] == [at]
    answer = camera.post(f"{API}/detections", {"detections": [plant.detection("2026-03-06T10:00:00.1234567Z")]})
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        rows = manager.read(f"{API}/detections?line_id={plant.line}&from=2026-03-06&to=2026-03-06")["items"]
        assert [row["detected_at"][:26] for row in rows] == ["2026-03-06T10:00:00.123456"]
    else:
        assert answer.json()["rejected"][0]["code"] == "invalid_time"


def test_a_period_is_forward_and_not_longer_than_ten_years(company, plant):
    assert period(company, plant, "2016-01-01", "2025-12-31").status_code == 200
    assert set(faults(period(company, plant, "2015-01-01", "2026-03-04"))) <= {"from", "to"}
    assert set(faults(period(company, plant, "2026-03-05", "2026-03-04"))) <= {"from", "to"}
    instant = "2026-03-04T10:00:00Z"
    assert period(company, plant, instant, instant).json()["lines"][0]["calendar_seconds"] == 0
    assert set(faults(period(company, plant, instant, "2026-03-04T09:59:59.999999Z"))) <= {"from", "to"}
    ahead = (datetime.now(timezone.utc) + timedelta(days=400)).date().isoformat()
    assert period(company, plant, ahead, ahead).status_code == 200
    check_problem(company.client("VIEWER").get(f"{API}/kpis?line_id={plant.line}"), 422, "invalid")
