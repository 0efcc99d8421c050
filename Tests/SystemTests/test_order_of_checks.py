"""Which of two faults is told: size, who, rate, right, form, object, version, data."""

import pytest

from master_data import bodies
from running_system import PlantData, RunningSystem, check_problem, eventually

API = "/api/v1"
NEVER = 2147483647
LONG_ADDRESS = {"query": "?" + "x" * 8_200}
LONG_HEAD = {"headers": {"X-Long": "x" * 16_400}}
LARGE_BODY = {"data": b" " * ((1 << 20) + 1), "headers": {"Content-Type": "application/json"}}
NO_JSON = {"data": b"{", "headers": {"Content-Type": "application/json"}}
NO_TYPE = {"data": b"{}", "headers": {"Content-Type": "text/plain"}}
NO_TAG = {"If-Match": '"other"'}


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("ordered")


@pytest.fixture(scope="module")
def plant(company):
    return PlantData(company.client("MANAGER"), code="ORDERED", commissioned_at="2026-03-04T03:00:00Z")


def send(client, method: str, path: str, **what):
    return client.send(method, path + what.pop("query", ""), **what)


@pytest.mark.parametrize("fault,status,code", [
    (LONG_ADDRESS, 414, "uri_too_long"), (LONG_HEAD, 431, "headers_too_large"), (LARGE_BODY, 413, "body_too_large"),
], ids=["address", "head", "body"])
def test_size_before_who(system, company, fault, status, code):
    for client in (system.client(), system.client(bearer="wrong"), company.client("VIEWER"), company.client("ADMIN")):
        check_problem(send(client, "POST", f"{API}/plants", **fault), status, code)
    check_problem(system.client().post(f"{API}/plants", {}), 401, "unauthorized")


@pytest.mark.parametrize("fault", [NO_JSON, NO_TYPE, {"json": {}}, {"json": {}, "query": "?bogus=1"}],
                         ids=["no JSON", "another type", "no fields", "another parameter"])
def test_who_and_right_before_form(system, company, fault):
    for path in (f"{API}/plants", f"{API}/downtimes/justify", f"{API}/detections"):
        check_problem(send(system.client(), "POST", path, **fault), 401, "unauthorized")
        check_problem(send(company.client("VIEWER"), "POST", path, **fault), 403, "forbidden")
        assert send(company.client("MANAGER"), "POST", path, **fault).status_code in (400, 415, 422), path


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_right_before_the_object(company, plant, method):
    """Whoever may not is not told what there is."""
    client = company.client("key:ingest")
    given = {"X-Request-Id": "the-same-for-both"}
    answers = [client.send(method, f"{API}/plants/{number}", json={} if method == "PUT" else None, headers=given)
               for number in (plant.plant, NEVER)]
    check_problem(answers[0], 403, "forbidden")
    assert answers[0].content == answers[1].content


def test_form_before_the_object_and_the_object_before_its_version(company, plant):
    manager = company.client("MANAGER")
    right, _ = bodies("plants", plant, manager)
    path = f"{API}/plants/{NEVER}"
    check_problem(manager.send("PUT", path, data=b"{", headers={"Content-Type": "application/json"} | NO_TAG), 400,
                  "invalid_json")
    check_problem(manager.send("PUT", path, data=b"{}", headers={"Content-Type": "text/plain"} | NO_TAG), 415,
                  "unsupported_media_type")
    check_problem(manager.put(path, {}, headers=NO_TAG), 422, "invalid")
    check_problem(manager.put(path, right, headers=NO_TAG), 404, "not_found")
    check_problem(manager.delete(path, headers=NO_TAG), 404, "not_found")


def test_the_version_before_what_needs_the_data(company, plant):
    manager = company.client("MANAGER")
    first, second = (manager.post(f"{API}/plants", bodies("plants", plant, manager)[0]) for _ in range(2))
    taken = first.json() | {"plant_code": second.json()["plant_code"]}
    taken = {name: taken[name] for name in ("plant_code", "plant_name", "timezone")}
    path, tag = first.headers["Location"], first.headers["ETag"]
    check_problem(manager.put(path, taken, headers=NO_TAG), 412, "precondition_failed")
    check_problem(manager.put(path, taken, headers={"If-Match": tag}), 409, "already_exists")
    area = {"line_id": NEVER, "area_name": "A", "area_type": "output"}
    path = f"{API}/areas/{plant.areas['output']}"
    check_problem(manager.put(path, area, headers=NO_TAG), 412, "precondition_failed")
    check_problem(manager.put(path, area, headers={"If-Match": manager.get(path).headers["ETag"]}), 422, "invalid")


def test_who_before_rate_and_rate_before_right():
    with RunningSystem.running({"CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "20"}) as few:
        viewer = few.make_tenant("ordered-few").client("VIEWER")
        check_problem(viewer.post(f"{API}/plants", {}), 403, "forbidden")

        def refused(**what) -> bool:
            return send(viewer, "POST", f"{API}/plants", **what).status_code == 429

        assert eventually(lambda: refused(json={}), 20)
        # Right and form are not looked at any more; size still is, and a wrong token is one. One comes back every 3 s.
        for fault in ({"json": {}}, NO_JSON, NO_TYPE):
            assert eventually(lambda fault=fault: refused(**fault), 20), fault
        check_problem(send(viewer, "POST", f"{API}/plants", **LARGE_BODY), 413, "body_too_large")
        wrong = few.client(bearer=viewer.headers["Authorization"][7:-4] + "AAAA")
        check_problem(wrong.get(f"{API}/plants"), 401, "unauthorized")


def test_a_bad_token_below_the_limit_of_the_head_is_401_and_above_it_431(system, company):
    for length in (10, 1_000, 8_000, 15_000):
        check_problem(system.client(bearer="x" * length).get(f"{API}/plants"), 401, "unauthorized")
        check_problem(system.client(key="x" * length).get(f"{API}/plants"), 401, "unauthorized")
    for length in (16_384, 20_000):
        check_problem(system.client(bearer="x" * length).get(f"{API}/plants"), 431, "headers_too_large")
    good = company.client("VIEWER")
    assert good.get(f"{API}/plants", headers={"X-Long": "x" * 14_000}).status_code == 200
    check_problem(good.get(f"{API}/plants", headers={"X-Long": "x" * 16_000}), 431, "headers_too_large")
