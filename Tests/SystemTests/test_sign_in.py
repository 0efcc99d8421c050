"""Signing in with a password, renewing, signing out."""

import pytest

from running_system import PASSWORD, check_problem, eventually, sign_in


@pytest.fixture(scope="module")
def viewer(north):
    return north.make_user("VIEWER", "north-sign-in")


def test_a_right_password_gives_tokens_that_say_who_signed_in(system, north, viewer):
    pair = sign_in(system, viewer)
    assert pair["token_type"] == "Bearer"
    assert pair["expires_in"] == 900
    me = system.client(bearer=pair["access_token"]).read("/auth/me")
    assert me["user"]["username"] == viewer
    assert me["user"]["two_factor"] is False
    assert me["tenant"]["slug"] == "north"
    assert me["tenant"]["timezone"] == "America/Argentina/Buenos_Aires"
    assert me["role"] == "VIEWER"
    assert me["permissions"] == []
    assert [membership["slug"] for membership in me["memberships"]] == ["north"]


def test_names_compare_trimmed_and_case_folded(system, viewer):
    assert sign_in(system, f" {viewer.upper()} ")["access_token"]


def test_wrong_password_unknown_user_and_unknown_tenant_are_answered_alike(system, south, viewer):
    client = system.client(source="127.0.0.10")
    given = {"X-Request-Id": "the-same-for-all"}
    bodies = [
        {"username": viewer, "password": "not the password"},
        {"username": "nobody-of-that-name", "password": PASSWORD},
        {"username": viewer, "password": PASSWORD, "tenant": "south"},
        {"username": viewer, "password": PASSWORD, "tenant": "no-such-tenant"},
    ]
    answers = [client.post("/auth/token", body, headers=given) for body in bodies]
    for answer in answers:
        check_problem(answer, 401, "invalid_credentials")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert len({answer.content for answer in answers}) == 1
    assert sign_in(system, viewer, tenant="north")["access_token"]


def test_the_sixth_failure_locks_the_account_also_for_the_right_password(system, north):
    username = north.make_user("VIEWER", "north-locked")
    client = system.client(source="127.0.0.11")
    for _ in range(5):
        check_problem(client.post("/auth/token", {"username": username, "password": "wrong password"}), 401,
                      "invalid_credentials")
    for password in ("wrong password", PASSWORD):
        answer = client.post("/auth/token", {"username": username, "password": password},
                             headers={"X-Forwarded-For": "203.0.113.9"})
        check_problem(answer, 429, "too_many_attempts")
        assert 0 < int(answer.headers["Retry-After"]) <= 900
    # Another account from the same address is not locked.
    assert sign_in(system, north.user("VIEWER"), source="127.0.0.11")


def test_a_success_forgets_the_failures_of_the_account(system, north):
    username = north.make_user("VIEWER", "north-forgiven")
    client = system.client(source="127.0.0.12")
    for _ in range(2):
        for _ in range(4):
            check_problem(client.post("/auth/token", {"username": username, "password": "wrong password"}), 401,
                          "invalid_credentials")
        assert sign_in(system, username, source="127.0.0.12")


def test_the_31st_failure_of_an_address_locks_the_address_only(system, viewer):
    client = system.client(source="127.0.0.13")
    for number in range(30):
        check_problem(client.post("/auth/token", {"username": f"stranger-{number}", "password": "wrong password"}),
                      401, "invalid_credentials")
    answer = client.post("/auth/token", {"username": viewer, "password": PASSWORD},
                         headers={"X-Forwarded-For": "203.0.113.10"})
    check_problem(answer, 429, "too_many_attempts")
    assert int(answer.headers["Retry-After"]) > 0
    assert sign_in(system, viewer, source="127.0.0.14")


def test_every_attempt_is_kept_with_its_address(system, north):
    username = north.make_user("VIEWER", "north-kept")
    client = system.client(source="127.0.0.15")
    client.post("/auth/token", {"username": username, "password": "wrong password"})
    client.post("/auth/token", {"username": username, "password": PASSWORD})
    kept = system.psql("camet_global", (
        f"SELECT host(address), ok, reason FROM user_login WHERE username_folded = '{username}' ORDER BY attempted_at"))
    assert kept.split("\n") == ["127.0.0.15|f|wrong_password", "127.0.0.15|t|"]


def test_a_refresh_token_works_once_and_its_reuse_ends_the_family(system, viewer):
    client = system.client()
    first = sign_in(system, viewer)
    other_family = sign_in(system, viewer)
    answer = client.post("/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert answer.status_code == 200
    second = answer.json()
    assert second["refresh_token"] != first["refresh_token"]
    holder = system.client(bearer=second["access_token"])
    assert holder.get("/auth/me").status_code == 200

    assert client.post("/auth/refresh", {"refresh_token": first["refresh_token"]}).status_code == 401
    assert client.post("/auth/refresh", {"refresh_token": second["refresh_token"]}).status_code == 401
    assert eventually(lambda: holder.get("/auth/me").status_code == 401, 25)
    # Another sign-in of the same user is another family.
    assert client.post("/auth/refresh", {"refresh_token": other_family["refresh_token"]}).status_code == 200


def test_an_invented_refresh_token_is_refused(system):
    assert system.client().post("/auth/refresh", {"refresh_token": "invented"}).status_code == 401


def test_signing_out_ends_the_tokens_of_this_sign_in_only(system, viewer):
    left, stays = sign_in(system, viewer), sign_in(system, viewer)
    client = system.client(bearer=left["access_token"])
    assert client.get("/auth/me").status_code == 200
    assert client.send("POST", "/auth/logout").status_code == 204
    assert system.client().post("/auth/refresh", {"refresh_token": left["refresh_token"]}).status_code == 401
    assert eventually(lambda: client.get("/auth/me").status_code == 401, 25)
    assert system.client(bearer=stays["access_token"]).get("/auth/me").status_code == 200


def test_a_disabled_user_is_out_within_seconds(system, north):
    username = north.make_user("VIEWER", "north-disabled")
    client = system.client(bearer=sign_in(system, username)["access_token"])
    assert client.get("/auth/me").status_code == 200
    system.psql("camet_global", f"UPDATE app_user SET disabled_at = now() WHERE username = '{username}'")
    assert eventually(lambda: client.get("/auth/me").status_code == 401, 25)
    answer = system.client(source="127.0.0.15").post("/auth/token", {"username": username, "password": PASSWORD})
    check_problem(answer, 401, "invalid_credentials")


def test_a_suspended_tenant_is_out_within_seconds_and_back_when_resumed(system):
    tenant = system.make_tenant("suspended")
    client = tenant.client("VIEWER")
    assert client.get("/auth/me").status_code == 200
    system.psql("camet_global", "UPDATE tenant SET state = 'suspended' WHERE slug = 'suspended'")
    assert eventually(lambda: client.get("/api/v1/plants").status_code == 403, 25)
    check_problem(client.get("/api/v1/plants"), 403, "tenant_suspended")
    body = {"username": tenant.user("VIEWER"), "password": PASSWORD}
    check_problem(system.client(source="127.0.0.16").post("/auth/token", body), 401, "invalid_credentials")
    system.psql("camet_global", "UPDATE tenant SET state = 'active' WHERE slug = 'suspended'")
    assert eventually(lambda: client.get("/api/v1/plants").status_code == 200, 25)
