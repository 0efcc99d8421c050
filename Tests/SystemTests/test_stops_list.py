"""The pages of the list of stops."""

import pytest

from running_system import check_problem
from stopped_line import QUERY, Line

API = "/api/v1/downtimes"


@pytest.fixture(scope="module")
def lines(system):
    """Two lines with stops of the same times: two of their own and three entered ones each."""
    tenant = system.make_tenant("stop-pages")
    made = [Line(tenant), Line(tenant)]
    for line in made:
        for hour in ("11", "12", "13"):
            line.enter(f"{hour}:00:00", f"{hour}:10:00")
    return made


@pytest.fixture
def query(lines) -> str:
    return f"{QUERY}&line_id={lines[0].id}&line_id={lines[1].id}"


def pages(client, query: str, limit: int) -> list[dict]:
    found, cursor = [], ""
    while True:
        found.append(client.read(f"{API}?{query}&limit={limit}{cursor}"))
        if found[-1]["next_cursor"] is None:
            return found
        assert len(found[-1]["items"]) == limit
        cursor = f"&cursor={found[-1]['next_cursor']}"
        assert len(found) < 100


@pytest.mark.parametrize("limit", [1, 3, 5, 9, 10, 1_000])
def test_pages_put_together_are_the_list(lines, query, limit):
    whole = lines[0].manager.read(f"{API}?{query}")
    assert whole["next_cursor"] is None and len(whole["items"]) == 10
    assert whole["items"] == sorted(whole["items"], key=lambda stop: (stop["start"], stop["line_id"]), reverse=True)
    found = pages(lines[0].manager, query, limit)
    assert [stop for page in found for stop in page["items"]] == whole["items"]
    assert len(found) == -(-10 // limit)
    for page in found:
        assert (page["total_seconds"], page["planned_total_seconds"]) == (9_600, 9_600)


def test_totals_are_of_all_that_the_filters_leave(lines, query):
    first = lines[0].manager.read(f"{API}?{query}&min_seconds=1200&limit=3")
    assert len(first["items"]) == 3 and first["total_seconds"] == 6_000
    rest = lines[0].manager.read(f"{API}?{query}&min_seconds=1200&limit=3&cursor={first['next_cursor']}")
    assert len(rest["items"]) == 1 and rest["total_seconds"] == 6_000 and rest["next_cursor"] is None


def test_a_stop_that_comes_between_two_pages_moves_nothing(lines, query):
    manager = lines[0].manager
    first = manager.read(f"{API}?{query}&limit=4")
    after = manager.read(f"{API}?{query}&limit=4&cursor={first['next_cursor']}")["items"]
    made = lines[0].enter("13:30:00", "13:35:00")
    assert manager.read(f"{API}?{query}&limit=1")["items"][0]["event_id"] == made["event_id"]
    assert manager.read(f"{API}?{query}&limit=4&cursor={first['next_cursor']}")["items"] == after
    lines[0].edit("DELETE", f"/{lines[0].id}/{made['event_id']}", status=204)


def test_without_a_limit_a_page_has_a_hundred(lines):
    line = lines[1]
    made = [line.enter(f"07:{number // 2:02d}:{number % 2 * 30:02d}", f"07:{number // 2:02d}:{number % 2 * 30 + 10:02d}")
            for number in range(101)]
    query = f"{QUERY}&line_id={line.id}&min_seconds=10"
    first = line.manager.read(f"{API}?{query}")
    assert len(first["items"]) == 100
    rest = line.manager.read(f"{API}?{query}&cursor={first['next_cursor']}")
    assert len(rest["items"]) == 6 and rest["next_cursor"] is None
    for stop in made:
        line.edit("DELETE", f"/{line.id}/{stop['event_id']}", status=204)


@pytest.mark.parametrize("bad,code", [
    ("cursor=x", "invalid_format"), ("cursor=", "invalid_format"), ("cursor=1", "invalid_format"),
    ("cursor=1-0", "invalid_format"), ("cursor=1-2-3", "invalid_format"), ("limit=0", "out_of_range"),
    ("limit=1001", "out_of_range"), ("limit=x", "invalid_type"),
])
def test_a_page_that_is_none_is_refused_by_its_name(lines, query, bad, code):
    errors = check_problem(lines[0].manager.get(f"{API}?{query}&{bad}"), 422, "invalid")["errors"]
    assert [(error["param"], error["code"]) for error in errors] == [(bad.split("=")[0], code)]


def test_faults_of_a_page_come_with_the_others(lines):
    errors = check_problem(lines[0].manager.get(f"{API}?from=x&to=x&limit=0&cursor=x"), 422, "invalid")["errors"]
    assert {error["param"] for error in errors} == {"from", "to", "limit", "cursor"}
