"""Lists in pages: how many at once, and what becomes of cursors that somebody has written himself."""

import pytest

from api_document import APIDocument
from master_data import API, faults, post
from running_system import PlantData

QUERIES = {
    "/api/v1/downtimes": "from=2026-03-04&to=2026-03-04",
    "/api/v1/detections": "from=2026-03-04&to=2026-03-04&line_id={line}",
    "/api/v1/filters/{key}/options": None,
}


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("listed")


@pytest.fixture(scope="module")
def plant(company):
    made = PlantData(company.client("MANAGER"), code="LISTED", commissioned_at="2026-03-04T03:00:00Z")
    post(company, [made.detection(f"2026-03-04T10:{minute:02}:00Z") for minute in range(0, 60, 5)])
    return made


@pytest.fixture(scope="module")
def lists(company, plant) -> list[str]:
    """The address of every list, ready for another parameter."""
    document, found = APIDocument(company.client("VIEWER").read(f"{API}/openapi.json")), []
    for method, path, operation in document.operations():
        names = {document.resolve(part)["name"] for part in operation.get("parameters", [])}
        if method == "GET" and {"limit", "cursor"} <= names:
            query = QUERIES.get(path, "")
            found.append(f"{path}?" + (query.format(line=plant.line) + "&" if query else ""))
    assert len(found) >= 16, found
    return found


def without_time(item: dict) -> dict:
    """What goes on is longer the next moment."""
    return {name: value for name, value in item.items() if name != "duration_seconds"}


def test_every_list_has_items_and_a_cursor(company, lists):
    for address in lists:
        page = company.client("ADMIN").read(address[:-1])
        assert isinstance(page["items"], list) and "next_cursor" in page, address
        one = company.client("ADMIN").read(f"{address}limit=1")
        first = [[without_time(item) for item in items[:1]] for items in (one["items"], page["items"])]
        assert len(one["items"]) <= 1 and first[0] == first[1], address
        assert (one["next_cursor"] is None) == (len(page["items"]) <= 1), address
        assert len(company.client("ADMIN").read(f"{address}limit=1000")["items"]) >= len(page["items"]), address


@pytest.mark.parametrize("limit", [
    "0", "-1", "1001", "99999999999999999999", "1.5", "1e2", "x", "", "+1", "0x10", "1,2", "%00"])
def test_no_list_takes_another_limit(company, lists, limit):
    for address in lists:
        assert "limit" in faults(company.client("ADMIN").get(f"{address}limit={limit.replace('+', '%2B')}")), address


CURSORS = [
    "-1", "1.5", "99999999999999999999", "9223372036854775808", "-9223372036854775809", "x", "", "%00", "%ff", "1'--",
    "MTIz", "1%20OR%201=1", "2026-03-04T00:00:00Z", "0x1", "1-1", "1.1.1", ".", "..", "1.", ".1", "null", "[]",
    "x" * 5_000, "%E2%80%8B1",
]


@pytest.mark.parametrize("cursor", CURSORS, ids=lambda text: text[:20])
def test_a_cursor_of_ones_own_is_refused_or_shows_ones_own(company, lists, cursor):
    for address in lists:
        answer = company.client("ADMIN").get(f"{address}cursor={cursor}")
        assert answer.status_code in (200, 422), f"{address}: {answer.text}"
        if answer.status_code == 422:
            assert set(faults(answer)) == {"cursor"}, address


def test_a_cursor_of_another_company_shows_nothing_of_it(system, company, plant, lists):
    """Cursors say where a page begins and nothing about whose it is."""
    other = system.make_tenant("listed-other")
    admin = other.client("ADMIN")
    same = PlantData(admin, code="OTHER", commissioned_at="2026-03-04T03:00:00Z")
    for number in range(3):
        admin.make("plants", plant_code=f"of-other-{number}", plant_name="P", timezone="UTC")
        admin.make("api-keys", name=f"of-other-{number}", scopes=["read"])
    post(other, [same.detection(f"2026-03-04T10:{minute:02}:00Z", event_id=f"of-other-{minute}")
                 for minute in range(0, 60, 5)])
    asked = 0
    for address in lists:
        cursor = admin.get(f"{address}limit=1")
        if cursor.status_code != 200 or cursor.json()["next_cursor"] is None:
            continue
        own = company.client("ADMIN").get(f"{address}limit=1000&cursor={cursor.json()['next_cursor']}")
        assert own.status_code in (200, 422) and "of-other" not in own.text and "OTHER" not in own.text, address
        assert admin.get(f"{address}limit=1000&cursor={cursor.json()['next_cursor']}").status_code == 200
        asked += 1
    assert asked >= 5


def test_a_hundred_are_given_where_nobody_says_how_many(system):
    tenant = system.make_tenant("listed-hundred")
    manager = tenant.client("MANAGER")
    for number in range(101):
        manager.make("failures", failure_code=f"f{number}", failure_name="F")
    page = manager.read(f"{API}/failures")
    assert len(page["items"]) == 100 and page["next_cursor"]
    rest = manager.read(f"{API}/failures?cursor={page['next_cursor']}")
    assert len(rest["items"]) == 1 and rest["next_cursor"] is None
    assert len(manager.read(f"{API}/failures?limit=101")["items"]) == 101
