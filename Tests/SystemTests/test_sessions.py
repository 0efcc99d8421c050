"""Where somebody is signed in: listed and ended by himself; his language; and the end of what is old."""

import re
from datetime import datetime, timezone

import pytest

from event_stream import EventStream
from page_visitor import PageVisitor
from running_system import RunningSystem, check_problem, eventually, sign_in

ROUTE = "/auth/sessions"
NOBODYS = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def name(system, north):
    number = int(system.psql("camet_global", "SELECT count(*) FROM app_user"))
    return north.make_user("VIEWER", f"at-home-{number}")


def signed_in(system, name: str, **more):
    return system.client(bearer=sign_in(system, name, **more)["access_token"])


def items(client) -> list[dict]:
    page = client.read(ROUTE)
    assert page["next_cursor"] is None
    return page["items"]


def actions(system, name: str) -> list[str]:
    return system.psql("camet_global", (
        "SELECT action, object FROM audit_log JOIN app_user ON actor = 'user:' || user_id "
        f"WHERE username = '{name}' ORDER BY audit_id")).splitlines()


class TestListing:
    def test_every_sign_in_tells_where_it_came_from(self, system, south, name):
        system.camet("user", "grant", "--username", name, "--tenant", "south", "--role", "VIEWER")
        before = datetime.now(timezone.utc)
        first = system.client(source="127.0.0.80").post(
            "/auth/token", {"username": name, "password": "a long password of the tests"},
            headers={"User-Agent": "line reader/7 ñ".encode()})
        page = PageVisitor(system.base, source="127.0.0.81")
        page.session.headers["User-Agent"] = "B" * 300
        assert page.sign_in(name).status_code == 303
        client = signed_in(system, name, tenant="south")
        found = items(client)
        assert [(one["kind"], one["tenant"], one["address"], one["current"]) for one in found] == [
            ("api", "south", "127.0.0.1", True), ("page", "north", "127.0.0.81", False),
            ("api", "north", "127.0.0.80", False)]
        assert found[1]["user_agent"] == "B" * 255
        assert found[2]["user_agent"].startswith("line reader/7")
        assert set(found[0]) == {"sid", "kind", "tenant", "created_at", "last_seen_at", "expires_at", "address",
                                 "user_agent", "current"}
        for one, days in zip(found, (30, 0.5, 30)):
            created = datetime.fromisoformat(one["created_at"])
            assert abs((created - before).total_seconds()) < 60
            assert (datetime.fromisoformat(one["expires_at"]) - created).total_seconds() == days * 86_400
            assert one["created_at"] <= one["last_seen_at"]
        # To whoever asks with another, that other one is the present one.
        assert [one["current"] for one in items(system.client(bearer=first.json()["access_token"]))] == [
            False, False, True]
        assert [one["current"] for one in page.get(ROUTE).json()["items"]] == [False, True, False]

    def test_what_has_ended_or_expired_is_not_listed(self, system, name):
        client, left, expired, switched = [signed_in(system, name) for _ in range(4)]
        sid = {one["sid"] for one in items(expired) if one["current"]}.pop()
        assert left.send("POST", "/auth/logout").status_code == 204
        system.psql("camet_global", (
            "UPDATE session_family SET created_at = now() - interval '2 days', expires_at = now() - interval '1 s' "
            f"WHERE sid = '{sid}'"))
        assert len(items(client)) == 2
        check_problem(client.delete(f"{ROUTE}/{sid}"), 404, "not_found")
        assert switched.get("/auth/me").status_code == 200
        assert eventually(lambda: expired.get("/auth/me").status_code == 401, 25)

    def test_the_list_comes_in_pages(self, system, name):
        clients = [signed_in(system, name) for _ in range(5)]
        whole = [one["sid"] for one in items(clients[0])]
        assert len(set(whole)) == 5
        found, cursor = [], None
        while True:
            page = clients[0].read(f"{ROUTE}?limit=2" + (f"&cursor={cursor}" if cursor else ""))
            found += [one["sid"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            assert len(page["items"]) == 2
        assert found == whole
        for query in ("cursor=x", "cursor=1.x", f"cursor=-1.{NOBODYS}", "cursor=1.%00", "limit=0", "user_id=1"):
            check_problem(clients[0].get(f"{ROUTE}?{query}"), 422, "invalid")

    def test_its_last_use_is_told(self, system, name):
        client = signed_in(system, name)
        sid = items(client)[0]["sid"]
        old = "UPDATE session_family SET last_seen_at = now() - interval '1 h', ended_at = NULL WHERE sid = '{}'"
        system.psql("camet_global", old.format(sid))

        def seen() -> float:
            last = datetime.fromisoformat(items(client)[0]["last_seen_at"])
            return (datetime.now(timezone.utc) - last).total_seconds()

        assert eventually(lambda: seen() < 60, 25)


class TestEnding:
    def test_one_sign_in_is_ended_from_another(self, system, name):
        client, stays = signed_in(system, name), signed_in(system, name)
        pair = sign_in(system, name)
        lost = system.client(bearer=pair["access_token"])
        sid = next(one["sid"] for one in items(lost) if one["current"])
        with EventStream(lost) as stream, EventStream(stays) as other:
            assert client.delete(f"{ROUTE}/{sid}").status_code == 204
            assert stream.ended.wait(25), "the stream of an ended sign-in goes on"
            assert not other.ended.is_set()
        assert eventually(lambda: lost.get("/auth/me").status_code == 401, 25)
        assert system.client().post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).status_code == 401
        assert sid not in [one["sid"] for one in items(client)]
        check_problem(client.delete(f"{ROUTE}/{sid}"), 404, "not_found")
        assert f"session.ended|session:{sid}" in actions(system, name)

    def test_a_page_is_ended_and_ends_itself(self, system, name):
        client = signed_in(system, name)
        page = PageVisitor(system.base)
        assert page.sign_in(name).status_code == 303
        html = page.get("/").text
        token = re.search(r'<meta name="csrf-token" content="([^"]+)"', html)[1]
        sid = next(one["sid"] for one in page.get(ROUTE).json()["items"] if one["current"])
        refused = page.send("DELETE", f"{ROUTE}/{sid}", headers={"Accept": "application/json"})
        check_problem(refused, 403, "csrf_failed")
        assert page.send("DELETE", f"{ROUTE}/{sid}", headers={"X-CSRF-Token": token}).status_code == 204
        assert eventually(lambda: page.get("/").status_code == 303, 25)
        assert [one["kind"] for one in items(client)] == ["api"]

    def test_all_others_are_ended_at_once(self, system, south, name):
        system.camet("user", "grant", "--username", name, "--tenant", "south", "--role", "VIEWER")
        client = signed_in(system, name)
        others = [signed_in(system, name), signed_in(system, name, tenant="south")]
        assert all(other.get("/auth/me").status_code == 200 for other in others)
        assert client.delete(ROUTE).status_code == 204
        for other in others:
            assert eventually(lambda: other.get("/auth/me").status_code == 401, 25)
        assert [one["current"] for one in items(client)] == [True]
        user = client.read("/auth/me")["user"]["user_id"]
        before = actions(system, name)
        assert f"session.ended|user:{user}" in before
        assert client.delete(ROUTE).status_code == 204
        assert actions(system, name) == before

    def test_nobody_ends_or_sees_what_is_somebody_elses(self, system, north, name):
        client, other = signed_in(system, name), north.client("ADMIN")
        sid = items(client)[0]["sid"]
        given = {"X-Request-Id": "the-same-for-all"}
        foreign = other.delete(f"{ROUTE}/{sid}", headers=given)
        check_problem(foreign, 404, "not_found")
        for unknown in (NOBODYS, "1", "nonsense", sid.upper() + "0", "%00", "'%20OR%20true%20--"):
            assert other.delete(f"{ROUTE}/{unknown}", headers=given).content == foreign.content, unknown
        assert client.get("/auth/me").status_code == 200
        assert sid not in [one["sid"] for one in other.read(f"{ROUTE}?limit=1000")["items"]]
        assert client.delete(f"{ROUTE}/{sid}").status_code == 204
        assert eventually(lambda: client.get("/auth/me").status_code == 401, 25)


class TestLanguage:
    def test_everybody_chooses_his_own(self, system, name):
        client = signed_in(system, name)
        chosen = client.put("/auth/me", {"locale": "en"})
        assert chosen.status_code == 200, chosen.text
        assert chosen.json()["user"]["locale"] == "en"
        assert chosen.json() == client.read("/auth/me")

        def title() -> str:
            return client.get("/api/v1/plants/2147483647").json()["title"]

        assert eventually(lambda: title() == "Not found", 25)
        assert client.put("/auth/me", {"locale": "es"}).status_code == 200
        assert eventually(lambda: title() == "No encontrado", 25)
        assert client.put("/auth/me", {"locale": None}).json()["user"]["locale"] is None
        for body, expected in (
                ({}, [("locale", "required")]), ({"locale": "fr"}, [("locale", "out_of_range")]),
                ({"locale": "en", "role": "ADMIN"}, [("role", "unknown_field")])):
            problem = check_problem(client.put("/auth/me", body), 422, "invalid")
            assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == expected


def test_what_ended_long_ago_is_deleted_and_nothing_else():
    with RunningSystem.running({"CAMET_SIGN_IN_UPKEEP_SECONDS": "1"}) as system:
        user = system.make_tenant("upkeep").user("VIEWER")
        client = signed_in(system, user)
        sid = items(client)[0]["sid"]
        system.psql("camet_global", """
            INSERT INTO session_family (sid, user_id, tenant_id, kind, created_at, expires_at, ended_at, ended_reason)
            SELECT gen_random_uuid(), user_id, tenant_id, 'api', now() - interval '90 days',
                now() - expired * interval '1 day', now() - ended * interval '1 day',
                CASE WHEN ended IS NOT NULL THEN 'logout' END
            FROM session_family CROSS JOIN (VALUES (31, NULL), (29, NULL), (-1, 31), (-1, 29)) AS age (expired, ended)
            CROSS JOIN generate_series(1, 1200);
            INSERT INTO refresh_token (hash, sid, issued_at, expires_at)
            SELECT sha256(sid::text::bytea), sid, created_at, now() FROM session_family WHERE created_at < now() - interval '1 day'""")

        def left(what: str) -> int:
            return int(system.psql("camet_global", f"SELECT count(*) FROM {what}"))

        old = "session_family WHERE least(expires_at, ended_at) < now() - interval '30 days'"
        assert eventually(lambda: left(old) == 0, 25)
        assert left("session_family WHERE created_at < now() - interval '1 day'") == 2_400
        assert left("refresh_token WHERE issued_at < now() - interval '1 day'") == 2_400
        assert left(f"session_family WHERE sid = '{sid}'") == 1
        assert client.get("/auth/me").status_code == 200
        refused = system.psql("camet_global", "SELECT has_table_privilege('camet_gateway', 'user_login', 'DELETE')")
        assert refused == "f"
