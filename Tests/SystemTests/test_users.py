"""The people of a company: made, changed, limited to plants, disabled, taken out; and who may do so."""

import threading

import pytest

from event_stream import EventStream
from page_visitor import PageVisitor
from running_system import PASSWORD, check_problem, eventually, sign_in

ROUTE = "/api/v1/users"
OTHER_PASSWORD = "another long phrase, never used"


def body(username: str, **fields) -> dict:
    return {"username": username, "email": f"{username}@example.com", "role": "VIEWER", "password": PASSWORD} | fields


def of(answer) -> dict:
    """The object of an answer as PUT takes it."""
    person = answer.json() if hasattr(answer, "json") else answer
    return {name: person[name] for name in ("username", "email", "role", "permissions", "plant_ids")}


def faults(answer) -> list:
    problem = check_problem(answer, 422, "invalid")
    return [(fault["param"], fault["code"]) for fault in problem["errors"]]


def actions(system, user_id: int) -> list[str]:
    """What was done to a person; refusals, which are written a moment later, have tests of their own."""
    return system.psql("camet_global", f"""
        SELECT action FROM audit_log WHERE object = 'user:{user_id}' AND action <> 'session.refused' ORDER BY audit_id
        """).splitlines()


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("people")


@pytest.fixture(scope="module")
def admin(company):
    return company.client("ADMIN")


@pytest.fixture(scope="module")
def own_id(admin):
    return admin.read("/auth/me")["user"]["user_id"]


@pytest.fixture(scope="module")
def plants(company):
    manager = company.client("MANAGER")
    return [manager.make("plants", plant_code=f"U{number}", plant_name="P", timezone="UTC")["plant_id"]
            for number in range(2)]


@pytest.fixture(scope="module")
def make(admin):
    def make_one(username: str, **fields) -> dict:
        answer = admin.post(ROUTE, body(username, **fields))
        assert answer.status_code == 201, answer.text
        assert answer.headers["Location"] == f"{ROUTE}/{answer.json()['user_id']}"
        return answer.json()

    return make_one


@pytest.fixture
def duo(system):
    """A company with two ADMINs, in a company of its own: their clients and ids."""
    number = int(system.psql("camet_global", "SELECT count(*) FROM tenant"))
    tenant = system.make_tenant(f"duo-{number}")
    names = [tenant.make_user("ADMIN", f"duo-{number}-{which}") for which in ("a", "b")]
    clients = [system.client(bearer=sign_in(system, name)["access_token"]) for name in names]
    return tenant, clients, [client.read("/auth/me")["user"]["user_id"] for client in clients]


class TestMaking:
    def test_a_person_is_made_and_signs_in_with_what_he_was_given(self, system, admin, make, plants):
        person = make("  Ada.Lovelace ", email=" Ada@Example.org ", role="OPERATOR", permissions=["export_data"],
                      plant_ids=plants[:1], password=OTHER_PASSWORD)
        assert person == {
            "user_id": person["user_id"], "username": "Ada.Lovelace", "email": "Ada@Example.org", "role": "OPERATOR",
            "is_super_admin": False, "permissions": ["export_data"], "plant_ids": plants[:1], "is_active": True,
            "created_at": person["created_at"]}
        one = admin.get(f"{ROUTE}/{person['user_id']}")
        assert one.json() == person
        assert admin.get(f"{ROUTE}/{person['user_id']}", headers={"If-None-Match": one.headers["ETag"]}).status_code == 304
        client = system.client(bearer=sign_in(system, "ada.LOVELACE", OTHER_PASSWORD)["access_token"])
        me = client.read("/auth/me")
        assert (me["role"], me["permissions"], me["user"]["email"]) == ("OPERATOR", ["export_data"], "Ada@Example.org")
        assert [plant["plant_id"] for plant in client.read("/api/v1/plants")["items"]] == plants[:1]
        assert actions(system, person["user_id"]) == ["user.created"]

    def test_names_and_emails_are_unique_over_all_companies(self, admin, north, make):
        make("Unique", email="unique@example.org")
        foreign = north.user("VIEWER")
        for taken, param in (
                (body(" uNIQUE ", email="other@example.org"), "username"),
                (body("other-unique", email=" UNIQUE@example.org"), "email"),
                (body(foreign, email="x@example.org"), "username"),
                (body("x-unique", email=f"{foreign}@EXAMPLE.com"), "email")):
            problem = check_problem(admin.post(ROUTE, taken), 409, "username_taken")
            assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [(param, "already_exists")]
        make("other-unique", email="other@example.org")

    def test_every_fault_is_told_at_once(self, admin, plants):
        answer = admin.post(ROUTE, {
            "username": " ", "email": "nobody", "role": "ROOT", "password": "short", "permissions": ["fly"],
            "plant_ids": [plants[0], 2147483647], "is_active": 1, "tenant": "north"})
        assert sorted(faults(answer)) == [
            ("email", "invalid_format"), ("is_active", "invalid_type"), ("password", "too_short"),
            ("permissions[0]", "out_of_range"), ("plant_ids[1]", "unknown_id"), ("role", "out_of_range"),
            ("tenant", "unknown_field"), ("username", "blank")]
        assert sorted(faults(admin.post(ROUTE, {}))) == [
            (name, "required") for name in ("email", "password", "role", "username")]
        # Longer once it is folded than any name may be.
        assert faults(admin.post(ROUTE, body("\ufdfa" * 100, email="folded@example.org"))) == [("username", "too_long")]
        assert faults(admin.post(ROUTE, body("empty", plant_ids=[]))) == [("plant_ids", "required")]

    @pytest.mark.parametrize("mark", ["\u200b", "\u200d", "\u202e", "\ufeff", "\u00ad", "\u2066", "\ufe0f", "\U000e0041"])
    def test_a_name_holds_nothing_that_is_not_seen(self, admin, make, mark):
        """Or somebody could be called so that he looks like somebody else."""
        name = f"seen-{ord(mark):x}"
        assert faults(admin.post(ROUTE, body(name) | {"username": f"se{mark}en"})) == [("username", "invalid_format")]
        assert faults(admin.post(ROUTE, body(name) | {"email": f"se{mark}en@example.com"})) == [("email", "invalid_format")]
        assert make(name)["username"] == name

    def test_plants_of_another_company_are_unknown(self, admin, north, north_plant, south, south_plant):
        newest = max(plant["plant_id"] for tenant in (north, south)
                     for plant in tenant.client("VIEWER").read("/api/v1/plants?limit=1000")["items"])
        own = {plant["plant_id"] for plant in admin.read("/api/v1/plants?limit=1000")["items"]}
        foreign = next(number for number in range(newest, newest + 1000) if number not in own)
        assert faults(admin.post(ROUTE, body("foreign-plant", plant_ids=[foreign]))) == [("plant_ids[0]", "unknown_id")]

    def test_super_admin_is_given_by_nobody(self, company, admin, make):
        person = make("not-super")
        for client in (admin, company.client("SUPER_ADMIN")):
            check_problem(client.post(ROUTE, body("super-1", role="SUPER_ADMIN")), 403, "forbidden")
            changed = client.put(f"{ROUTE}/{person['user_id']}", of(person) | {"role": "SUPER_ADMIN"})
            check_problem(changed, 403, "forbidden")
        assert admin.read(f"{ROUTE}/{person['user_id']}") == person


class TestListing:
    def test_the_list_comes_in_pages_and_is_searched(self, admin, make):
        made = [make(f"listed-{number}", email=f"listed{number}@search.example")["user_id"] for number in range(3)]
        found, cursor = [], None
        while True:
            page = admin.read(f"{ROUTE}?limit=2&q=LISTED-" + (f"&cursor={cursor}" if cursor else ""))
            found += [item["user_id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == made
        by_email = admin.read(f"{ROUTE}?q=%20listed1@SEARCH")["items"]
        assert [item["user_id"] for item in by_email] == made[1:2]
        # Nothing of it is a pattern or a statement.
        for text in ("listed_", "%25", "x' OR true --", "listed\\"):
            assert admin.get(ROUTE, params={"q": text.replace("%25", "%")}).json()["items"] == []
        assert faults(admin.get(f"{ROUTE}?q=%00")) == [("q", "invalid_format")]
        assert sorted(faults(admin.get(f"{ROUTE}?limit=1001&cursor=x&other=1"))) == [
            ("cursor", "invalid_type"), ("limit", "out_of_range"), ("other", "unknown_field")]

    def test_people_of_another_company_are_as_if_there_were_none(self, admin, north, own_id):
        other = north.client("ADMIN")
        given = {"X-Request-Id": "the-same-for-all"}
        for method, what in (("GET", None), ("PUT", body("people-admin", role="VIEWER")), ("DELETE", None)):
            foreign = other.send(method, f"{ROUTE}/{own_id}", json=what, headers=given)
            check_problem(foreign, 404, "not_found")
            assert foreign.content == other.send(method, f"{ROUTE}/2147483647", json=what, headers=given).content
        assert own_id not in [item["user_id"] for item in other.read(f"{ROUTE}?limit=1000")["items"]]
        assert admin.read(f"{ROUTE}/{own_id}")["role"] == "ADMIN"


class TestChanging:
    def test_what_is_left_out_stays_and_the_rest_is_replaced(self, system, admin, make, plants):
        person = make("kept", permissions=["export_data"], plant_ids=plants)
        path = f"{ROUTE}/{person['user_id']}"
        given = {"username": "Kept.2", "email": "kept.2@example.com", "role": "MANAGER"}
        changed = admin.put(path, given)
        assert changed.status_code == 200, changed.text
        assert changed.json() == person | given | {"plant_ids": None}
        assert admin.get(path).headers["ETag"] == changed.headers["ETag"]
        # The password has stayed, under the new name.
        assert system.client(bearer=sign_in(system, "kept.2")["access_token"]).read("/auth/me")["role"] == "MANAGER"
        assert faults(admin.put(path, {"role": "MANAGER"})) == [("username", "required"), ("email", "required")]
        assert admin.put(path, given | {"permissions": []}).json()["permissions"] == []
        check_problem(admin.put(path, given | {"username": "people-admin"}), 409, "username_taken")

    def test_a_person_is_changed_by_whoever_knows_him_as_he_is(self, admin, make):
        person = make("tagged")
        path = f"{ROUTE}/{person['user_id']}"
        tag = admin.get(path).headers["ETag"]
        new = of(person) | {"role": "OPERATOR"}
        check_problem(admin.put(path, new, headers={"If-Match": '"other"'}), 412, "precondition_failed")
        assert admin.read(path) == person
        changed = admin.put(path, new, headers={"If-Match": tag})
        assert changed.status_code == 200 and changed.headers["ETag"] != tag
        check_problem(admin.delete(path, headers={"If-Match": tag}), 412, "precondition_failed")
        assert admin.get(path).status_code == 200
        # Whether there is such a person comes first, then If-Match, then what only the data can tell.
        unknown = new | {"plant_ids": [2147483647]}
        check_problem(admin.put(f"{ROUTE}/2147483647", unknown), 404, "not_found")
        check_problem(admin.put(path, unknown, headers={"If-Match": tag}), 412, "precondition_failed")
        assert faults(admin.put(path, unknown)) == [("plant_ids[0]", "unknown_id")]

    def test_other_rights_reach_tokens_pages_and_streams_within_seconds(self, system, admin, make, plants):
        person = make("lowered", role="MANAGER")
        path = f"{ROUTE}/{person['user_id']}"
        token = system.client(bearer=sign_in(system, "lowered")["access_token"])
        page = PageVisitor(system.base)
        assert page.sign_in("lowered").status_code == 303
        assert token.get("/api/v1/plants").status_code == page.get("/api/v1/plants").status_code == 200
        with EventStream(token) as stream:
            assert admin.put(path, of(person) | {"plant_ids": plants[:1]}).status_code == 200
            assert stream.ended.wait(25), "the stream goes on with other plants"
        assert eventually(lambda: len(token.read("/api/v1/plants")["items"]) == 1, 25)
        assert admin.put(path, of(person) | {"role": "VIEWER"}).status_code == 200
        assert eventually(lambda: token.get("/auth/me").status_code == 401, 25)
        assert eventually(lambda: page.get("/auth/me").json()["role"] == "VIEWER", 25)
        again = system.client(bearer=sign_in(system, "lowered")["access_token"])
        check_problem(again.post("/api/v1/plants", {}), 403, "forbidden")
        with EventStream(again) as stream:
            assert admin.delete(path).status_code == 204
            assert stream.ended.wait(25), "the stream of somebody taken out goes on"
        assert eventually(lambda: again.get("/auth/me").status_code == 401, 25)
        assert eventually(lambda: page.get("/").status_code == 303, 25)
        refused = system.client(source="127.0.0.60").post(
            "/auth/token", {"username": "lowered", "password": PASSWORD})
        check_problem(refused, 401, "invalid_credentials")
        assert actions(system, person["user_id"]) == ["user.created", "user.updated", "user.updated", "user.removed"]

    def test_a_new_password_ends_what_the_old_one_began(self, system, admin, make, own_id):
        person = make("reset")
        pair = sign_in(system, "reset")
        client = system.client(bearer=pair["access_token"])
        assert client.get("/auth/me").status_code == 200
        path = f"{ROUTE}/{person['user_id']}"
        assert faults(admin.put(path, of(person) | {"password": "reset reset!"})) == [("password", "contains_name")]
        assert admin.put(path, of(person) | {"password": OTHER_PASSWORD}).status_code == 200
        assert eventually(lambda: client.get("/auth/me").status_code == 401, 25)
        assert system.client().post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).status_code == 401
        sign_in(system, "reset", OTHER_PASSWORD)
        check_problem(system.client(source="127.0.0.61").post(
            "/auth/token", {"username": "reset", "password": PASSWORD}), 401, "invalid_credentials")
        assert actions(system, person["user_id"])[1:] == ["user.updated", "user.password_changed"]
        # His own he changes with the present one.
        own = admin.read(f"{ROUTE}/{own_id}")
        check_problem(admin.put(f"{ROUTE}/{own_id}", of(own) | {"password": OTHER_PASSWORD}), 403, "reauth_required")
        assert admin.put(f"{ROUTE}/{own_id}", of(own)).status_code == 200

    def test_a_disabled_person_is_out_until_he_is_enabled(self, system, admin, make):
        person = make("paused")
        path = f"{ROUTE}/{person['user_id']}"
        pair = sign_in(system, "paused")
        client = system.client(bearer=pair["access_token"])
        assert client.get("/auth/me").status_code == 200
        assert admin.put(path, of(person) | {"is_active": False}).json()["is_active"] is False
        assert eventually(lambda: client.get("/auth/me").status_code == 401, 25)
        check_problem(system.client(source="127.0.0.62").post(
            "/auth/token", {"username": "paused", "password": PASSWORD}), 401, "invalid_credentials")
        # Left out it stays; what was ended does not come back with him.
        assert admin.put(path, of(person)).json()["is_active"] is False
        assert admin.put(path, of(person) | {"is_active": True}).json()["is_active"] is True
        assert system.client().post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).status_code == 401
        sign_in(system, "paused", source="127.0.0.63")
        assert actions(system, person["user_id"]) == [
            "user.created", "user.updated", "user.disabled", "user.updated", "user.updated", "user.enabled"]
        made = admin.post(ROUTE, body("paused-at-once", is_active=False))
        assert made.status_code == 201 and made.json()["is_active"] is False


class TestRights:
    def test_nobody_changes_somebody_above_himself(self, system, company, admin):
        name = company.user("SUPER_ADMIN")
        above = next(item for item in admin.read(f"{ROUTE}?q={name}")["items"])
        assert above["is_super_admin"] is True and above["role"] == "ADMIN"
        path = f"{ROUTE}/{above['user_id']}"
        check_problem(admin.put(path, of(above) | {"role": "VIEWER"}), 403, "forbidden")
        check_problem(admin.delete(path), 403, "forbidden")
        assert admin.read(path) == above
        assert company.client("SUPER_ADMIN").put(path, of(above)).status_code == 200

    def test_what_is_a_persons_own_needs_a_super_admin_where_he_belongs_to_others_too(
            self, system, company, admin, make, north):
        person = make("shared")
        system.camet("user", "grant", "--username", "shared", "--tenant", "north", "--role", "VIEWER")
        path = f"{ROUTE}/{person['user_id']}"
        for own in ({"password": OTHER_PASSWORD}, {"is_active": False}, {"email": "shared.2@example.com"},
                    {"username": "shared-2"}):
            check_problem(admin.put(path, of(person) | own), 403, "forbidden")
        sign_in(system, "shared", tenant="north")
        assert admin.put(path, of(person) | {"role": "OPERATOR"}).json()["role"] == "OPERATOR"
        above = company.client("SUPER_ADMIN")
        changed = above.put(path, of(person) | {"password": OTHER_PASSWORD, "email": "shared.2@example.com"})
        assert changed.json()["email"] == "shared.2@example.com", changed.text
        # Taken out here, he goes on there.
        there = system.client(bearer=sign_in(system, "shared", OTHER_PASSWORD, tenant="north")["access_token"])
        assert admin.delete(path).status_code == 204
        check_problem(admin.get(path), 404, "not_found")
        assert there.read("/auth/me")["memberships"] == [
            {"slug": "north", "name": "Company north", "role": "VIEWER"}]

    def test_an_admin_of_some_plants_has_those_people_only(self, system, admin, make, plants):
        make("limited", role="ADMIN", plant_ids=plants[:1])
        inside = make("inside", plant_ids=plants[:1])
        outside = [make("outside", plant_ids=plants), make("everywhere")]
        client = system.client(bearer=sign_in(system, "limited")["access_token"])
        seen = [item["username"] for item in client.read(f"{ROUTE}?limit=1000")["items"]]
        assert {"limited", "inside"} <= set(seen) and not {"outside", "everywhere"} & set(seen)
        for person in outside:
            path = f"{ROUTE}/{person['user_id']}"
            check_problem(client.get(path), 404, "not_found")
            check_problem(client.put(path, of(person) | {"plant_ids": plants[:1]}), 404, "not_found")
            check_problem(client.delete(path), 404, "not_found")
        path = f"{ROUTE}/{inside['user_id']}"
        assert client.put(path, of(inside) | {"role": "OPERATOR"}).json()["role"] == "OPERATOR"
        for wider in (body("wider"), body("wider", plant_ids=None)):
            check_problem(client.post(ROUTE, wider), 403, "forbidden")
        assert faults(client.post(ROUTE, body("wider", plant_ids=plants))) == [("plant_ids[1]", "unknown_id")]
        check_problem(client.put(path, of(inside) | {"plant_ids": None}), 403, "forbidden")
        assert client.post(ROUTE, body("within", plant_ids=plants[:1])).status_code == 201


class TestLastAdmin:
    def test_the_last_admin_stays_whichever_way_he_is_taken_away(self, system, company, admin, own_id, duo):
        _, (client, other), (own, second) = duo
        path = f"{ROUTE}/{own}"
        me = client.read(path)
        assert client.delete(f"{ROUTE}/{second}").status_code == 204
        for what in ({"role": "MANAGER"}, {"is_active": False}):
            check_problem(client.put(path, of(me) | what), 409, "last_admin")
        check_problem(client.delete(path), 409, "last_admin")
        assert client.read(path) == me
        # A disabled one is no other.
        made = client.post(ROUTE, body(me["username"] + "-new", role="ADMIN", is_active=False))
        assert made.status_code == 201
        check_problem(client.delete(path), 409, "last_admin")
        enabled = client.put(f"{ROUTE}/{made.json()['user_id']}", of(made) | {"is_active": True})
        assert enabled.status_code == 200
        assert client.put(path, of(me) | {"role": "MANAGER"}).status_code == 200

    @pytest.mark.parametrize("way", ["delete", "demote", "disable", "mixed"])
    def test_two_admins_who_take_each_other_away_at_once_leave_one(self, system, duo, way):
        tenant, clients, ids = duo
        people = [clients[0].read(f"{ROUTE}/{number}") for number in ids]
        statuses = [0, 0]
        start = threading.Barrier(2)

        def take_away(which: int) -> None:
            path = f"{ROUTE}/{ids[1 - which]}"
            start.wait()
            if way == "delete" or (way == "mixed" and which == 0):
                statuses[which] = clients[which].delete(path).status_code
            else:
                what = {"is_active": False} if way in ("disable", "mixed") else {"role": "VIEWER"}
                statuses[which] = clients[which].put(path, of(people[1 - which]) | what).status_code

        threads = [threading.Thread(target=take_away, args=(which,)) for which in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Whoever came second has lost his right by then: 401 or 403 where that was heard, else 409.
        assert sorted(status in (200, 204) for status in statuses) == [False, True], statuses
        assert all(status in (200, 204, 401, 403, 409) for status in statuses), statuses
        left = system.psql("camet_global", (
            "SELECT count(*) FROM membership JOIN tenant USING (tenant_id) JOIN app_user USING (user_id) "
            f"WHERE slug = '{tenant.slug}' AND role = 'ADMIN' AND disabled_at IS NULL"))
        assert left == "1"

    def test_two_of_one_name_made_at_once_are_one(self, system, company):
        token = sign_in(system, company.user("ADMIN"))["access_token"]
        statuses = []
        threads = [threading.Thread(target=lambda client: statuses.append(
            client.post(ROUTE, body("at-once")).status_code), args=(system.client(bearer=token),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [201, 409, 409, 409]


class TestOperations:
    def test_the_operator_disables_and_enables(self, system, company, make):
        person = make("operated")
        pair = sign_in(system, "operated")
        client = system.client(bearer=pair["access_token"])
        assert client.get("/auth/me").status_code == 200
        done = system.camet("user", "disable", "--username", " OPERATED ")
        assert done == {"user_id": person["user_id"], "username": "operated", "is_active": False, "ended_sessions": 1}
        assert eventually(lambda: client.get("/auth/me").status_code == 401, 25)
        done = system.camet("user", "enable", "--username", "operated")
        assert done == {"user_id": person["user_id"], "username": "operated", "is_active": True, "ended_sessions": 0}
        sign_in(system, "operated")
        assert actions(system, person["user_id"]) == ["user.created", "user.disabled", "user.enabled"]

    def test_the_operator_takes_no_last_admin_away(self, system, duo):
        tenant, clients, ids = duo
        names = [clients[0].read(f"{ROUTE}/{number}")["username"] for number in ids]
        system.camet("user", "disable", "--username", names[1])
        with pytest.raises(AssertionError, match=f"--username: this is the last ADMIN of {tenant.slug}"):
            system.camet("user", "disable", "--username", names[0])
        with pytest.raises(AssertionError, match=f"--role: this is the last ADMIN of {tenant.slug}"):
            system.camet("user", "grant", "--username", names[0], "--tenant", tenant.slug, "--role", "VIEWER")
        with pytest.raises(AssertionError, match="--username: there is no user nobody-here"):
            system.camet("user", "disable", "--username", "nobody-here")
        system.camet("user", "enable", "--username", names[1])
        system.camet("user", "disable", "--username", names[0])
