"""Renewing tokens while other things happen: many at once, signing out, other rights, another tenant."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from running_system import PASSWORD, check_problem, eventually, sign_in

PLANTS = "/api/v1/plants"


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("renewed")


@pytest.fixture
def name(system, company):
    number = int(system.psql("camet_global", "SELECT count(*) FROM app_user"))
    return company.make_user("MANAGER", f"renewed-{number}")


def renew(system, token):
    return system.client().post("/auth/refresh", {"refresh_token": token})


def together(*asks) -> list:
    with ThreadPoolExecutor(len(asks)) as pool:
        return [done.result() for done in [pool.submit(ask) for ask in asks]]


def works(system, token: str) -> bool:
    status = system.client(bearer=token).get("/auth/me").status_code
    assert status in (200, 401)
    return status == 200


def reuses(system, name: str) -> int:
    return int(system.psql("camet_global", (
        "SELECT count(*) FROM audit_log JOIN app_user ON object = 'user:' || user_id "
        f"WHERE action = 'session.reused' AND username = '{name}'")))


def test_of_fifty_uses_at_once_one_wins_and_the_family_ends(system, name):
    pair, other = sign_in(system, name), sign_in(system, name)
    assert works(system, pair["access_token"])
    answers = together(*[lambda: renew(system, pair["refresh_token"])] * 50)
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    for answer in answers:
        if answer.status_code != 200:
            check_problem(answer, 401, "unauthorized")
    assert renew(system, winner["refresh_token"]).status_code == 401
    for token in (pair["access_token"], winner["access_token"]):
        assert eventually(lambda token=token: not works(system, token), 25)
    assert reuses(system, name) == 1
    # Another sign-in of the same person is another family.
    assert renew(system, other["refresh_token"]).status_code == 200
    assert works(system, other["access_token"])


def test_a_chain_of_renewals_goes_on_and_any_earlier_link_ends_it(system, name):
    pair = sign_in(system, name)
    chain = [pair]
    for _ in range(4):
        answer = renew(system, chain[-1]["refresh_token"])
        assert answer.status_code == 200
        chain.append(answer.json())
    assert len({link["refresh_token"] for link in chain}) == len({link["access_token"] for link in chain}) == 5
    # What was renewed is not taken back: access tokens live their time.
    assert all(works(system, link["access_token"]) for link in chain)
    assert renew(system, chain[1]["refresh_token"]).status_code == 401
    assert renew(system, chain[-1]["refresh_token"]).status_code == 401
    for link in chain:
        assert eventually(lambda link=link: not works(system, link["access_token"]), 25)
    assert reuses(system, name) == 1


def test_every_refusal_is_the_same(system, company, name):
    pair = sign_in(system, name)
    used, left = pair["refresh_token"], sign_in(system, name)
    assert renew(system, used).status_code == 200
    assert system.client(bearer=left["access_token"]).post("/auth/logout").status_code == 204
    given = {"X-Request-Id": "the-same-for-all"}
    texts = [used, left["refresh_token"], "invented", "", "A" * 43, used[:-1], used + "x", used.swapcase(), f" {used}",
             pair["access_token"], "é" * 43, "x" * 100_000]
    answers = [system.client().post("/auth/refresh", {"refresh_token": text}, headers=given) for text in texts]
    for answer in answers:
        check_problem(answer, 401, "unauthorized")
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}
    for body in ({}, {"refresh_token": None}, {"refresh_token": 1}, {"refresh_token": [used]}):
        check_problem(system.client().post("/auth/refresh", body), 422, "invalid")
    assert renew(system, sign_in(system, name)["refresh_token"]).status_code == 200


def test_signing_out_and_renewing_at_once_leave_nothing(system, name):
    """Whichever comes first: after both, no token of the sign-in is good."""
    for _ in range(8):
        pair = sign_in(system, name)
        client = system.client(bearer=pair["access_token"])
        renewed, out = together(
            lambda pair=pair: renew(system, pair["refresh_token"]), lambda client=client: client.post("/auth/logout"))
        assert out.status_code == 204 and renewed.status_code in (200, 401)
        if renewed.status_code == 200:
            assert renew(system, renewed.json()["refresh_token"]).status_code == 401
            assert eventually(lambda renewed=renewed: not works(system, renewed.json()["access_token"]), 25)
        assert eventually(lambda pair=pair: not works(system, pair["access_token"]), 25)
    assert works(system, sign_in(system, name)["access_token"])


def test_renewing_and_disabling_at_once_leave_nothing(system, company, name):
    admin = company.client("ADMIN")
    pairs = [sign_in(system, name) for _ in range(6)]
    number = system.client(bearer=pairs[0]["access_token"]).read("/auth/me")["user"]["user_id"]
    body = {"username": name, "email": f"{name}@example.com", "role": "MANAGER", "is_active": False}
    answers = together(*[lambda pair=pair: renew(system, pair["refresh_token"]) for pair in pairs],
                       lambda: admin.put(f"/api/v1/users/{number}", body))
    assert answers[-1].status_code == 200, answers[-1].text
    assert all(answer.status_code in (200, 401) for answer in answers[:-1])
    made = pairs + [answer.json() for answer in answers[:-1] if answer.status_code == 200]
    for pair in made:
        assert eventually(lambda pair=pair: not works(system, pair["access_token"]), 25)
        assert renew(system, pair["refresh_token"]).status_code == 401
    assert admin.put(f"/api/v1/users/{number}", body | {"is_active": True}).status_code == 200
    # What has ended does not come back with the person.
    assert not any(works(system, pair["access_token"]) for pair in made)
    assert works(system, sign_in(system, name)["access_token"])


@pytest.mark.parametrize("change", [
    "UPDATE app_user SET disabled_at = now() WHERE username = '{name}'",
    "DELETE FROM membership USING app_user WHERE membership.user_id = app_user.user_id AND username = '{name}'",
], ids=["disabled", "no member any more"])
def test_whoever_may_not_sign_in_renews_nothing(system, name, change):
    """Also where only the user or his membership says so and the sign-in has not been ended."""
    pair = sign_in(system, name)
    system.psql("camet_global", change.format(name=name))
    check_problem(renew(system, pair["refresh_token"]), 401, "unauthorized")
    assert eventually(lambda: not works(system, pair["access_token"]), 25)


def test_a_suspended_tenant_renews_nothing_and_takes_no_token_away(system):
    tenant = system.make_tenant("renewed-held")
    pair = sign_in(system, tenant.user("VIEWER"))
    state = "UPDATE tenant SET state = '{}' WHERE slug = 'renewed-held'"
    system.psql("camet_global", state.format("suspended"))
    for _ in range(2):
        check_problem(renew(system, pair["refresh_token"]), 403, "tenant_suspended")
    system.psql("camet_global", state.format("active"))
    renewed = renew(system, pair["refresh_token"])
    assert renewed.status_code == 200, "what could not be renewed counts as used"
    assert eventually(lambda: works(system, renewed.json()["access_token"]), 25)


def test_a_renewed_token_has_the_rights_of_now(system, company, name):
    pair = sign_in(system, name)
    assert system.client(bearer=pair["access_token"]).post(PLANTS, {}).status_code == 422
    system.camet("user", "grant", "--username", name, "--tenant", "renewed", "--role", "VIEWER")
    renewed = renew(system, pair["refresh_token"]).json()
    client = system.client(bearer=renewed["access_token"])
    assert client.read("/auth/me")["role"] == "VIEWER"
    check_problem(client.post(PLANTS, {}), 403, "forbidden")
    # The one that says more than he may is no good.
    assert eventually(lambda: not works(system, pair["access_token"]), 25)


def test_switching_many_times_at_once_makes_as_many_sign_ins_that_end_by_themselves(system, company, name):
    system.make_tenant("renewed-other")
    system.camet("user", "grant", "--username", name, "--tenant", "renewed-other", "--role", "VIEWER")
    old = system.client(bearer=sign_in(system, name, tenant="renewed")["access_token"])
    pairs = [answer.json() for answer in together(*[lambda: old.post("/auth/switch",
                                                                     {"tenant": "renewed-other"})] * 10)]
    me = [system.client(bearer=pair["access_token"]).read("/auth/me") for pair in pairs]
    assert {(one["tenant"]["slug"], one["role"]) for one in me} == {("renewed-other", "VIEWER")}
    assert len({pair["refresh_token"] for pair in pairs}) == 10
    assert old.read("/auth/me")["tenant"]["slug"] == "renewed"
    # The reuse of one's refresh token ends that one.
    assert renew(system, pairs[0]["refresh_token"]).status_code == 200
    assert renew(system, pairs[0]["refresh_token"]).status_code == 401
    assert eventually(lambda: not works(system, pairs[0]["access_token"]), 25)
    assert all(works(system, pair["access_token"]) for pair in pairs[1:])
    assert old.get("/auth/me").status_code == 200


def test_a_switch_and_the_end_of_the_sign_in_it_is_asked_with_leave_nothing_that_is_not_listed(system, company, name):
    """Either the switch came first, and the new sign-in is one's own to end; or it is refused."""
    system.camet("tenant", "create", "--slug", f"{name}-b", "--name", "B", "--timezone", "UTC")
    system.camet("user", "grant", "--username", name, "--tenant", f"{name}-b", "--role", "VIEWER")
    stays = system.client(bearer=sign_in(system, name, tenant="renewed")["access_token"])
    for _ in range(6):
        old = system.client(bearer=sign_in(system, name, tenant="renewed")["access_token"])
        switched, out = together(lambda old=old: old.post("/auth/switch", {"tenant": f"{name}-b"}),
                                 lambda: stays.delete("/auth/sessions"))
        assert out.status_code == 204 and switched.status_code in (200, 401)
        assert eventually(lambda old=old: old.get("/auth/me").status_code == 401, 25)
        listed = [one for one in stays.read("/auth/sessions")["items"] if not one["current"]]
        if switched.status_code == 200:
            token = switched.json()["access_token"]
            assert works(system, token) == bool(listed) or eventually(lambda token=token: not works(system, token), 25)
        else:
            assert listed == []
        assert stays.delete("/auth/sessions").status_code == 204


def test_the_password_is_changed_while_tokens_are_renewed(system, company, name):
    pair, others = sign_in(system, name), [sign_in(system, name) for _ in range(5)]
    client = system.client(bearer=pair["access_token"])
    answers = together(
        *[lambda other=other: renew(system, other["refresh_token"]) for other in others],
        lambda: client.post("/auth/password",
                            {"current_password": PASSWORD, "new_password": "another password of one"}))
    assert answers[-1].status_code == 204
    made = others + [answer.json() for answer in answers[:-1] if answer.status_code == 200]
    for other in made:
        assert eventually(lambda other=other: not works(system, other["access_token"]), 25)
        assert renew(system, other["refresh_token"]).status_code == 401
    assert works(system, pair["access_token"])
    assert renew(system, pair["refresh_token"]).status_code == 200
