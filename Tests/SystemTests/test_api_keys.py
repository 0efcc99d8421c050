"""API keys: made, shown once, limited, changed, revoked."""

from datetime import datetime, timedelta, timezone

import pytest

from page_visitor import PageVisitor
from running_system import PASSWORD, check_problem, eventually, sign_in

ROUTE = "/api/v1/api-keys"


@pytest.fixture
def admin(north):
    return north.client("ADMIN")


@pytest.fixture
def make(admin):
    """Makes keys that are revoked after the test."""
    made = []

    def make_one(**fields) -> dict:
        answer = admin.post(ROUTE, {"name": "K", "scopes": ["read"]} | fields)
        assert answer.status_code == 201, answer.text
        made.append(answer.json())
        assert answer.headers["Location"] == f"{ROUTE}/{made[-1]['api_key_id']}"
        return made[-1]

    yield make_one
    for key in made:
        admin.delete(f"{ROUTE}/{key['api_key_id']}")


def in_seconds(seconds: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat(timespec="microseconds")


def works(client) -> bool:
    status = client.get("/api/v1/plants").status_code
    assert status in (200, 401)
    return status == 200


def test_a_key_is_shown_once_and_may_what_its_scopes_say(system, admin, make):
    key = make(name="Camera 7", scopes=["ingest", "read"])
    path = f"{ROUTE}/{key['api_key_id']}"
    secret = key.pop("api_key")
    assert secret.startswith(f"camet_{key['public_id']}_")
    assert key == {
        "api_key_id": key["api_key_id"], "public_id": key["public_id"], "name": "Camera 7",
        "scopes": ["read", "ingest"], "addresses": None, "expires_at": None, "created_at": key["created_at"],
        "last_used_at": None}
    assert admin.read(path) == key
    assert key in admin.read(f"{ROUTE}?limit=1000")["items"]
    client = system.client(key=secret)
    assert works(client)
    check_problem(client.post("/api/v1/detections", {}), 422, "invalid")
    check_problem(client.post("/api/v1/plants", {}), 403, "forbidden")
    check_problem(client.get(ROUTE), 403, "forbidden")
    used = admin.read(path)["last_used_at"]
    assert used and used >= key["created_at"][:17]
    stored = system.psql("camet_global", f"SELECT to_jsonb(api_key) FROM api_key WHERE api_key_id = {key['api_key_id']}")
    assert secret.rsplit("_", 1)[1] not in stored


def test_everything_wrong_is_told_at_once(admin, make):
    wrong = {"name": " ", "scopes": ["read", "admin"], "expires_at": in_seconds(-60),
             "addresses": ["10.0.0.0/8", "10.0.0.0/33", "everywhere", 5], "role": "ADMIN"}
    expected = {"name": "blank", "scopes[1]": "out_of_range", "expires_at": "out_of_range",
                "addresses[1]": "invalid_format", "addresses[2]": "invalid_format", "addresses[3]": "invalid_type",
                "role": "unknown_field"}
    key = make()
    for answer in (admin.post(ROUTE, wrong), admin.put(f"{ROUTE}/{key['api_key_id']}", wrong)):
        problem = check_problem(answer, 422, "invalid")
        assert {fault["param"]: fault["code"] for fault in problem["errors"]} == expected
    for body, param in (({"name": "K"}, "scopes"), ({"name": "K", "scopes": []}, "scopes"),
                        ({"name": "K", "scopes": ["read"], "addresses": []}, "addresses"), ({"scopes": ["read"]}, "name")):
        problem = check_problem(admin.post(ROUTE, body), 422, "invalid")
        assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [(param, "required")], body


def test_a_key_is_good_until_it_expires(system, make):
    lasting = system.client(key=make(expires_at=in_seconds(3_600))["api_key"])
    assert works(lasting)
    client = system.client(key=make(expires_at=in_seconds(5))["api_key"])
    assert works(client)
    assert eventually(lambda: not works(client), 25)
    assert works(lasting)


@pytest.mark.parametrize("addresses,inside,outside", [
    (["127.0.0.20"], "127.0.0.20", "127.0.0.21"), (["10.0.0.0/8", "127.0.0.32/28"], "127.0.0.47", "127.0.0.48"),
])
def test_a_key_is_good_from_its_addresses_only(system, make, addresses, inside, outside):
    key = make(addresses=addresses)
    assert key["addresses"] == [text if "/" in text else f"{text}/32" for text in addresses]
    for _ in range(2):
        assert works(system.client(key=key["api_key"], source=inside))
        refused = system.client(key=key["api_key"], source=outside).get(
            "/api/v1/plants", headers={"X-Forwarded-For": inside})
        check_problem(refused, 401, "unauthorized")


def test_a_credential_is_none_where_another_kind_belongs(system, north, make):
    visitor = PageVisitor(system.base)
    assert visitor.sign_in(north.user("VIEWER")).status_code == 303
    credentials = {
        "key": make(addresses=["127.0.0.20"])["api_key"],
        "token": north.client("VIEWER").headers["Authorization"].removeprefix("Bearer "),
        "cookie": visitor.session.cookies["camet_session"],
    }
    places = {
        "key": lambda text: {"X-API-Key": text}, "token": lambda text: {"Authorization": f"Bearer {text}"},
        "cookie": lambda text: {"Cookie": f"camet_session={text}"},
    }
    # In turns, so that each is asked for where it does not belong while it is remembered.
    for _ in range(2):
        for kind, text in credentials.items():
            for place, fields in places.items():
                answer = system.client(source="127.0.0.20").get("/api/v1/plants", headers=fields(text))
                if place == kind:
                    assert answer.status_code == 200, kind
                else:
                    check_problem(answer, 401, "unauthorized")


def test_what_a_key_may_changes_within_seconds(system, admin, make):
    key = make(scopes=["read"])
    path = f"{ROUTE}/{key['api_key_id']}"
    client = system.client(key=key["api_key"])
    assert works(client)
    changed = admin.put(path, {"name": "Other", "scopes": ["ingest"]})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["name"], changed.json()["scopes"]) == ("Other", ["ingest"])
    assert "api_key" not in changed.json()
    assert eventually(lambda: client.get("/api/v1/plants").status_code == 403, 25)
    assert admin.delete(path).status_code == 204
    assert eventually(lambda: client.post("/api/v1/detections", {}).status_code == 401, 25)
    for method in ("GET", "PUT", "DELETE"):
        body = {"name": "K", "scopes": ["read"]} if method == "PUT" else None
        check_problem(admin.send(method, path, json=body), 404, "not_found")
    assert key["api_key_id"] not in [item["api_key_id"] for item in admin.read(f"{ROUTE}?limit=1000")["items"]]
    audited = system.psql(
        "camet_global", f"SELECT action FROM audit_log WHERE object = 'key:{key['public_id']}' ORDER BY audit_id")
    assert audited.splitlines() == ["key.created", "key.changed", "key.revoked"]


def test_a_key_is_changed_by_whoever_knows_it_as_it_is(admin, make):
    key = make()
    path = f"{ROUTE}/{key['api_key_id']}"
    tag = admin.get(path).headers["ETag"]
    assert admin.get(path, headers={"If-None-Match": tag}).status_code == 304
    body = {"name": "New", "scopes": ["read"]}
    check_problem(admin.put(path, body, headers={"If-Match": '"other"'}), 412, "precondition_failed")
    assert admin.read(path)["name"] == "K"
    changed = admin.put(path, body, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    check_problem(admin.delete(path, headers={"If-Match": tag}), 412, "precondition_failed")
    assert admin.get(path).status_code == 200


def test_keys_of_another_tenant_are_as_if_there_were_none(admin, south, make):
    key = make()
    other = south.client("ADMIN")
    path = f"{ROUTE}/{key['api_key_id']}"
    given = {"X-Request-Id": "the-same-for-all"}
    for method, body in (("GET", None), ("PUT", {"name": "K", "scopes": ["read"]}), ("DELETE", None)):
        foreign = other.send(method, path, json=body, headers=given)
        check_problem(foreign, 404, "not_found")
        assert foreign.content == other.send(method, f"{ROUTE}/2147483647", json=body, headers=given).content
    assert admin.get(path).status_code == 200
    assert key["api_key_id"] not in [item["api_key_id"] for item in other.read(f"{ROUTE}?limit=1000")["items"]]


def test_the_list_comes_in_pages(admin, make):
    made = [make()["api_key_id"] for _ in range(3)]
    found, cursor = [], None
    while True:
        page = admin.read(f"{ROUTE}?limit=2" + (f"&cursor={cursor}" if cursor else ""))
        found += [item["api_key_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 2
    assert found == sorted(found) and set(made) <= set(found)
    check_problem(admin.get(f"{ROUTE}?limit=1001"), 422, "invalid")


def test_an_admin_of_some_plants_has_no_keys_to_give_or_take(system, north, north_plant):
    """Keys reach every plant."""
    admin = north.client("ADMIN")
    made = admin.post(ROUTE, {"name": "whole company", "scopes": ["read"]})
    assert made.status_code == 201
    path = f"{ROUTE}/{made.json()['api_key_id']}"
    username = "north-plant-admin"
    assert admin.post("/api/v1/users", {
        "username": username, "email": "plant-admin@example.com", "role": "ADMIN", "password": PASSWORD,
        "plant_ids": [north_plant.plant]}).status_code == 201
    limited = system.client(bearer=sign_in(system, username)["access_token"])
    assert limited.get(ROUTE).status_code == 200
    body = {"name": "mine", "scopes": ["write"]}
    for answer in (limited.post(ROUTE, body), limited.put(path, body), limited.delete(path)):
        check_problem(answer, 403, "forbidden")
    assert admin.put(path, body).status_code == 200
    assert admin.delete(path).status_code == 204
