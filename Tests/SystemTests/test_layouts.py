"""How the dashboards of roles are arranged: stored by role, seen at once, and arranged in forms that work without scripts."""

import re

import pytest

from administration import Administrator, FormParser, text_of
from event_stream import EventStream
from master_data import API, faults
from page_visitor import PageVisitor
from running_system import PASSWORD, PlantData, check_problem, sign_in

PATH = f"{API}/layouts"
VIEWERS = f"{PATH}/5"
BODY = {
    "role": "VIEWER", "filters": ["DateRangeFilter", "ProductionLineFilter"],
    "widgets": [
        {"widget_id": "KpiOee", "tab": "produccion", "width": 4}, {"widget_id": "EventFeed", "tab": "oee", "width": 3},
        {"widget_id": "KpiTotalProduction", "tab": "produccion", "width": 1}],
}


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("arranged")


@pytest.fixture(scope="module")
def plant(company):
    return PlantData(company.client("MANAGER"), code="ARR1")


@pytest.fixture
def manager(company, plant):
    """With every layout as it is at first."""
    client = company.client("MANAGER")
    for item in client.read(PATH)["items"]:
        assert client.delete(f"{PATH}/{item['layout_id']}").status_code == 204
    return client


@pytest.fixture(scope="module")
def admin(system, company, plant):
    return Administrator(system, company.user("ADMIN"))


def seen(client) -> dict[str, list[tuple[str, int]]]:
    """The tiles of a person's dashboard with their widths, by tab."""
    return {tab["tab"]: [(place["widget_id"], place["width"]) for place in tab["widgets"]]
            for tab in client.read(f"{API}/layout")["tabs"]}


# The API


def test_a_layout_is_what_its_role_sees_until_it_is_deleted(system, company, manager):
    viewer, other = company.client("VIEWER"), company.client("OPERATOR")
    standard, others = seen(viewer), seen(other)
    made = manager.post(PATH, BODY)
    assert made.status_code == 201 and made.headers["Location"] == VIEWERS
    assert made.json() == {"layout_id": 5} | BODY | {
        "widgets": [BODY["widgets"][0], BODY["widgets"][2], BODY["widgets"][1]]}
    assert seen(viewer) == {"produccion": [("KpiOee", 4), ("KpiTotalProduction", 1)], "oee": [("EventFeed", 3)]}
    assert viewer.read(f"{API}/layout")["filters"] == BODY["filters"]
    assert seen(company.client("key:read")) == seen(viewer) and seen(other) == others != seen(viewer)
    assert manager.read(PATH) == {"items": [made.json()], "next_cursor": None}
    # Another company's are its own.
    stranger = system.make_tenant("arranged-elsewhere")
    PlantData(stranger.client("MANAGER"), code="ARR2")
    assert seen(stranger.client("VIEWER")) == standard
    check_problem(stranger.client("MANAGER").get(VIEWERS), 404, "not_found")

    answer = manager.delete(VIEWERS)
    assert answer.status_code == 204 and seen(viewer) == standard
    check_problem(manager.delete(VIEWERS), 404, "not_found")


def test_what_is_left_out_of_a_tile_is_as_in_the_standard(company, manager):
    body = BODY | {"role": "OPERATOR", "widgets": [{"widget_id": "HourByHour"}, {"widget_id": "ScatterChart"}]}
    assert manager.post(PATH, body).status_code == 201
    assert seen(company.client("OPERATOR")) == {"produccion": [("HourByHour", 2)], "oee": [("ScatterChart", 4)]}
    # Nothing at all may be shown too.
    assert manager.put(f"{PATH}/4", body | {"widgets": []}).status_code == 200
    assert seen(company.client("OPERATOR")) == {"produccion": [], "oee": []}


def test_versions_and_numbers_are_those_of_the_role(manager):
    first = manager.post(PATH, BODY)
    check_problem(manager.post(PATH, BODY), 409, "already_exists")
    assert manager.get(VIEWERS, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    changed = manager.put(VIEWERS, BODY | {"widgets": []}, headers={"If-Match": first.headers["ETag"]})
    assert changed.status_code == 200 and changed.headers["ETag"] != first.headers["ETag"]
    for ask in (lambda tag: manager.put(VIEWERS, BODY, headers={"If-Match": tag}),
                lambda tag: manager.delete(VIEWERS, headers={"If-Match": tag})):
        check_problem(ask(first.headers["ETag"]), 412, "precondition_failed")
        assert manager.read(VIEWERS)["widgets"] == []
    assert faults(manager.put(VIEWERS, BODY | {"role": "OPERATOR"})) == {"role": "not_allowed"}
    assert manager.put(VIEWERS, BODY, headers={"If-Match": changed.headers["ETag"]}).status_code == 200
    for number in ("0", "6", "2147483647", "VIEWER"):
        check_problem(manager.get(f"{PATH}/{number}"), 404, "not_found")


@pytest.mark.parametrize("change,expected", [
    ({"widgets": [{"widget_id": "KpiNothing"}]}, {"widgets[0].widget_id": "out_of_range"}),
    ({"widgets": [{"widget_id": "KpiOee"}, {"widget_id": "KpiOee", "tab": "produccion"}]},
     {"widgets[1].widget_id": "duplicate_value"}),
    ({"widgets": [{"widget_id": "KpiOee", "tab": "andon"}]}, {"widgets[0].tab": "out_of_range"}),
    ({"widgets": [{"widget_id": "KpiOee", "width": 5}]}, {"widgets[0].width": "out_of_range"}),
    ({"widgets": [{"widget_id": "KpiOee", "colour": "red"}]}, {"widgets[0].colour": "unknown_field"}),
    ({"widgets": [{"tab": "oee"}]}, {"widgets[0].widget_id": "required"}),
    ({"widgets": None}, {"widgets": "required"}),
    ({"widgets": [{"widget_id": "KpiOee"}] * 23}, {"widgets": "too_many"}),
    ({"filters": ["DateRangeFilter", "ColourFilter"]}, {"filters[1]": "out_of_range"}),
    ({"filters": ["DateRangeFilter", "DateRangeFilter"]}, {"filters[1]": "duplicate_value"}),
    ({"filters": ["PlantFilter"]}, {"filters": "required"}),
    ({"role": "GUEST"}, {"role": "out_of_range"}),
    ({"owner": 1}, {"owner": "unknown_field"}),
], ids=lambda value: str(value)[:40])
def test_a_refusal_names_the_field(company, manager, change, expected):
    before = seen(company.client("VIEWER"))
    assert faults(manager.post(PATH, BODY | change)) == expected
    assert manager.read(PATH)["items"] == [] and seen(company.client("VIEWER")) == before
    # The control.
    assert manager.post(PATH, BODY).status_code == 201


def test_whoever_sees_some_plants_reads_layouts_and_changes_none(system, company, manager, plant):
    name = "arranged-limited"
    company.client("ADMIN").make(
        "users", username=name, email=f"{name}@example.com", role="MANAGER", password=PASSWORD, plant_ids=[plant.plant])
    limited = system.client(bearer=sign_in(system, name)["access_token"])
    assert manager.post(PATH, BODY).status_code == 201
    assert limited.read(VIEWERS)["role"] == "VIEWER"
    check_problem(limited.put(VIEWERS, BODY | {"widgets": []}), 403, "forbidden")
    check_problem(limited.delete(VIEWERS), 403, "forbidden")
    check_problem(limited.post(PATH, BODY | {"role": "OPERATOR"}), 403, "forbidden")
    assert len(manager.read(PATH)["items"]) == 1 and manager.read(VIEWERS)["widgets"] != []


def test_the_audit_log_tells_the_history_of_a_roles_dashboard(company, manager):
    assert manager.post(PATH, BODY | {"role": "MANAGER"}).status_code == 201
    assert manager.put(f"{PATH}/3", BODY | {"role": "MANAGER", "widgets": []}).status_code == 200
    assert manager.delete(f"{PATH}/3").status_code == 204
    assert manager.post(PATH, BODY | {"role": "MANAGER"}).status_code == 201
    entries = company.client("ADMIN").read(f"{API}/audit?object=layout:3&limit=4")["items"]
    assert [entry["action"] for entry in entries] == [
        "layout.created", "layout.deleted", "layout.changed", "layout.created"]
    assert entries[2]["detail"]["body"]["widgets"] == []


def test_whoever_follows_hears_of_it_and_so_it_is_by_sql(system, company, manager):
    with EventStream(company.client("VIEWER")) as stream:
        assert manager.post(PATH, BODY).status_code == 201
        stream.wait("master_data")
        # Of another program; what this one does not know is left out.
        system.psql(
            company.database, "UPDATE dashboard_template SET widgets = '{KpiOee,OfTomorrow}', tabs = '{oee,oee}', widths = '{2,1}'")
        stream.wait("master_data")
        assert seen(company.client("VIEWER")) == {"produccion": [], "oee": [("KpiOee", 2)]}


# The dashboard


def test_the_dashboard_of_a_role_has_its_tiles_and_filters(system, company, manager, plant):
    visitor = PageVisitor(system.base)
    assert visitor.sign_in(company.user("VIEWER")).status_code == 303
    tiles, page = "/dashboard/tiles?tab=produccion", "/"

    def ids(address):
        return set(re.findall(r'id="tile-([A-Za-z]+)"', visitor.get(address).text))

    assert {"KpiTotalProduction", "ProductionTimeChart", "LineStatusIndicator"} <= ids(tiles)
    assert 'name="line_id"' in visitor.get(page).text and 'name="interval"' in visitor.get(page).text
    body = BODY | {"filters": ["DateRangeFilter"], "widgets": [{"widget_id": "KpiTotalProduction"}]}
    assert manager.post(PATH, body).status_code == 201
    assert ids(tiles) & {"ProductionTimeChart", "LineStatusIndicator"} == set() and "KpiTotalProduction" in ids(tiles)
    text = visitor.get(page).text
    assert 'name="line_id"' not in text and 'name="interval"' not in text and 'name="period"' in text
    # What the address says is shown, so that a link always says what it shows.
    assert 'name="line_id"' in visitor.get(f"/?line_id={plant.line}").text


# The form


def order(fields) -> dict[str, list[str]]:
    """The tiles of a form, by section."""
    found, section = {}, None
    for name, value in fields:
        if name == "section":
            section = found.setdefault(value, [])
        elif name == "widget":
            section.append(value)
    return found


def test_the_list_tells_which_roles_have_a_layout_of_their_own(admin, manager):
    page = text_of(admin.get("/admin/layouts"))
    assert page.count("Estándar") == 5 and "Propia" not in page
    assert manager.post(PATH, BODY).status_code == 201
    page = text_of(admin.get("/admin/layouts"))
    assert page.count("Estándar") == 4 and "Propia" in page
    for path in ("/admin/layouts/NOBODY", "/admin/layouts/5", "/admin/layouts/OPERATOR/delete"):
        assert admin.get(path).status_code == 404, path
    assert admin.get("/admin/layouts/VIEWER/delete").status_code == 200


def test_the_buttons_of_tiles_move_them_without_scripts_and_only_saving_stores(admin, company, manager):
    path = "/admin/layouts/VIEWER"
    form = admin.form(path)
    first = order(form)
    one, two = first["produccion"][:2]

    def press(form, value):
        answer = admin.submit(path, form=form, move=value)
        assert answer.status_code == 200 and "Todavía no se guardó." in answer.text
        parser = FormParser()
        parser.feed(answer.text)
        return parser.forms[path]

    form = press(form, f"down:{one}")
    assert order(form)["produccion"][:2] == [two, one]
    form = press(form, f"oee:{one}")
    assert order(form)["oee"][-1] == one and one not in order(form)["produccion"]
    form = press(form, f"hidden:{two}")
    assert order(form)["hidden"] == [two]
    assert manager.read(PATH)["items"] == []
    # The first cannot go further up, and what nothing says moves nothing.
    top = order(form)["produccion"][0]
    assert order(press(form, f"up:{top}")) == order(form)
    answer = admin.submit(path, form=form, move="sideways:KpiOee")
    assert answer.status_code == 200 and "Todavía no se guardó." not in answer.text

    answer = admin.submit(path, form=form)
    assert answer.status_code == 303 and answer.headers["Location"] == "/admin/layouts?done=saved"
    shown = seen(company.client("VIEWER"))
    assert {tab: [widget for widget, _ in places] for tab, places in shown.items()} == {
        section: tiles for section, tiles in order(form).items() if section != "hidden"}
    # Saved untouched it stays as it is.
    before = manager.read(VIEWERS)
    assert admin.submit(path).status_code == 303 and manager.read(VIEWERS) == before
    assert "Historial" in admin.get(path).text


def test_an_update_that_would_be_lost_is_shown(admin, company, manager):
    path = "/admin/layouts/OPERATOR"
    # Nobody had one, and somebody made one meanwhile.
    form = admin.form(path)
    assert manager.post(PATH, BODY | {"role": "OPERATOR"}).status_code == 201
    answer = admin.submit(path, form=form)
    assert answer.status_code == 412 and "Otra persona cambió esto" in answer.text
    assert manager.read(f"{PATH}/4")["widgets"] != [] and "OEE" in text_of(answer)
    # It was changed meanwhile.
    form = admin.form(path)
    assert manager.put(f"{PATH}/4", BODY | {"role": "OPERATOR", "widgets": []}).status_code == 200
    answer = admin.submit(path, form=form)
    assert answer.status_code == 412 and seen(company.client("OPERATOR")) == {"produccion": [], "oee": []}
    # It went back to the standard meanwhile.
    assert manager.delete(f"{PATH}/4").status_code == 204
    answer = admin.submit(path, form=form)
    assert answer.status_code == 412 and manager.read(PATH)["items"] == []
    # Whoever keeps his own sends the form that the refusal shows.
    parser = FormParser()
    parser.feed(answer.text)
    assert admin.submit(path, form=parser.forms[path]).status_code == 303
    assert [item["role"] for item in manager.read(PATH)["items"]] == ["OPERATOR"]


def test_going_back_to_the_standard_says_what_will_happen(admin, company, manager):
    viewer = company.client("VIEWER")
    standard = seen(viewer)
    body = BODY | {"widgets": [{"widget_id": widget, "tab": tab, "width": width} for tab, places in standard.items()
                               for widget, width in places if widget != "KpiTotalWeight"]}
    assert manager.post(PATH, body).status_code == 201
    path = "/admin/layouts/VIEWER/delete"
    page = text_of(admin.get(path))
    assert "Vuelve a verse: Peso total." in page and "Deja de verse" not in page
    stale = admin.form(path)
    assert manager.put(VIEWERS, BODY).status_code == 200
    answer = admin.submit(path, form=stale)
    assert answer.status_code == 412 and manager.read(VIEWERS)["role"] == "VIEWER"
    assert admin.submit(path).status_code == 303
    assert seen(viewer) == standard and manager.read(PATH)["items"] == []
