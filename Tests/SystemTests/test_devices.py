"""Screens and tablets of the shop floor: made, opened by their link, limited to their lines, renewed, revoked."""

import itertools
import json
import re
from datetime import datetime, timedelta, timezone

import pytest

from administration import FormParser
from page_visitor import PageVisitor
from running_system import PASSWORD, PlantData, check_problem, eventually, sign_in
from shop_floor import COOKIE, ROUTE, enrol, token_of

NUMBERS = itertools.count(1)
NEVER = 2147483647


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("screened")


@pytest.fixture(scope="module")
def plants(tenant):
    return [PlantData(tenant.client("MANAGER"), code=code) for code in ("SCR1", "SCR2")]


@pytest.fixture(scope="module")
def manager(tenant, plants):
    return tenant.client("MANAGER")


@pytest.fixture
def make(manager, plants):
    """Makes devices that are revoked after the test."""
    made = []

    def make_one(client=None, **fields) -> dict:
        body = {"kind": "station", "name": f"D{next(NUMBERS)}", "line_ids": [plants[0].line]} | fields
        answer = (client or manager).post(ROUTE, body)
        assert answer.status_code == 201, answer.text
        made.append(answer.json())
        return made[-1]

    yield make_one
    for device in made:
        manager.delete(f"{ROUTE}/{device['device_id']}")


@pytest.fixture(scope="module")
def limited(system, tenant, manager, plants):
    """A MANAGER of the first plant alone."""
    name = tenant.make_user("MANAGER", "screened-limited")
    admin = tenant.client("ADMIN")
    user = next(one for one in admin.read("/api/v1/users?limit=1000")["items"] if one["username"] == name)
    answer = admin.put(f"/api/v1/users/{user['user_id']}", {
        "username": name, "email": user["email"], "role": "MANAGER", "plant_ids": [plants[0].plant]})
    assert answer.status_code == 200, answer.text
    return system.client(bearer=sign_in(system, name)["access_token"])


def in_seconds(seconds: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat(timespec="microseconds")


def shows(browser, path: str = "/station") -> bool:
    answer = browser.get(path)
    assert answer.status_code in (200, 303, 401), answer.text
    return answer.status_code == 200


def test_a_device_has_its_link_once_and_only_a_hash_is_kept(system, manager, plants, make):
    device = make(name="Mesa 1", look="dark", language="en", line_ids=[plants[1].line, plants[0].line])
    path = f"{ROUTE}/{device['device_id']}"
    token, link = device.pop("device_token"), device.pop("link")
    assert re.fullmatch("[A-Za-z0-9]{43}", token) and link == f"{system.base}/device/{token}"
    assert device == {
        "device_id": device["device_id"], "kind": "station", "name": "Mesa 1",
        "line_ids": [plants[1].line, plants[0].line], "plant_ids": sorted(plant.plant for plant in plants), "look": "dark", "language": "en", "alarm_after_seconds": None, "holds_stopped": False,
        "created_at": device["created_at"], "expires_at": None, "revoked_at": None, "last_used_at": None}
    assert manager.read(path) == device
    assert device in manager.read(f"{ROUTE}?limit=1000")["items"]
    stored = system.psql("camet_global", f"SELECT to_jsonb(device) FROM device WHERE device_id = {device['device_id']}")
    assert token not in stored and json.loads(stored)["token_hash"].startswith("\\x")


def test_a_screen_lasts_for_a_year_and_a_station_for_ever(make):
    for kind in ("andon", "shift_board"):
        end = datetime.fromisoformat(make(kind=kind)["expires_at"])
        assert timedelta(days=364) < end - datetime.now(timezone.utc) < timedelta(days=366)
    assert make()["expires_at"] is None
    wanted = in_seconds(3_600)
    assert datetime.fromisoformat(make(expires_at=wanted)["expires_at"]) == datetime.fromisoformat(wanted)


def test_everything_wrong_is_told_at_once(manager, plants, make):
    wrong = {"kind": "wall", "name": " ", "line_ids": [plants[0].line, NEVER], "look": "pink", "language": "fr",
             "expires_at": in_seconds(-60), "role": "ADMIN"}
    problem = check_problem(manager.post(ROUTE, wrong), 422, "invalid")
    assert {fault["param"]: fault["code"] for fault in problem["errors"]} == {
        "kind": "out_of_range", "name": "blank", "line_ids[1]": "unknown_line", "look": "out_of_range",
        "language": "out_of_range", "expires_at": "out_of_range", "role": "unknown_field"}
    problem = check_problem(manager.post(ROUTE, {"kind": "station", "name": "D", "line_ids": []}), 422, "invalid")
    assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [("line_ids", "required")]
    body = {"kind": "station", "name": "D", "line_ids": [plants[0].line], "alarm_after_seconds": 120}
    problem = check_problem(manager.post(ROUTE, body), 422, "invalid")
    assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [("alarm_after_seconds", "not_allowed")]
    problem = check_problem(manager.post(ROUTE, body | {"kind": "andon", "alarm_after_seconds": 90}), 422, "invalid")
    assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [("alarm_after_seconds", "invalid_format")]
    made = make(kind="andon", alarm_after_seconds=120, holds_stopped=True)
    assert (made["alarm_after_seconds"], made["holds_stopped"]) == (120, True)


def test_a_browser_becomes_the_device_by_a_button_and_not_by_a_look(system, make):
    device = make(name="Mesa <b>2</b>", language="en", look="dark")
    path = f"/device/{device['device_token']}"
    visitor = PageVisitor(system.base)
    page = visitor.get(path)
    assert page.status_code == 200 and "Mesa &lt;b&gt;2&lt;/b&gt;" in page.text and "Use this device" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert COOKIE not in visitor.session.cookies and not shows(visitor)
    # What another site sends is refused, with the right token too.
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert visitor.send("POST", path, data={"csrf_token": token_of(page)}, headers=headers).status_code == 403
    for data in ({"other": "x"}, {"csrf_token": ""}, {"csrf_token": "x" * 32}):
        assert visitor.send("POST", path, data=data).status_code == 403
    assert COOKIE not in visitor.session.cookies
    answer = visitor.send("POST", path, data={"csrf_token": token_of(page)})
    assert answer.status_code == 303 and answer.headers["Location"] == "/station"
    cookie = answer.headers["Set-Cookie"]
    assert f"{COOKIE}={device['device_token']}" in cookie
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Max-Age=" in cookie
    shown = visitor.get("/station")
    assert shown.status_code == 200 and 'data-theme="dark"' in shown.text and '<html lang="en"' in shown.text


def test_a_link_that_is_none_is_one_page_whatever_the_cause(system, manager, make):
    revoked, expired, renewed = make(), make(expires_at=in_seconds(5)), make()
    assert manager.delete(f"{ROUTE}/{revoked['device_id']}").status_code == 204
    assert manager.post(f"{ROUTE}/{renewed['device_id']}/renew").status_code == 200
    visitor = PageVisitor(system.base)
    good = make()
    assert visitor.get(f"/device/{good['device_token']}").status_code == 200
    gone = [one["device_token"] for one in (revoked, expired, renewed)]
    assert eventually(
        lambda: all(visitor.get(f"/device/{token}").status_code == 404 for token in gone), 25)
    pages = set()
    for token in [*gone, "A" * 43, "short"]:
        for method, data in (("GET", None), ("POST", {"csrf_token": "x"})):
            answer = visitor.send(method, f"/device/{token}", data=data, headers={"X-Request-Id": "same"})
            assert answer.status_code == 404
            pages.add(re.sub(r'nonce="[^"]*"', "", answer.text))
    assert len(pages) == 1


def test_guessing_links_is_limited_per_address(system, make):
    """As tokens of signing in are: checked in vain 600 times a minute, whatever the link."""
    good = make()
    guesser = PageVisitor(system.base, source="127.0.9.1")
    # The allowance comes back while it is used: 10 a second.
    answers = (guesser.get(f"/device/{number:043d}").status_code for number in range(6_000))
    counted = list(itertools.takewhile(lambda status: status != 429, answers))
    assert set(counted) == {404} and 600 <= len(counted) < 6_000
    other = PageVisitor(system.base, source="127.0.9.2")
    assert other.get(f"/device/{good['device_token']}").status_code == 200


def test_a_device_opens_its_own_page_and_nothing_else(system, make, plants):
    browser = enrol(system, make()["link"])
    assert shows(browser)
    assert browser.get("/station/board").status_code == 200
    for path in ("/", "/downtimes", "/dashboard/tiles", "/account", "/admin/devices"):
        answer = browser.get(path)
        assert answer.status_code == 303 and answer.headers["Location"].startswith("/login"), path
    # Never the API, as nobody.
    for method, path in (("GET", "/api/v1/plants"), ("GET", f"/api/v1/downtimes?line_id={plants[0].line}"),
                         ("GET", "/api/v1/stream"), ("GET", ROUTE), ("POST", "/api/v1/downtimes/justify")):
        answer = browser.send(method, path, headers={"Accept": "application/json", "X-CSRF-Token": "x"})
        check_problem(answer, 401, "unauthorized")
    # A screen is no station, and a station no screen.
    for path in ("/andon", "/andon/data", "/shift-board", "/shift-board/boards"):
        assert browser.get(path).status_code == 403, path
    wall = enrol(system, make(kind="andon")["link"])
    assert wall.get("/station").status_code == 403
    # The credential is good as a cookie alone.
    token = browser.session.cookies[COOKIE]
    for headers in ({"Authorization": f"Bearer {token}"}, {"X-API-Key": token}, {"Cookie": f"camet_session={token}"}):
        check_problem(system.client().get("/api/v1/plants", headers=headers), 401, "unauthorized")


def test_the_pages_of_stations_are_for_stations_alone(system, tenant, make):
    """Whoever is signed in has pages of his own."""
    visitor = PageVisitor(system.base)
    assert visitor.sign_in(tenant.user("ADMIN")).status_code == 303
    for path in ("/station", "/station/board", "/station/events"):
        assert visitor.get(path).status_code == 401, path
        check_problem(system.client().get(path), 401, "device_not_enrolled")
    both = enrol(system, make()["link"])
    assert both.sign_in(tenant.user("VIEWER")).status_code == 303
    assert shows(both) and both.get("/").status_code == 200


@pytest.mark.parametrize("kind,path,parts", [
    ("andon", "/andon", ["/andon/data", "/andon/events"]),
    ("shift_board", "/shift-board", ["/shift-board/boards", "/shift-board/events"])])
def test_a_screen_shows_what_it_is_and_no_address_says_otherwise(system, tenant, make, plants, kind, path, parts):
    own = {"alarm_after_seconds": 180, "holds_stopped": True} if kind == "andon" else {}
    browser = enrol(system, make(kind=kind, look="dark", language="en", line_ids=[plants[0].line], **own)["link"])
    page = browser.get(path)
    assert page.status_code == 200, page.text
    assert '<html lang="en"' in page.text and 'data-theme="dark"' in page.text
    assert plants[1].code not in page.text and "camet_session" not in page.text and "/logout" not in page.text
    for name in (path, *parts):
        with browser.session.get(system.base + name, stream=True, timeout=30, allow_redirects=False) as answer:
            assert answer.status_code == 200, name
            if "events" not in name:
                assert plants[1].code not in answer.text
        for query in (f"lines={plants[1].line}", f"plant_id={plants[1].plant}", "look=light"):
            assert browser.get(f"{name}?{query}").status_code == 404, (name, query)
    if kind == "andon":
        assert 'data-alarm-minutes="3"' in page.text and "data-hold" in page.text
        assert plants[0].code in page.text
        assert [tile["code"] for tile in browser.get("/andon/data").json()["tiles"]] == [plants[0].code]
    # Of the other kinds it has nothing.
    for other in {"/andon", "/shift-board", "/station"} - {path}:
        assert browser.get(other).status_code == 403, other
    # Whoever is signed in sees as himself, until he signs out.
    assert browser.sign_in(tenant.user("VIEWER")).status_code == 303
    signed_in = browser.get(path)
    assert signed_in.status_code == 200 and 'data-theme="dark"' not in signed_in.text
    assert browser.get(f"{path}?lines={plants[1].line}").status_code == 200
    browser.session.cookies.pop("camet_session")
    assert browser.get(f"{path}?lines={plants[1].line}").status_code == 404
    assert browser.get(path).status_code == 200


def test_what_a_device_does_is_told_without_its_link(system, make):
    device = make()
    browser = enrol(system, device["link"])
    assert shows(browser)
    log = system.folder / "log/access.log"
    assert eventually(lambda: '"route":"/device/{token}"' in log.read_text(), 10)
    for path in [log, *(system.folder / "log").rglob("*"), system.data / "server-errors.txt"]:
        if path.is_file():
            assert device["device_token"] not in path.read_text(errors="replace"), path


@pytest.mark.parametrize("end", ["revoke", "renew"])
def test_the_end_of_a_device_holds_within_seconds(system, manager, make, end):
    device, other = make(), make()
    path = f"{ROUTE}/{device['device_id']}"
    browser, bystander = enrol(system, device["link"]), enrol(system, other["link"])
    assert shows(browser) and shows(bystander)
    stream = browser.session.get(f"{system.base}/station/events", stream=True, timeout=30)
    assert stream.status_code == 200
    if end == "revoke":
        assert manager.delete(path).status_code == 204
    else:
        answer = manager.post(f"{path}/renew")
        assert answer.status_code == 200
        assert answer.json()["device_token"] != device["device_token"]
        assert shows(enrol(system, answer.json()["link"]))
    assert eventually(lambda: not shows(browser), 25)
    # The stream that was open ends too.
    for _ in stream.iter_content(None):
        pass
    assert shows(bystander)
    if end == "revoke":
        assert manager.read(path)["revoked_at"] is not None
        check_problem(manager.post(f"{path}/renew"), 404, "not_found")
        check_problem(manager.delete(path), 404, "not_found")


def test_a_device_is_good_until_it_expires(system, make):
    lasting = enrol(system, make()["link"])
    browser = enrol(system, make(expires_at=in_seconds(5))["link"])
    assert shows(browser)
    assert eventually(lambda: not shows(browser), 25)
    assert shows(lasting)


def test_what_a_device_shows_is_changed_where_it_hangs(system, manager, make, plants):
    device = make(language="es")
    path = f"{ROUTE}/{device['device_id']}"
    browser = enrol(system, device["link"])
    assert 'lang="es"' in browser.get("/station").text
    tag = manager.get(path).headers["ETag"]
    body = {"name": "Mesa 9", "line_ids": [plants[1].line], "language": "en"}
    check_problem(manager.put(path, body, headers={"If-Match": '"other"'}), 412, "precondition_failed")
    check_problem(manager.put(path, body | {"kind": "andon"}), 422, "invalid")
    answer = manager.put(path, body, headers={"If-Match": tag})
    assert answer.status_code == 200 and answer.json()["line_ids"] == [plants[1].line]
    assert eventually(lambda: 'lang="en"' in browser.get("/station").text, 25)
    assert f'id="line-{plants[1].line}"' in browser.get("/station/board").text


def test_whoever_is_limited_to_plants_looks_after_devices_there(manager, limited, plants, make):
    own, foreign, both = make(), make(line_ids=[plants[1].line]), make(line_ids=[one.line for one in plants])
    seen = {device["device_id"] for device in limited.read(f"{ROUTE}?limit=1000")["items"]}
    assert own["device_id"] in seen and not seen & {foreign["device_id"], both["device_id"]}
    for device in (foreign, both):
        path = f"{ROUTE}/{device['device_id']}"
        for answer in (limited.get(path), limited.delete(path), limited.post(f"{path}/renew"),
                       limited.put(path, {"name": "X", "line_ids": [plants[0].line]})):
            check_problem(answer, 404, "not_found")
    body = {"kind": "station", "name": "L", "line_ids": [plants[0].line, plants[1].line]}
    problem = check_problem(limited.post(ROUTE, body), 422, "invalid")
    assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [("line_ids[1]", "unknown_line")]
    made = make(client=limited)
    assert limited.delete(f"{ROUTE}/{made['device_id']}").status_code == 204


def test_devices_of_another_company_are_none(system, south, make):
    device = make()
    other = south.client("ADMIN")
    path = f"{ROUTE}/{device['device_id']}"
    for answer in (other.get(path), other.delete(path), other.post(f"{path}/renew")):
        check_problem(answer, 404, "not_found")
    assert device["device_id"] not in [one["device_id"] for one in other.read(f"{ROUTE}?limit=1000")["items"]]


def test_a_suspended_company_has_no_devices(system):
    alone = system.make_tenant("screened-alone")
    plant = PlantData(alone.client("MANAGER"), code="SCR3")
    answer = alone.client("MANAGER").post(ROUTE, {"kind": "station", "name": "D", "line_ids": [plant.line]})
    browser = enrol(system, answer.json()["link"])
    assert shows(browser)
    system.camet("tenant", "suspend", "--slug", "screened-alone")
    assert eventually(lambda: not shows(browser), 25)
    system.camet("tenant", "resume", "--slug", "screened-alone")
    assert eventually(lambda: shows(browser), 25)


def test_every_step_is_in_the_audit_log(system, tenant, manager, make):
    device = make()
    path = f"{ROUTE}/{device['device_id']}"
    enrol(system, device["link"])
    manager.post(f"{path}/renew")
    manager.delete(path)
    entries = tenant.client("ADMIN").read("/api/v1/audit?action=device.&limit=1000")["items"]
    told = [(entry["action"], entry["actor"].split(":")[0]) for entry in reversed(entries)
            if entry["object"] == f"device:{device['device_id']}"]
    assert told == [("device.created", "user"), ("device.enrolled", "anonymous"), ("device.renewed", "user"),
                    ("device.revoked", "user")]


def test_a_screen_goes_on_when_one_of_its_lines_is_gone(system, tenant, manager, make, plants):
    line = manager.make("production-lines", plant_id=plants[0].plant, line_code="SCR-GONE", line_name="Gone")["line_id"]
    browser = enrol(system, make(kind="andon", line_ids=[line, plants[0].line])["link"])
    assert {tile["code"] for tile in browser.get("/andon/data").json()["tiles"]} == {"SCR-GONE", plants[0].code}
    assert manager.delete(f"/api/v1/production-lines/{line}").status_code == 204
    assert browser.get("/andon").status_code == 200
    assert [tile["code"] for tile in browser.get("/andon/data").json()["tiles"]] == [plants[0].code]


def test_when_it_was_last_seen_is_told(system, manager, make):
    device = make()
    assert PageVisitor(system.base).get(device["link"].removeprefix(system.base)).status_code == 200
    assert manager.read(f"{ROUTE}/{device['device_id']}")["last_used_at"] is None
    browser = enrol(system, device["link"])
    assert shows(browser)
    used = manager.read(f"{ROUTE}/{device['device_id']}")["last_used_at"]
    assert used and used >= device["created_at"][:17]


def fields_of(admin, path):
    """What stands in the form of a page."""
    parser = FormParser()
    parser.feed(admin.get(path).text)
    return parser.forms[path]


def submit(admin, path, form=None, **changes):
    """Sends a form with other values; a list gives a field several times, None takes it out."""
    kept = [(name, value) for name, value in form or fields_of(admin, path) if name not in changes]
    for name, value in changes.items():
        kept += [(name, one) for one in (value if isinstance(value, list) else [value] if value is not None else [])]
    return admin.send("POST", path, data=kept)


class TestAdministrationPage:
    @pytest.fixture
    def admin(self, system, tenant, plants):
        visitor = PageVisitor(system.base)
        visitor.session.cookies.set("camet_language", "en")
        assert visitor.sign_in(tenant.user("MANAGER")).status_code == 303
        return visitor

    def send(self, admin, path, **fields):
        token = token_of(admin.get("/admin/devices"))
        return admin.send("POST", path, data={"csrf_token": token} | fields)

    def test_a_device_is_made_renewed_and_revoked(self, system, admin, manager, plants):
        name = f"Wall {next(NUMBERS)}"
        answer = self.send(admin, "/admin/devices", kind="station", name=name, line_ids=[str(plants[0].line)],
                           look="dark", language="en")
        assert answer.status_code == 201
        first = re.search(r'id="device-address">([^<]+)<', answer.text)[1]
        assert first.startswith(f"{system.base}/device/") and '<svg class="qr"' in answer.text
        assert first not in admin.get("/admin/devices").text
        browser = enrol(system, first)
        device = next(one for one in manager.read(f"{ROUTE}?limit=1000")["items"] if one["name"] == name)
        path = f"/admin/devices/{device['device_id']}"
        answer = self.send(admin, f"{path}/renew")
        second = re.search(r'id="device-address">([^<]+)<', answer.text)[1]
        assert second != first
        assert eventually(lambda: not shows(browser), 25)
        assert shows(enrol(system, second))
        assert self.send(admin, f"{path}/revoke").headers["Location"] == "/admin/devices?done=revoked"
        assert manager.read(f"{ROUTE}/{device['device_id']}")["revoked_at"]

    def test_a_wrong_form_is_told_and_keeps_what_was_typed(self, admin, plants):
        answer = self.send(admin, "/admin/devices", kind="station", name="Kept name", look="dark", language="en")
        assert answer.status_code == 422
        assert "Lines: " in answer.text and 'value="Kept name"' in answer.text
        for minutes in ("-9223372036854775808", "9223372036854775807", "-1", "1441", "1.5", "a"):
            answer = self.send(admin, "/admin/devices", kind="andon", name="Loud", line_ids=[str(plants[0].line)],
                               look="dark", language="en", alarm_minutes=minutes)
            assert answer.status_code == 422 and f'value="{minutes}"' in answer.text, minutes

    def test_what_a_device_shows_is_changed_in_its_form(self, system, admin, manager, plants, make):
        device = make(kind="andon", name=f"Edited {next(NUMBERS)}", line_ids=[plants[1].line, plants[0].line], alarm_after_seconds=120,
                      holds_stopped=True, language="en")
        path = f"/admin/devices/{device['device_id']}"
        browser = enrol(system, device["link"])
        assert f'href="{path}"' in admin.get("/admin/devices").text
        before = manager.read(f"{ROUTE}/{device['device_id']}")
        # Saved untouched it stays as it is, to the second of its end.
        assert submit(admin, path).headers["Location"] == f"{path}?done=saved"
        assert manager.read(f"{ROUTE}/{device['device_id']}") == before
        answer = submit(admin, path, name="Edited again", line_ids=[str(plants[0].line), str(plants[1].line)],
                        look="dark", alarm_minutes="", holds_stopped=None, expires_on="2099-05-01")
        assert answer.status_code == 303, answer.text
        after = manager.read(f"{ROUTE}/{device['device_id']}")
        assert (after["name"], after["look"], after["alarm_after_seconds"], after["holds_stopped"]) == (
            "Edited again", "dark", None, False)
        assert after["line_ids"] == [plants[0].line, plants[1].line] and after["expires_at"].startswith("2099-05-0")
        assert (after["kind"], after["created_at"]) == (before["kind"], before["created_at"])
        assert shows(browser, "/andon"), "its link stays"
        # What is wrong is told beside what was typed, and nothing is changed.
        answer = submit(admin, path, name="", line_ids=None)
        assert answer.status_code == 422 and "Name: " in answer.text and "Lines: " in answer.text
        unchanged = manager.read(f"{ROUTE}/{device['device_id']}")
        assert unchanged == after | {"last_used_at": unchanged["last_used_at"]}

    def test_a_change_that_would_be_lost_is_shown(self, admin, manager, plants, make):
        device = make(name=f"Shared {next(NUMBERS)}", line_ids=[plants[0].line])
        path = f"/admin/devices/{device['device_id']}"
        form = fields_of(admin, path)
        changed = manager.put(f"{ROUTE}/{device['device_id']}", {"name": "Theirs", "line_ids": [plants[0].line]})
        assert changed.status_code == 200
        answer = submit(admin, path, form, name="Mine")
        assert answer.status_code == 412 and "Somebody else changed this" in answer.text
        assert "Theirs" in answer.text and 'value="Mine"' in answer.text
        assert manager.read(f"{ROUTE}/{device['device_id']}")["name"] == "Theirs"
        # Whoever keeps his own sends what the refusal shows.
        parser = FormParser()
        parser.feed(answer.text)
        assert submit(admin, path, parser.forms[path]).status_code == 303
        assert manager.read(f"{ROUTE}/{device['device_id']}")["name"] == "Mine"

    def test_a_form_that_was_refused_is_sent_again_once_it_is_right(self, admin, manager, plants, make):
        device = make(name=f"Again {next(NUMBERS)}", line_ids=[plants[0].line])
        path = f"/admin/devices/{device['device_id']}"

        def typed(answer) -> list:
            parser = FormParser()
            parser.feed(answer.text)
            return parser.forms[path]

        refused = submit(admin, path, name="", expires_on="2099-13-40")
        assert refused.status_code == 422 and "Expected: YYYY-MM-DD." in refused.text
        refused = submit(admin, path, typed(refused), expires_on="2099-05-01")
        assert refused.status_code == 422
        assert submit(admin, path, typed(refused), name="Right").status_code == 303
        assert manager.read(f"{ROUTE}/{device['device_id']}")["name"] == "Right"
        # What somebody else changed while it was put right is not lost either.
        refused = submit(admin, path, name="")
        assert manager.put(
            f"{ROUTE}/{device['device_id']}", {"name": "Theirs", "line_ids": [plants[0].line]}).status_code == 200
        lost = submit(admin, path, typed(refused), name="Mine")
        assert lost.status_code == 412 and "Theirs" in lost.text
        assert submit(admin, path, typed(lost)).status_code == 303
        assert manager.read(f"{ROUTE}/{device['device_id']}")["name"] == "Mine"

    def test_a_line_that_was_moved_to_another_plant_is_named(self, admin, manager, plants, make):
        line = manager.make("production-lines", plant_id=plants[0].plant, line_code=f"MV{next(NUMBERS)}", line_name="Moved")
        device = make(name=f"Moved {next(NUMBERS)}", line_ids=[plants[0].line, line["line_id"]])
        path = f"/admin/devices/{device['device_id']}"
        assert 'id="device-left-out"' not in admin.get(path).text
        moved = manager.put(f"/api/v1/production-lines/{line['line_id']}", {
            "plant_id": plants[1].plant, "line_code": line["line_code"], "line_name": "Moved"})
        assert moved.status_code == 200, moved.text
        text = re.search(r'id="device-left-out">.*?<span>(.*?)</span>', admin.get(path).text)[1]
        assert line["line_code"] in text
        assert manager.read(f"{ROUTE}/{device['device_id']}")["plant_ids"] == [plants[0].plant]
        assert submit(admin, path).status_code == 303
        assert 'id="device-left-out"' not in admin.get(path).text
        assert manager.read(f"{ROUTE}/{device['device_id']}")["plant_ids"] == sorted([plants[0].plant, plants[1].plant])

    def test_a_revoked_device_has_no_form(self, admin, manager, make):
        device = make()
        path = f"/admin/devices/{device['device_id']}"
        form = fields_of(admin, path)
        assert manager.delete(f"{ROUTE}/{device['device_id']}").status_code == 204
        assert admin.get(path).status_code == 404 and submit(admin, path, form).status_code == 404
        assert admin.get("/admin/devices/2147483647").status_code == 404
        assert f'href="{path}"' not in admin.get("/admin/devices").text

    def test_it_is_for_managers(self, system, tenant):
        for role, expected in (("VIEWER", 403), ("OPERATOR", 403), ("MANAGER", 200), ("ADMIN", 200)):
            visitor = PageVisitor(system.base)
            assert visitor.sign_in(tenant.user(role)).status_code == 303
            assert visitor.get("/admin/devices").status_code == expected, role


class TestPINs:
    @pytest.fixture
    def person(self, system, tenant):
        name = tenant.make_user("OPERATOR", f"screened-person-{next(NUMBERS)}")
        return system.client(bearer=sign_in(system, name)["access_token"])

    @pytest.mark.parametrize("pin,code", [
        ("0000", "too_simple"), ("1234", "too_simple"), ("4321", "too_simple"), ("7890", "too_simple"),
        ("1212", "too_simple"), ("12345678", "too_simple"), ("258", "too_short"), ("258014790", "too_long"),
        ("25a0", "invalid_format"), ("٢٥٨٠", "invalid_format"),
    ])
    def test_a_pin_that_is_tried_first_is_refused(self, person, pin, code):
        problem = check_problem(person.put("/api/v1/me/pin", {"password": PASSWORD, "pin": pin}), 422, "invalid")
        assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [("pin", code)]

    @pytest.mark.parametrize("pin", ["2580", "1235", "25801479"])
    def test_a_pin_needs_the_password_and_is_kept_as_a_hash(self, system, person, pin):
        for password in ({}, {"password": "wrong password of the tests"}):
            check_problem(person.put("/api/v1/me/pin", {"pin": pin} | password), 403, "reauth_required")
        assert person.put("/api/v1/me/pin", {"password": PASSWORD, "pin": pin}).status_code == 204
        user = person.read("/auth/me")["user"]["user_id"]
        stored = system.psql("camet_global", f"SELECT pin_hash FROM station_pin WHERE user_id = {user}")
        assert stored.startswith("$argon2id$") and pin not in stored.split("$")
        assert person.delete("/api/v1/me/pin").status_code == 204
        assert system.psql("camet_global", f"SELECT count(*) FROM station_pin WHERE user_id = {user}") == "0"

    def test_an_admin_takes_a_pin_away(self, system, tenant, person, south):
        assert person.put("/api/v1/me/pin", {"password": PASSWORD, "pin": "2580"}).status_code == 204
        user = person.read("/auth/me")["user"]["user_id"]
        path = f"/api/v1/users/{user}/pin"
        check_problem(south.client("ADMIN").delete(path), 404, "not_found")
        check_problem(tenant.client("MANAGER").delete(path), 403, "forbidden")
        assert tenant.client("ADMIN").delete(path).status_code == 204
        assert system.psql("camet_global", f"SELECT count(*) FROM station_pin WHERE user_id = {user}") == "0"
        actions = [entry["action"] for entry in tenant.client("ADMIN").read("/api/v1/audit?action=pin.&limit=2")["items"]]
        assert actions == ["pin.removed", "pin.set"]

    def test_the_account_page_sets_and_removes_it(self, system, tenant):
        name = tenant.make_user("OPERATOR", f"screened-person-{next(NUMBERS)}")
        visitor = PageVisitor(system.base)
        visitor.session.cookies.set("camet_language", "en")
        assert visitor.sign_in(name).status_code == 303

        def send(path, **fields):
            return visitor.send("POST", path, data={"csrf_token": token_of(visitor.get("/account"))} | fields)

        for fields, said in (({"pin": "2580", "pin_again": "2581"}, "same twice"),
                             ({"pin": "1234", "pin_again": "1234"}, "first that are tried")):
            answer = send("/account/pin", password=PASSWORD, **fields)
            assert answer.status_code == 422 and said in answer.text
        assert send("/account/pin", password="wrong one", pin="2580", pin_again="2580").status_code == 403
        answer = send("/account/pin", password=PASSWORD, pin="2580", pin_again="2580")
        assert answer.headers["Location"] == "/account?done=pin_set"
        assert "/account/pin/remove" in visitor.get("/account").text
        assert send("/account/pin/remove").headers["Location"] == "/account?done=pin_removed"
        assert "/account/pin/remove" not in visitor.get("/account").text
        viewer = PageVisitor(system.base)
        assert viewer.sign_in(tenant.user("VIEWER")).status_code == 303
        assert "/account/pin" not in viewer.get("/account").text
