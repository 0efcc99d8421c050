"""Texts that are SQL, markup or formulas, and values of every wrong kind: they are only ever text, or refused."""

import json
import os
import random
import time
from urllib.parse import quote

import pytest

from master_data import API, ID_FIELDS, bodies, listed
from running_system import PlantData, check_problem
from schedule import give_no_turns

SEED = int(os.environ.get("CAMET_TEST_SEED") or time.time_ns() % 1_000_000)

SQL = [
    "'; DROP TABLE plant; --", "x' OR '1'='1", '"; DELETE FROM production_line; --', "1; SELECT pg_sleep(10)",
    "$$; DROP SCHEMA public CASCADE; $$", "detection_line_1", "pg_catalog.pg_class", "%s%n{0}$1", "\\'; --",
    "select * from app_user", "'||(SELECT version())||'",
]
MARKUP = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}", "<%= 7*7 %>", "{{{name}}}",
    "</script><svg/onload=alert(1)>", "javascript:alert(1)", "=1+1", "+1", "-1", "@SUM(A1)", "\u202egnp.exe",
]
# One line of text each: what is kept as it was given.
TEXTS = SQL + MARKUP
NAMES = {
    "plants": "plant_name", "production-lines": "line_name", "areas": "area_name", "products": "product_name",
    "shifts": "shift_name", "calendar-exceptions": "name", "failures": "failure_name", "incidents": "incident_name",
    "line-groups": "group_name",
}
CODES = {"plants": "plant_code", "production-lines": "line_code", "products": "product_code",
         "failures": "failure_code", "incidents": "incident_code"}


@pytest.fixture(scope="module")
def tenant(system):
    made = system.make_tenant("hostile")
    give_no_turns(system, "hostile")
    return made


@pytest.fixture(scope="module")
def manager(tenant):
    return tenant.client("MANAGER")


@pytest.fixture(scope="module")
def plant(tenant, manager):
    made = PlantData(manager, code="HOSTILE", commissioned_at="2026-03-04T03:00:00Z")
    rows = [made.detection(f"2026-03-04T10:{minute:02}:00Z") for minute in range(0, 50, 5)]
    assert tenant.client("key:ingest").post(f"{API}/detections", {"detections": rows}).status_code == 200
    return made


def counts(tenant) -> dict[str, int]:
    """Every table of both databases that a request could reach, with its number of rows."""
    found = {}
    for database in (tenant.database, "camet_global"):
        names = tenant.system.psql(
            database, "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1").splitlines()
        question = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names)
        for row in tenant.system.psql(database, question).splitlines():
            name, count = row.split("|")
            found[f"{database} {name}"] = int(count)
    return found


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    """The tables with other numbers of rows, but for what fills by itself: the records of what was asked, used and refused,
    and when a company's background work is due."""
    records = {f"camet_global public.{name}" for name in ("audit_log", "user_query", "tenant_usage", "scheduled_work")}
    return {name for name in before | after if before.get(name) != after.get(name)} - records


@pytest.mark.parametrize("resource", NAMES)
def test_any_text_is_kept_as_it_was_given(tenant, manager, plant, resource):
    before = listed(manager, resource)
    made = {}
    for text in TEXTS:
        body = bodies(resource, plant, manager)[0] | {NAMES[resource]: text}
        if resource in CODES:
            body[CODES[resource]] = text
        answer = manager.post(f"{API}/{resource}", body)
        assert answer.status_code == 201, f"{text}: {answer.text}"
        made[answer.json()[ID_FIELDS[resource]]] = text
    after = listed(manager, resource)
    assert {number: item[NAMES[resource]] for number, item in after.items() if number not in before} == made
    assert {number: after[number] for number in before} == before


def test_what_is_kept_is_text_wherever_it_is_used_later(tenant, manager, plant):
    """Second order: jobs, reports, lists, pages and a new worker meet the names again."""
    for text in TEXTS:
        line = manager.make("production-lines", plant_id=plant.plant, line_code=f"late {text}", line_name=text)["line_id"]
        manager.make("areas", line_id=line, area_name=text, area_type="output")
        code = f"late {text}"
        manager.make("products", product_code=code, product_name=text, weight_kg=1)
        rows = [{"line": f"late {text}", "area": text, "product": code, "detected_at": f"2026-03-04T10:00:0{second}Z",
                 "event_id": f"{text}{second}"} for second in range(3)]
        answer = tenant.client("key:ingest").post(f"{API}/detections", {"detections": rows})
        assert (answer.status_code, answer.json().get("stored")) == (200, 3), answer.text
        stop = {"line_id": line, "start": "2026-03-04T11:00:00Z", "end": "2026-03-04T12:00:00Z", "reason": text}
        answer = manager.post(f"{API}/downtimes", stop)
        assert answer.status_code == 201, answer.text
        assert answer.json()["reason"] == text
    before = counts(tenant)
    period = {"line_id": "all", "from": "2026-03-04", "to": "2026-03-05"}
    answer = manager.post(f"{API}/downtimes/recalculate", {
        "line_id": plant.line, "from": "2026-03-04T00:00:00Z", "to": "2026-03-05T00:00:00Z"})
    assert answer.status_code == 200, answer.text
    for path in ("kpis", "production", "downtimes", "explain/kpis"):
        assert manager.send("GET", f"{API}/{path}", params=period).status_code == 200, path
    tenant.system.camet("rebuild", "--tenant", "hostile")
    tenant_worker = tenant.system.worker("hostile")
    os.kill(tenant_worker["pid"], 9)
    answer = manager.send("GET", f"{API}/kpis", params=period)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["lines"]) >= len(TEXTS)
    after = counts(tenant)
    assert set(after) >= set(before)
    written = ("downtime_", "activity")
    others = {name for name in changed(before, after) if not any(part in name for part in written)}
    assert others == set()


def parameters():
    line_questions = ["from", "to", "line_id", "plant_id", "shift_id", "threshold_seconds"]
    return [
        ("kpis", line_questions + ["interval", "group_by", "compare_from"]),
        ("production", line_questions + ["interval", "split_by"]),
        ("downtimes", line_questions + ["justified", "kind", "min_seconds", "limit", "cursor"]),
        ("detections", ["line_id", "from", "to", "limit", "cursor"]),
        ("plants", ["limit", "cursor", "sort", "q"]),
        ("line-status", ["plant_id"]),
    ]


@pytest.mark.parametrize("path,names", parameters(), ids=[row[0] for row in parameters()])
def test_sql_in_a_parameter_is_422_and_changes_nothing(tenant, manager, plant, path, names):
    right = {"from": "2026-03-04", "to": "2026-03-04", "line_id": plant.line} if path not in ("plants", "line-status") else {}
    assert manager.send("GET", f"{API}/{path}", params=right).status_code == 200
    before = counts(tenant)
    for name in names:
        for text in SQL:
            problem = check_problem(manager.send("GET", f"{API}/{path}", params=right | {name: text}), 422, "invalid")
            assert name in [fault["param"] for fault in problem["errors"]], (name, text)
            said = json.dumps([fault["message"] for fault in problem["errors"]]).lower()
            assert "syntax" not in said and "relation" not in said
    assert changed(before, counts(tenant)) == set()


@pytest.mark.parametrize("text", SQL)
def test_sql_as_an_id_of_a_path_is_404(tenant, manager, plant, text):
    before = counts(tenant)
    for resource in ("plants", "production-lines", "settings"):
        answer = manager.get(f"{API}/{resource}/{quote(text, safe='')}")
        assert answer.status_code in (404, 422), answer.text
    assert changed(before, counts(tenant)) == set()
    assert manager.get(f"{API}/plants/{plant.plant}").status_code == 200


# What no field of any kind takes, whatever it is; most are refused, and none is ever a failure of the server.
ODD = [
    None, True, False, 0, -1, -0.0, 1.5, 1e308, -1e308, 2**31, 2**63 - 1, -2**63, 2**64, "", " ", "\u00a0", "\u200b", "x" * 256,
    "x" * 100_000, "a\nb", "a\tb", "\u0007", "\ud7ff", "\U0010ffff", "\ufeff", "e\u0301", "NaN", "null", "0x10", "1e3", "٣",
    "2026-02-30", "2026-03-04T24:00:00Z", "2026-03-04T10:00:60Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "2026-03-04T10:00:00+25:00", "24:00", "-1:00", "America/Nowhere", "../../etc/passwd", [], {}, [[]], [None], [1, 1],
    ["a"] * 2_000, {"a": {"b": {"c": 1}}}, [{}], list(range(-3, 8)),
]


@pytest.mark.parametrize("resource", list(ID_FIELDS))
def test_no_value_of_any_field_is_a_failure_of_the_server(manager, plant, resource):
    print(f"seed {SEED}")
    chance = random.Random(f"{SEED} {resource}")
    right, changed = bodies(resource, plant, manager)
    names = sorted(set(right) | set(changed))
    taken = 0
    for _ in range(150):
        body = dict(changed if chance.random() < 0.5 else right)
        for name in chance.sample(names, min(len(names), chance.choice((1, 1, 1, 2, 3)))):
            body[name] = chance.choice(ODD)
        answer = manager.post(f"{API}/{resource}", body)
        assert answer.status_code in (201, 409, 422), f"{body}: {answer.status_code} {answer.text}"
        taken += answer.status_code == 201
        if answer.status_code == 422:
            told = {fault["param"].split("[")[0].split(".")[0] for fault in answer.json()["errors"]}
            assert told <= set(names), (body, told)
    answer = manager.post(f"{API}/{resource}", bodies(resource, plant, manager)[0])
    assert answer.status_code == 201, answer.text


NUMBERS = ["NaN", "Infinity", "-Infinity", "+1", "01", "1.", ".5", "1e", "0x1", "1_000", "--1"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_json_does_not_know_is_400(manager, number):
    text = '{"product_code": "n", "product_name": "n", "weight_kg": %s}'
    answer = manager.send("POST", f"{API}/products", data=text % number, headers={"Content-Type": "application/json"})
    check_problem(answer, 400, "invalid_json")
    assert manager.post(f"{API}/products", json.loads(text % 1) | {"product_code": f"n{number}"}).status_code == 201


@pytest.mark.parametrize("number", ["1e309", "-1e309", "1e999999999", "1" + "0" * 400])
def test_a_number_that_nothing_can_hold_is_refused(manager, number):
    text = '{"product_code": "h", "product_name": "h", "weight_kg": %s}' % number
    answer = manager.send("POST", f"{API}/products", data=text, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
