"""People, keys, settings and the audit log, by pages."""

import itertools
import re

import pytest

from administration import Administrator, faults, text_of
from master_data import API
from running_system import PASSWORD, PlantData, eventually, sign_in

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("accessed")


@pytest.fixture(scope="module")
def plant(company):
    return PlantData(company.client("MANAGER"), code="ACC1")


@pytest.fixture(scope="module")
def api(company):
    return company.client("ADMIN")


@pytest.fixture(scope="module")
def admin(system, company, plant):
    return Administrator(system, company.user("ADMIN"))


def member(api, name: str) -> dict:
    return next(item for item in api.read(f"{API}/users?q={name}")["items"] if item["username"] == name)


def test_a_person_is_added_changed_and_taken_out(system, admin, api, plant):
    name = f"person-{next(NUMBERS)}"
    given = {"username": name, "email": f"{name}@example.com", "role": "OPERATOR", "password": PASSWORD,
             "permissions": ["export_data"], "plant_ids": [str(plant.plant)]}
    answer = admin.submit("/admin/users/new", **given | {"password": "short"})
    assert answer.status_code == 422 and set(faults(answer)) == {"password"} and "short" not in answer.text
    assert admin.submit("/admin/users/new", **given).status_code == 303
    made = member(api, name)
    assert (made["role"], made["permissions"], made["plant_ids"], made["is_active"]) == (
        "OPERATOR", ["export_data"], [plant.plant], True)
    path = f"/admin/users/{made['user_id']}"
    assert admin.submit(path, role="MANAGER", plant_ids=None).status_code == 303
    changed = member(api, name)
    assert (changed["role"], changed["plant_ids"], changed["permissions"]) == ("MANAGER", None, ["export_data"])
    assert sign_in(system, name)["access_token"], "the password stays when none is typed"
    again = admin.submit("/admin/users/new", **given)
    assert again.status_code == 409 and set(faults(again)) >= {"username"}
    assert "Deja de pertenecer" in text_of(admin.get(f"{path}/delete"))
    assert admin.submit(f"{path}/delete").status_code == 303
    assert admin.get(path).status_code == 404


def test_nobody_is_given_more_than_he_who_gives_has_and_the_last_administrator_stays(system, admin, api, company):
    role = "SUPER_ADMIN"
    name = f"greedy-{next(NUMBERS)}"
    answer = admin.submit("/admin/users/new", username=name, email=f"{name}@example.com", role=role, password=PASSWORD)
    assert answer.status_code == 403 and "Su rol" in text_of(answer)
    alone = system.make_tenant("accessed-alone")
    only = Administrator(system, alone.user("ADMIN"))
    number = member(alone.client("ADMIN"), alone.user("ADMIN"))["user_id"]
    answer = only.submit(f"/admin/users/{number}", role="VIEWER")
    assert answer.status_code == 409 and "sin administrador" in text_of(answer)
    assert only.submit(f"/admin/users/{number}/delete").status_code == 409
    assert member(alone.client("ADMIN"), alone.user("ADMIN"))["role"] == "ADMIN"


def test_a_key_is_shown_once_works_and_is_revoked(system, admin, api, plant):
    name = f"key-{next(NUMBERS)}"
    form = admin.form("/admin/keys/new")
    answer = admin.submit("/admin/keys/new", form=form, name=name, scopes=None)
    assert answer.status_code == 422 and set(faults(answer)) == {"scopes"}
    answer = admin.submit(
        "/admin/keys/new", form=form, name=name, scopes=["read"], addresses="127.0.0.0/8\n10.0.0.0/8",
        expires_at="2099-01-01T00:00")
    assert answer.status_code == 200
    key = re.search(r'id="secret">(camet_[^<]+)<', answer.text)[1]
    assert answer.headers["Cache-Control"] if "Cache-Control" in answer.headers else True
    made = next(item for item in api.read(f"{API}/api-keys")["items"] if item["name"] == name)
    assert (made["scopes"], made["addresses"], made["expires_at"]) == (
        ["read"], ["127.0.0.0/8", "10.0.0.0/8"], "2099-01-01T03:00:00Z")
    assert system.client(key=key).get(f"{API}/plants").status_code == 200
    path = f"/admin/keys/{made['api_key_id']}"
    for page in (admin.get(path), admin.get("/admin/keys")):
        assert page.status_code == 200 and key not in page.text
    assert admin.submit(path, name=f"{name}!").status_code == 303
    assert system.client(key=key).get(f"{API}/plants").status_code == 200
    assert admin.submit(f"{path}/delete").status_code == 303
    assert eventually(lambda: system.client(key=key).get(f"{API}/plants").status_code == 401, 25)


def test_settings_are_changed_and_refused(admin, api):
    key = "line.default_downtime_threshold_seconds"
    path = f"/admin/settings/{key}"
    form = admin.form("/admin/settings", path)
    assert dict(form)["value"] == "300"
    answer = admin.submit(path, form=form, value="0")
    assert answer.status_code == 422 and "1…86400" in text_of(answer) and 'value="0"' in answer.text
    assert admin.submit(path, form=form, value="240").status_code == 303
    assert api.read(f"{API}/settings/{key}")["value"] == 240
    assert admin.submit(path, form=form, value="250").status_code == 412, "somebody else changed it meanwhile"
    assert admin.submit(path, form=admin.form("/admin/settings", path), value="300").status_code == 303
    roles = "/admin/settings/sign_in.two_factor_roles"
    assert admin.submit(roles, form=admin.form("/admin/settings", roles), value=["VIEWER"]).status_code == 303
    assert api.read(f"{API}/settings/sign_in.two_factor_roles")["value"] == ["VIEWER"]
    assert admin.submit(roles, form=admin.form("/admin/settings", roles), value=None).status_code == 303
    assert api.read(f"{API}/settings/sign_in.two_factor_roles")["value"] == []
    token = dict(form)["csrf_token"]
    assert admin.send("POST", "/admin/settings/none.such", data={"csrf_token": token}).status_code == 404


def test_the_audit_log_is_searched(admin, api, company):
    code = f"audited-{next(NUMBERS)}"
    made = api.make("products", product_code=code, product_name="A")
    page = admin.get(f"/admin/audit?q={code}")
    assert page.status_code == 200
    assert f"product:{made['product_id']}" in page.text and f'href="/admin/products/{made["product_id"]}"' in page.text
    assert company.user("ADMIN") in page.text
    for path, is_there in ((f"?q={code}&action=product.", True), (f"?q={code}&action=session.", False),
                           (f"?q={code}&from=2020-01-01&to=2099-01-01", True), (f"?q={code}&to=2020-01-01", False)):
        assert (f"product:{made['product_id']}" in admin.get(f"/admin/audit{path}").text) == is_there, path


def test_what_the_audit_log_cannot_be_searched_for_shows_nothing_of_it(admin, company):
    """Never all of it instead. What the form leaves empty is no fault."""
    for query in ("from=x", "to=2026-02-30", "from=2026-1-1", "from=2026-01-01&from=2020-01-01", "q=%ff", "colour=red",
                  "from=2026-01-01T00:00:00Z"):
        page = admin.get(f"/admin/audit?{query}")
        assert page.status_code == 422 and page.headers["Content-Type"].startswith("text/html"), query
        assert "session.started" not in page.text, query
    page = admin.get("/admin/audit?q=&action=&from=2020-01-01&to=")
    assert page.status_code == 200 and "session.started" in page.text


def test_it_reads_in_both_languages(system, company, plant):
    for language, word in (("es", "Agregar línea"), ("en", "Add line")):
        visitor = Administrator(system, company.user("ADMIN"))
        visitor.session.cookies.set("camet_language", language)
        page = visitor.get("/admin/lines")
        assert word in page.text and f'<html lang="{language}"' in page.text
        shown = text_of(visitor.get(f"/admin/lines/{plant.line}"))
        assert "admin." not in shown


def test_somebody_limited_to_plants_has_no_pages_about_all_of_them(system, company, api, plant):
    name = f"limited-{next(NUMBERS)}"
    answer = api.post(f"{API}/users", {
        "username": name, "email": f"{name}@example.com", "role": "ADMIN", "password": PASSWORD,
        "plant_ids": [plant.plant]})
    assert answer.status_code == 201
    other = PlantData(company.client("MANAGER"), code="ACC2")
    limited = Administrator(system, name)
    shown = limited.get("/admin").text
    assert 'href="/admin/lines"' in shown and 'href="/admin/audit"' not in shown and 'href="/admin/keys"' not in shown
    assert limited.get("/admin/audit").status_code == 403
    assert limited.get(f"/admin/lines/{plant.line}").status_code == 200
    assert limited.get(f"/admin/lines/{other.line}").status_code == 404
    assert limited.submit("/admin/plants/new", plant_code="x", plant_name="x", timezone="UTC").status_code == 403
