"""Going from one tenant to another of the same person, with tokens and in pages."""

import re

import pytest

from page_visitor import PageVisitor
from running_system import check_problem, eventually, sign_in

FOREIGN = "switch-foreign"


@pytest.fixture(scope="module")
def both(system, north, south):
    """A manager of the one who is a viewer of the other."""
    name = north.make_user("MANAGER", "north-and-south")
    system.camet("user", "grant", "--username", name, "--tenant", "south", "--role", "VIEWER")
    return name


@pytest.fixture(scope="module")
def foreign(system):
    return system.make_tenant(FOREIGN)


def switches(system, user: str) -> list[str]:
    """The audited switches of a user: tenant and request."""
    return system.psql(
        "camet_global",
        "SELECT tenant.slug, request_id FROM audit_log JOIN tenant USING (tenant_id) JOIN app_user "
        f"ON actor = 'user:' || user_id WHERE action = 'session.switched' AND username = '{user}' ORDER BY audit_id",
    ).splitlines()


class TestTokens:
    def test_the_new_pair_is_for_the_other_tenant_and_the_old_one_stays(self, system, north, south, both):
        old = system.client(bearer=sign_in(system, both, tenant="north")["access_token"])
        made = north.client("MANAGER").make("plants", plant_code="ONLY-NORTH", plant_name="P", timezone="UTC")
        answer = old.post("/auth/switch", {"tenant": "south"}, headers={"X-Request-Id": "switch-1"})
        assert answer.status_code == 200, answer.text
        pair = answer.json()
        assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
        new = system.client(bearer=pair["access_token"])
        me = new.read("/auth/me")
        assert (me["tenant"]["slug"], me["role"]) == ("south", "VIEWER")
        assert {membership["slug"] for membership in me["memberships"]} == {"north", "south"}
        plant = f"/api/v1/plants/{made['plant_id']}"
        codes = {item["plant_code"] for item in new.read("/api/v1/plants?limit=1000")["items"]}
        assert "ONLY-NORTH" not in codes
        # The rights there are those of the membership there.
        check_problem(new.post("/api/v1/plants", {}), 403, "forbidden")
        assert old.read("/auth/me")["tenant"]["slug"] == "north"
        assert old.read(plant)["plant_code"] == "ONLY-NORTH"
        renewed = system.client().post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).json()
        assert system.client(bearer=renewed["access_token"]).read("/auth/me")["tenant"]["slug"] == "south"
        assert "south|switch-1" in switches(system, both)

    def test_an_unknown_tenant_and_one_of_others_are_refused_alike(self, system, both, foreign):
        client = system.client(bearer=sign_in(system, both)["access_token"])
        before = switches(system, both)
        given = {"X-Request-Id": "the-same-for-all"}
        answers = [client.post("/auth/switch", {"tenant": slug}, headers=given)
                   for slug in (FOREIGN, "no-such-tenant", "", "north' OR true --")]
        for answer in answers:
            check_problem(answer, 403, "not_a_member")
        assert len({answer.content for answer in answers}) == 1
        assert switches(system, both) == before

    def test_what_is_no_tenant_at_all_is_told(self, system, both):
        client = system.client(bearer=sign_in(system, both)["access_token"])
        for body, code in (({}, "required"), ({"tenant": 5}, "invalid_type"), ({"tenant": None}, "required")):
            problem = check_problem(client.post("/auth/switch", body), 422, "invalid")
            assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [("tenant", code)], body
        check_problem(client.post("/auth/switch", {"tenant": "south", "role": "ADMIN"}), 422, "invalid")

    def test_a_suspended_tenant_is_not_entered(self, system, both, foreign):
        system.camet("user", "grant", "--username", both, "--tenant", FOREIGN, "--role", "VIEWER")
        client = system.client(bearer=sign_in(system, both, tenant="north")["access_token"])
        state = "UPDATE tenant SET state = '{}' WHERE slug = '" + FOREIGN + "'"
        system.psql("camet_global", state.format("suspended"))
        try:
            check_problem(client.post("/auth/switch", {"tenant": FOREIGN}), 403, "tenant_suspended")
        finally:
            system.psql("camet_global", state.format("active"))
            system.psql("camet_global", "DELETE FROM membership USING tenant, app_user WHERE membership.tenant_id = "
                        f"tenant.tenant_id AND membership.user_id = app_user.user_id AND slug = '{FOREIGN}' "
                        f"AND username = '{both}'")

    def test_a_super_admin_enters_every_tenant_and_a_key_none(self, system, north, foreign):
        pair = north.client("SUPER_ADMIN").post("/auth/switch", {"tenant": FOREIGN}).json()
        me = system.client(bearer=pair["access_token"]).read("/auth/me")
        assert (me["tenant"]["slug"], me["role"]) == (FOREIGN, "SUPER_ADMIN")
        check_problem(north.client("key:write").post("/auth/switch", {"tenant": "north"}), 403, "forbidden")
        check_problem(north.client("ADMIN").post("/auth/switch", {"tenant": FOREIGN}), 403, "not_a_member")

    def test_signing_out_of_one_leaves_the_other(self, system, both):
        old = system.client(bearer=sign_in(system, both, tenant="north")["access_token"])
        new = system.client(bearer=old.post("/auth/switch", {"tenant": "south"}).json()["access_token"])
        assert new.post("/auth/logout").status_code == 204
        assert eventually(lambda: new.get("/auth/me").status_code == 401, 25)
        assert old.get("/auth/me").status_code == 200


class TestPages:
    @pytest.fixture
    def visitor(self, system, both):
        visitor = PageVisitor(system.base)
        assert visitor.sign_in(both).status_code == 303
        return visitor

    @staticmethod
    def token(visitor) -> str:
        return re.search(r'name="csrf_token" value="([^"]+)"', visitor.get("/").text)[1]

    def test_the_form_of_the_page_leads_to_the_other_tenant_in_a_new_session(self, system, both, visitor):
        page = visitor.get("/").text
        assert 'action="/session/switch"' in page
        assert 'name="tenant" value="south">Company south<' in page
        assert 'value="north">' not in page
        old = visitor.session.cookies["camet_session"]
        answer = visitor.send("POST", "/session/switch", data={"csrf_token": self.token(visitor), "tenant": "south"},
                              headers={"X-Request-Id": "switch-2"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        new = visitor.session.cookies["camet_session"]
        assert new != old
        assert "HttpOnly" in answer.headers["Set-Cookie"] and "SameSite=Lax" in answer.headers["Set-Cookie"]
        page = visitor.get("/").text
        assert 'name="tenant" value="north">Company north<' in page
        assert "Company south</title>" not in page and "· Company south ·" in page
        assert "south|switch-2" in switches(system, both)
        stale = PageVisitor(system.base)
        stale.session.cookies.set("camet_session", old)
        assert eventually(lambda: stale.get("/").status_code == 303, 25), "the old session still lives"

    def test_a_page_left_open_is_told_nothing_of_the_tenant_that_was_entered_in_another(self, visitor):
        left = {"X-CSRF-Token": self.token(visitor), "HX-Request": "true"}
        parts = ("/dashboard/tiles", "/downtimes/board", "/api/v1/plants", "/auth/me")
        for path in parts:
            assert visitor.get(path, headers=left).status_code == 200, path
        wall = visitor.get("/andon/data").json()["version"]
        visitor.send("POST", "/session/switch", data={"csrf_token": left["X-CSRF-Token"], "tenant": "south"})
        own = {**left, "X-CSRF-Token": self.token(visitor)}
        for path in parts:
            assert visitor.get(path, headers=left).status_code == 401, path
            assert visitor.get(path, headers=own).status_code == 200, path
        # A wall becomes the other's when its version is another one.
        assert visitor.get("/andon/data").json()["version"] != wall

    def test_whoever_belongs_to_one_tenant_sees_no_switch(self, system, north):
        visitor = PageVisitor(system.base)
        assert visitor.sign_in(north.user("VIEWER")).status_code == 303
        assert "/session/switch" not in visitor.get("/").text

    def test_without_the_token_of_the_session_nothing_is_switched(self, system, visitor):
        token = self.token(visitor)
        for given, headers in (
            ({}, {}), ({"csrf_token": "x" * len(token)}, {}),
            ({"csrf_token": token}, {"Origin": "https://elsewhere.example"}),
            ({"csrf_token": token}, {"Sec-Fetch-Site": "cross-site"}),
        ):
            answer = visitor.send("POST", "/session/switch", data=given | {"tenant": "south"}, headers=headers)
            assert answer.status_code == 403, (given, headers)
        assert "· Company north ·" in visitor.get("/").text

    def test_a_tenant_of_others_is_refused_and_the_session_stays(self, visitor, foreign):
        for slug in (FOREIGN, "no-such-tenant", ""):
            answer = visitor.send("POST", "/session/switch", data={"csrf_token": self.token(visitor), "tenant": slug})
            assert answer.status_code == 403
            assert "Set-Cookie" not in answer.headers
        assert "· Company north ·" in visitor.get("/").text

    @pytest.mark.parametrize("given,expected", [
        ("/?tab=oee", "/?tab=oee"), ("//elsewhere.example/", "/"), ("https://elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
    ])
    def test_it_goes_on_at_a_local_path_only(self, visitor, given, expected):
        answer = visitor.send("POST", "/session/switch", data={
            "csrf_token": self.token(visitor), "tenant": "south", "next": given})
        assert (answer.status_code, answer.headers["Location"]) == (303, expected)


def test_a_form_of_another_page_does_not_sign_out_of_the_api(system, north):
    """Only routes of pages look for the token in a form; everywhere else it is a header."""
    visitor = PageVisitor(system.base)
    assert visitor.sign_in(north.user("VIEWER")).status_code == 303
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = visitor.send("POST", "/auth/logout", data="x=1", headers=form | {"Accept": "application/json"})
    check_problem(answer, 403, "csrf_failed")
    page = visitor.get("/")
    assert page.status_code == 200
    token = re.search(r'<meta name="csrf-token" content="([^"]+)"', page.text)[1]
    assert visitor.send("POST", "/auth/logout", headers={"X-CSRF-Token": token}).status_code == 204
    assert eventually(lambda: visitor.get("/").status_code == 303, 25)
