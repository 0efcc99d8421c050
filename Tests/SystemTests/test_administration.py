"""The pages of the administration: who may, every kind's form there and back, what is refused, what is told before."""

import itertools
import re

import pytest

from administration import Administrator, faults, text_of
from event_stream import EventStream
from master_data import API, ID_FIELDS, bodies
from running_system import PlantData

NUMBERS = itertools.count(1)
# By the pages' names, what the API calls them.
RESOURCES = {
    "plants": "plants", "lines": "production-lines", "areas": "areas", "products": "products", "rates": "ideal-rates",
    "groups": "line-groups", "shifts": "shifts", "calendar": "calendar-exceptions", "failures": "failures",
    "incidents": "incidents",
}
NEVER = 2147483647
MANAGERS = {"SUPER_ADMIN", "ADMIN", "MANAGER"}
ADMINS = {"SUPER_ADMIN", "ADMIN"}
ROLES = ["SUPER_ADMIN", "ADMIN", "MANAGER", "OPERATOR", "VIEWER"]
PAGES = (
    [("/admin", MANAGERS), ("/admin/devices", MANAGERS), ("/admin/layouts", MANAGERS),
     ("/admin/layouts/VIEWER", MANAGERS)] + [(f"/admin/{kind}", MANAGERS) for kind in RESOURCES]
    + [(f"/admin/{kind}/new", MANAGERS) for kind in RESOURCES]
    + [(path, ADMINS) for path in ("/admin/users", "/admin/users/new", "/admin/keys", "/admin/keys/new", "/admin/settings",
                                   "/admin/audit")])


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("administered")


@pytest.fixture(scope="module")
def plant(company):
    return PlantData(company.client("MANAGER"), code="ADM1")


@pytest.fixture(scope="module")
def api(company):
    return company.client("ADMIN")


@pytest.fixture(scope="module")
def admin(system, company, plant):
    return Administrator(system, company.user("ADMIN"))


@pytest.fixture(scope="module")
def visitors(system, company, plant):
    return {role: Administrator(system, company.user(role)) for role in ROLES}


# Who may


@pytest.mark.parametrize("path,allowed", PAGES, ids=[path for path, _ in PAGES])
def test_a_page_is_for_whom_the_api_lets_change_what_it_shows(system, company, visitors, path, allowed):
    got = {role: visitor.get(path).status_code for role, visitor in visitors.items()}
    assert got == {role: 200 if role in allowed else 403 for role in ROLES}
    answer = system.client().get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/login")
    for who in ("ADMIN", "key:write"):
        answer = company.client(who).get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 303, who


def test_the_bar_leads_there_only_whom_it_is_for(visitors):
    for role, visitor in visitors.items():
        assert ('href="/admin"' in visitor.get("/").text) == (role in MANAGERS), role
    assert 'href="/admin/users"' in visitors["ADMIN"].get("/admin").text
    assert 'href="/admin/users"' not in visitors["MANAGER"].get("/admin").text


@pytest.mark.parametrize("path", [
    "/admin/lines/new", f"/admin/lines/{NEVER}", f"/admin/lines/{NEVER}/delete", f"/admin/lines/{NEVER}/check",
    "/admin/users/new", f"/admin/keys/{NEVER}/delete", "/admin/settings/retention.hot_months",
    "/admin/devices", f"/admin/devices/{NEVER}/renew", f"/admin/devices/{NEVER}/revoke",
    "/admin/layouts/VIEWER", "/admin/layouts/VIEWER/delete"])
def test_a_form_needs_the_token_of_its_session(system, admin, company, path):
    other = Administrator(system, company.make_user("ADMIN", f"token-{next(NUMBERS)}"))
    theirs = dict(other.form("/admin/lines/new"))["csrf_token"]
    for data in ({}, {"csrf_token": ""}, {"csrf_token": theirs}):
        assert admin.send("POST", path, data=data).status_code == 403, data
    own = dict(admin.form("/admin/lines/new"))["csrf_token"]
    assert admin.send("POST", path, data={"csrf_token": own}, headers={"Origin": "https://elsewhere"}).status_code == 403
    assert admin.send("POST", path, data={"csrf_token": own}).status_code != 403


# Every kind, there and back


@pytest.mark.parametrize("kind", RESOURCES)
def test_an_object_stays_as_it_is_when_its_form_is_saved_untouched(admin, api, plant, kind):
    resource = RESOURCES[kind]
    for number in range(2):
        # The second body is inactive, other and full.
        made = api.make(resource, **bodies(resource, plant, api)[number])
        path = f"/admin/{kind}/{made[ID_FIELDS[resource]]}"
        answer = admin.submit(path)
        assert answer.status_code == 303, (answer.status_code, faults(answer), text_of(answer)[:1500])
        assert answer.headers["Location"] == f"{path}?done=saved"
        assert api.read(f"{API}/{resource}/{made[ID_FIELDS[resource]]}") == made


@pytest.mark.parametrize("kind", RESOURCES)
def test_a_form_adds_what_it_says(admin, api, plant, kind):
    resource = RESOURCES[kind]
    example = api.make(resource, **bodies(resource, plant, api)[0])
    path = f"/admin/{kind}/{example[ID_FIELDS[resource]]}"
    filled = [(name, value) for name, value in admin.form(path)
              if name not in ("etag", "effective", "effective_date")]
    fresh = [(name, f"new-{next(NUMBERS)}" if name.endswith("_code") or name in ("area_name", "group_name") else value)
             for name, value in filled]
    if kind == "rates":
        product = api.make("products", product_code=f"new-{next(NUMBERS)}", product_name="N")["product_id"]
        fresh = [(name, str(product) if name == "product_id" else value) for name, value in fresh]
    answer = admin.submit(f"/admin/{kind}/new", form=fresh)
    assert answer.status_code == 303, (faults(answer), text_of(answer)[:1500])
    assert answer.headers["Location"] == f"/admin/{kind}?done=added"
    newest = max((item for item in api.read(f"{API}/{resource}?limit=1000")["items"]),
                 key=lambda item: item[ID_FIELDS[resource]])
    assert newest[ID_FIELDS[resource]] > example[ID_FIELDS[resource]]
    own = {name for name in example if name.endswith(("_code", "_id"))} | {
        "area_name", "group_name", "versions", "valid_from"}
    assert {name: newest[name] for name in newest if name not in own} == {
        name: example[name] for name in example if name not in own}


@pytest.mark.parametrize("kind", [*RESOURCES, "users", "keys"])
def test_nobody_else_s_object_is_there(system, admin, kind):
    assert admin.get(f"/admin/{kind}/{NEVER}").status_code == 404
    assert admin.get(f"/admin/{kind}/{NEVER}/delete").status_code == 404
    assert admin.get(f"/admin/{kind}/abc").status_code == 404


def test_another_company_s_object_is_as_one_that_never_was(system, admin, company, plant):
    other = system.make_tenant("administered-other")
    others_plant = PlantData(other.client("MANAGER"), code="ADM2")
    # Enough of them that the number is none of the own.
    line = others_plant.line
    while line <= plant.line:
        line = other.client("MANAGER").make(
            "production-lines", plant_id=others_plant.plant, line_code=f"X{next(NUMBERS)}", line_name="X")["line_id"]
    known = {item["line_id"] for item in company.client("ADMIN").read(f"{API}/production-lines?limit=1000")["items"]}
    while line in known:
        line = other.client("MANAGER").make(
            "production-lines", plant_id=others_plant.plant, line_code=f"X{next(NUMBERS)}", line_name="X")["line_id"]
    there = Administrator(system, other.user("ADMIN"))
    assert there.get(f"/admin/lines/{line}").status_code == 200
    token = dict(admin.form("/admin/lines/new"))["csrf_token"]
    for method, path, data in (("GET", f"/admin/lines/{line}", None), ("POST", f"/admin/lines/{line}", {}),
                               ("POST", f"/admin/lines/{line}/check", {}), ("GET", f"/admin/lines/{line}/delete", None),
                               ("POST", f"/admin/lines/{line}/delete", {})):
        answer = admin.send(method, path, data=None if data is None else {"csrf_token": token})
        assert answer.status_code == 404, (method, path)
    assert there.get(f"/admin/lines/{line}").status_code == 200


# What is refused


def test_what_the_api_refuses_stands_beside_its_field(admin, plant):
    answer = admin.submit(
        f"/admin/lines/{plant.line}", line_name="", downtime_threshold_seconds="0", rate_per_minute="fast",
        target_oee="120", micro_stop_seconds="86401")
    assert answer.status_code == 422
    assert set(faults(answer)) == {
        "line_name", "downtime_threshold_seconds", "rate_per_minute", "target_oee", "micro_stop_seconds"}
    assert "0…100" in faults(answer)["target_oee"]
    # What was typed is still there, and the summary leads to each field.
    assert 'value="fast"' in answer.text and 'href="#field-rate_per_minute"' in answer.text
    assert answer.text.count("aria-invalid") == 5
    assert 'id="field-line_name" name="line_name" type="text" value=""' in answer.text


def test_a_code_that_is_taken_is_told_at_its_field(admin, api, plant):
    code = f"taken-{next(NUMBERS)}"
    api.make("products", product_code=code, product_name="One")
    answer = admin.submit("/admin/products/new", product_code=code, product_name="Two")
    assert answer.status_code == 409 and set(faults(answer)) == {"product_code"}
    assert admin.submit("/admin/products/new", product_code=f"{code}!", product_name="Two").status_code == 303


def test_what_is_typed_is_judged_before_it_is_sent(admin, api, plant):
    form = admin.form(f"/admin/lines/{plant.line}")
    before = api.read(f"{API}/production-lines/{plant.line}")
    path = f"/admin/lines/{plant.line}/check"
    assert faults(admin.submit(path, form=form)) == {}
    assert set(faults(admin.submit(path, form=form, downtime_threshold_seconds="x", line_name=""))) == {
        "downtime_threshold_seconds"}, "what is only missing waits"
    api.make("production-lines", plant_id=plant.plant, line_code=f"judged-{plant.line}", line_name="J")
    assert set(faults(admin.submit(path, form=form, line_code=f"judged-{plant.line}"))) == {"line_code"}
    assert api.read(f"{API}/production-lines/{plant.line}") == before


@pytest.mark.parametrize("typed,stored", [("12,5", 12.5), ("12.5", 12.5), ("1.234,5", 1234.5), ("30", 30.0)])
def test_numbers_have_a_comma_or_a_point(admin, api, plant, typed, stored):
    made = api.make("production-lines", plant_id=plant.plant, line_code=f"n-{next(NUMBERS)}", line_name="N")
    path = f"/admin/lines/{made['line_id']}"
    assert admin.submit(path, rate_per_minute=typed, effective="before").status_code == 303
    assert api.read(f"{API}/production-lines/{made['line_id']}")["rate_per_minute"] == stored


def test_a_lost_update_shows_both_versions_and_loses_nothing(admin, api, plant):
    made = api.make("products", product_code=f"lost-{next(NUMBERS)}", product_name="Before")
    path = f"/admin/products/{made['product_id']}"
    form = admin.form(path)
    body = {"product_code": made["product_code"], "product_name": "Theirs"}
    assert api.put(f"{API}/products/{made['product_id']}", body).status_code == 200
    answer = admin.submit(path, form=form, product_name="Mine")
    assert answer.status_code == 412
    shown = text_of(answer)
    assert "Theirs" in shown and "Mine" in shown
    assert api.read(f"{API}/products/{made['product_id']}")["product_name"] == "Theirs"
    # The form that is shown now is against what is there now.
    tag = re.search(r'name="etag" value="([^"]+)"', answer.text)[1]
    assert tag != dict(form)["etag"]
    again = [(name, tag if name == "etag" else value) for name, value in form]
    assert admin.submit(path, form=again, product_name="Mine").status_code == 303
    assert api.read(f"{API}/products/{made['product_id']}")["product_name"] == "Mine"


def test_markup_in_names_is_text(admin, api, plant):
    name = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    made = api.make("products", product_code=f"{name}{next(NUMBERS)}", product_name=name)
    line = api.make("production-lines", plant_id=plant.plant, line_code=f"{name}{next(NUMBERS)}", line_name=name)
    for path in ("/admin/products", f"/admin/products/{made['product_id']}", f"/admin/products/{made['product_id']}/delete",
                 "/admin/lines", f"/admin/lines/{line['line_id']}", "/admin/areas/new", "/admin/shifts/new",
                 f"/admin/lines?q={name}", "/admin/audit"):
        page = admin.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text and "<img src=x" not in page.text, path
    assert "&lt;script&gt;alert(1)" in admin.get("/admin/products").text
    answer = admin.submit("/admin/products/new", product_code=name, product_name=name, weight_kg="heavy" + name)
    assert answer.status_code == 422 and "<script>alert" not in answer.text and "&lt;script&gt;alert(1)" in answer.text


def test_a_list_is_searched_without_case_and_accents(admin, api, plant):
    mark = f"q{next(NUMBERS)}z"
    api.make("products", product_code=f"{mark}-1", product_name="Azúcar fina")
    api.make("products", product_code=f"{mark}-2", product_name="Harina")
    found = admin.get(f"/admin/products?q={mark} AZUCAR").text
    assert f"{mark}-1" in found and f"{mark}-2" not in found
    assert f"{mark}-2" in admin.get(f"/admin/products?q={mark}").text
    nothing = admin.get(f"/admin/products?q={mark}-never")
    assert nothing.status_code == 200 and f"{mark}-1" not in nothing.text


# Versions


def test_a_change_holds_from_today_unless_it_is_chosen_otherwise(admin, api, plant):
    made = api.make("production-lines", plant_id=plant.plant, line_code=f"v-{next(NUMBERS)}", line_name="V",
                    rate_per_minute=10)
    path, address = f"/admin/lines/{made['line_id']}", f"{API}/production-lines/{made['line_id']}"
    assert admin.submit(path, rate_per_minute="20").status_code == 303
    after = api.read(address)
    assert [version["rate_per_minute"] for version in after["versions"]] == [10, 20]
    assert after["valid_from"] is not None and after["rate_per_minute"] == 20
    # What has no versions makes none.
    assert admin.submit(path, line_name="Renamed").status_code == 303
    assert len(api.read(address)["versions"]) == 2
    # Also before corrects the version in force.
    assert admin.submit(path, rate_per_minute="25", effective="before").status_code == 303
    assert [version["rate_per_minute"] for version in api.read(address)["versions"]] == [10, 25]
    # From a date, here between the two.
    assert admin.submit(path, rate_per_minute="15", effective="date", effective_date="2026-01-05").status_code == 303
    assert [version["rate_per_minute"] for version in api.read(address)["versions"]] == [10, 15, 25]
    assert api.read(address)["versions"][1]["valid_from"] == "2026-01-05T03:00:00Z"
    answer = admin.submit(path, rate_per_minute="16", effective="date", effective_date="")
    assert answer.status_code == 422 and len(api.read(address)["versions"]) == 3


def test_a_version_to_come_stays_when_only_the_name_changes(admin, api, plant):
    body = {"plant_id": plant.plant, "line_code": f"f-{next(NUMBERS)}", "line_name": "F", "rate_per_minute": 10}
    made = api.make("production-lines", **body)
    address = f"{API}/production-lines/{made['line_id']}"
    assert api.put(address, body | {"rate_per_minute": 99, "valid_from": "2099-01-01"}).status_code == 200
    path = f"/admin/lines/{made['line_id']}"
    assert 'value="before"' not in admin.get(path).text, "the version since ever cannot be addressed"
    assert admin.submit(path, line_name="Renamed").status_code == 303
    after = api.read(address)
    assert after["line_name"] == "Renamed"
    assert [version["rate_per_minute"] for version in after["versions"]] == [10, 99]


# Deleting


def test_deleting_says_first_what_will_happen_and_changes_nothing_until_it_is_done(admin, api, company, plant):
    made = api.make("production-lines", plant_id=plant.plant, line_code=f"d-{next(NUMBERS)}", line_name="D")
    for kind in ("input", "output"):
        api.make("areas", line_id=made["line_id"], area_name=kind, area_type=kind)
    path, address = f"/admin/lines/{made['line_id']}", f"{API}/production-lines/{made['line_id']}"
    page = admin.get(f"{path}/delete")
    assert "Se borra. No se puede deshacer." in text_of(page) and "Se borran también: 2 de áreas." in text_of(page)
    assert api.read(address) == made
    answer = admin.submit(f"{path}/delete")
    assert answer.status_code == 303 and answer.headers["Location"] == "/admin/lines?done=deleted"
    assert admin.get(path).status_code == 404

    company.client("key:ingest").post(f"{API}/detections", {"detections": [plant.detection("2026-03-02T12:00:00Z")]})
    page = admin.get(f"/admin/lines/{plant.line}/delete")
    assert "Queda inactivo" in text_of(page) and "Se borra." not in text_of(page)
    assert api.read(f"{API}/production-lines/{plant.line}")["is_active"] is True


def test_a_deletion_of_what_has_changed_is_refused(admin, api):
    made = api.make("products", product_code=f"dd-{next(NUMBERS)}", product_name="One")
    path = f"/admin/products/{made['product_id']}/delete"
    form = admin.form(path)
    api.put(f"{API}/products/{made['product_id']}", {"product_code": made["product_code"], "product_name": "Two"})
    assert admin.submit(path, form=form).status_code == 412
    assert api.read(f"{API}/products/{made['product_id']}")["product_name"] == "Two"
    assert admin.submit(path).status_code == 303


# History


def test_the_history_tells_who_changed_what(admin, api, company, visitors, plant):
    made = api.make("products", product_code=f"h-{next(NUMBERS)}", product_name="Once")
    path = f"/admin/products/{made['product_id']}"
    assert admin.submit(path, product_name="Twice").status_code == 303
    shown = text_of(admin.get(path))
    assert f"Cambio · {company.user('ADMIN')}" in shown and "Once → Twice" in shown
    # A manager sees the form, and no log.
    assert "Once → Twice" not in text_of(visitors["MANAGER"].get(path))
    # The page's change and the API's are the same entry.
    entry = api.read(f"{API}/audit?object=product:{made['product_id']}&limit=1")["items"][0]
    assert entry["action"] == "product.changed" and entry["detail"]["method"] == "PUT"


@pytest.mark.parametrize("kind", [*RESOURCES, "users", "keys", "devices", "layouts"])
def test_every_form_shows_its_history_to_whoever_may_read_the_log(admin, api, company, visitors, plant, kind):
    name = f"history-{next(NUMBERS)}"
    match kind:
        case "users":
            number = api.make("users", username=name, email=f"{name}@example.com", role="VIEWER",
                              password="a long password of the tests")["user_id"]
        case "keys":
            number = api.make("api-keys", name=name, scopes=["read"])["api_key_id"]
        case "devices":
            number = api.make("devices", kind="station", name=name, line_ids=[plant.line])["device_id"]
        case "layouts":
            api.make("layouts", role="OPERATOR", widgets=[], filters=["DateRangeFilter"])
            number = "OPERATOR"
        case _:
            made = api.make(RESOURCES[kind], **bodies(RESOURCES[kind], plant, api)[0])
            number = made[ID_FIELDS[RESOURCES[kind]]]
    path = f"/admin/{kind}/{number}"
    shown = text_of(admin.get(path))
    assert "Historial" in shown and f"Creación · {company.user('ADMIN')}" in shown
    # The control: a manager sees the form, where it is for him, and no log.
    if kind not in ("users", "keys"):
        answer = visitors["MANAGER"].get(path)
        assert answer.status_code == 200 and "Historial" not in text_of(answer)


# Seen at once


def test_whoever_follows_hears_of_a_change_and_other_companies_do_not(system, admin, api, company, plant):
    other = system.make_tenant("administered-deaf")
    others_plant = PlantData(other.client("MANAGER"), code="ADM3")
    with EventStream(company.client("VIEWER")) as ours, EventStream(other.client("VIEWER")) as theirs:
        made = api.make("products", product_code=f"e-{next(NUMBERS)}", product_name="E")
        ours.wait("master_data")
        assert admin.submit(f"/admin/products/{made['product_id']}", product_name="Other").status_code == 303
        ours.wait("master_data")
        # A refusal is no change; the next event is that of the change after it.
        assert admin.submit(f"/admin/products/{made['product_id']}", product_name="").status_code == 422
        other.client("key:ingest").post(f"{API}/detections", {"detections": [others_plant.detection("2026-03-02T12:00:00Z")]})
        theirs.wait("detection_counts")
        assert all(event.name != "master_data" for event in list(theirs.events.queue))


def test_a_change_by_sql_is_heard_of_too(system, company, api, plant):
    made = api.make("products", product_code=f"s-{next(NUMBERS)}", product_name="S")
    with EventStream(company.client("VIEWER")) as stream:
        system.psql(company.database, f"UPDATE product SET product_name = 'T' WHERE product_id = {made['product_id']}")
        stream.wait("master_data")
