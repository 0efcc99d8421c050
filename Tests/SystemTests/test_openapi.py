"""The document of the API: valid, whole, and what is really answered."""

import json
import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api_document import APIDocument
from one_time_codes import code, early_in_a_step
from page_visitor import PageVisitor
from running_system import PASSWORD, REPOSITORY, check_problem, sign_in
from small_plant import DAY, SmallPlant
from test_access import KEYS, OPEN_ROUTES, ROLES, ROUTES

PATH = "/api/v1/openapi.json"
# Served and not in the document, each for the reason beside its row.
UNLISTED = {
    "ReadMetrics.swift", "ReadStaticFile.swift", "ShowDashboard.swift", "ShowDashboardTiles.swift", "ShowExplanation.swift",
    "ShowExplainedDetections.swift", "ShowSignIn.swift",
    "SubmitSignIn.swift", "SubmitSignOut.swift", "SubmitSwitch.swift", "DocumentationRoutes.swift", "ShowAccount.swift",
    "SubmitPreferences.swift", "SubmitSecondFactor.swift", "SubmitPassword.swift", "SubmitSessions.swift",
    "AdministrationRoutes.swift",
    "ShowStops.swift", "ShowStopsBoard.swift", "InstallableSite.swift",
    "OpenDevice.swift", "SubmitStationPIN.swift", "StationRoutes.swift",
    "FollowStationEvents.swift",
    "ShowAndon.swift", "ShowShiftBoard.swift", "FollowWallEvents.swift", "OpenStopOfWall.swift",
}
NEVER = 2147483647
NEW_PASSWORD = "another password, of one person"


@pytest.fixture(scope="module")
def plant(system):
    return SmallPlant(system.make_tenant("documented"))


@pytest.fixture(scope="module")
def document(plant):
    return APIDocument(plant.tenant.client("VIEWER").read(PATH))


def test_it_is_valid(document):
    OpenAPIV31SpecValidator(document.content).validate()
    names = [operation["operationId"] for _, _, operation in document.operations()]
    assert len(names) == len(set(names)) > 80


def test_anybody_signed_in_and_any_key_reads_it(system, north):
    texts = {north.client(who).get(PATH).text for who in ROLES + KEYS}
    assert len(texts) == 1
    check_problem(system.client().get(PATH), 401, "unauthorized")


def test_it_is_known_by_its_tag(north):
    client = north.client("key:read")
    answer = client.get(PATH)
    assert answer.headers["Content-Type"] == "application/json"
    # It comes compressed, so its tag is a weak one.
    tag = answer.headers["ETag"]
    assert (answer.headers["Content-Encoding"], tag[:2]) == ("gzip", "W/")
    again = client.get(PATH, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag[2:])
    assert client.get(PATH, headers={"If-None-Match": '"other"'}).content == answer.content


def test_every_route_is_listed_with_those_it_serves(document):
    """Against the table of rights, which is written by hand."""
    seen = set()
    for method, address, allowed, _ in ROUTES:
        operation = document.of_address(method, address)
        assert operation, f"{method} {address}"
        seen.add(operation["operationId"])
        may = set(operation["x-roles"]) | {f"key:{scope}" for scope in operation["x-scopes"]}
        assert may == allowed, f"{method} {address}"
    for method, address, _ in OPEN_ROUTES:
        if address in ("/login", "/metrics"):
            continue
        operation = document.of_address(method, address)
        seen.add(operation["operationId"])
        assert operation["security"] == [] and "x-roles" not in operation
    # Those whose rights have tests of their own.
    seen |= {"followEvents", "followEventsByWebSocket", "readDocument", "endTokens"}
    assert {operation["operationId"] for _, _, operation in document.operations()} - seen == set()


def test_only_pages_files_and_counters_are_not_listed():
    routes = REPOSITORY / "Sources/Gateway/Routes"
    assert {path.name for path in routes.rglob("*.swift") if ".unlisted(" in path.read_text()} == UNLISTED


def test_it_has_no_internal_word(document):
    text = json.dumps(document.content)
    for own in ("worker_starting", "worker_backoff", "worker_draining"):
        text = text.replace(own, "")
    internal = rf"(?i)worker|gateway(?! timeout)|postgres|\bsql\b|select |/home|{re.escape(str(REPOSITORY))}|\.swift|camet_global|(?<!web)socket|\bstack\b"
    assert re.findall(internal, text) == []
    for told in ("Asks the worker", f"see {REPOSITORY}/x", "by SQL", "on a socket"):
        assert re.findall(internal, told) != []


def test_every_parameter_and_field_of_a_request_is_explained(document):
    missing = set()
    for _, path, operation in document.operations():
        for parameter in map(document.resolve, operation.get("parameters", [])):
            if not parameter.get("description"):
                missing.add(f"{path} {parameter['name']}")
        for content in operation.get("requestBody", {}).get("content", {}).values():
            collect_unexplained(document, document.resolve(content["schema"]), path, missing)
    assert missing == set()


def collect_unexplained(document, schema, path, missing):
    for name, part in schema.get("properties", {}).items():
        if not part.get("description"):
            missing.add(f"{path} {name}")
        for inner in (part, part.get("items", {})):
            collect_unexplained(document, document.resolve(inner), f"{path} {name}", missing)


# Bodies


def bodies(document):
    for method, path, operation in document.operations():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            yield method, path, operation, document.resolve(content["schema"])


def address(path: str) -> str:
    path = path.replace("{key}", "line.default_downtime_threshold_seconds")
    return re.sub(r"\{[^}]+\}", str(NEVER), path)


def test_documented_fields_are_taken_and_others_refused(document, plant):
    client = plant.tenant.client("ADMIN")
    for method, path, operation, schema in bodies(document):
        schema = document.resolve(schema.get("anyOf", [schema])[0])
        assert schema["additionalProperties"] is False, path
        # Null is missing, so that no body is right by chance; what is required is told as such.
        body = {name: None for name in schema["properties"]} | {"undocumented_field": 1}
        answer = client.send(method, address(path), json=body)
        problem = check_problem(answer, 422, "invalid")
        codes = {error["param"]: error["code"] for error in problem["errors"]}
        assert codes.pop("undocumented_field") == "unknown_field", path
        assert "unknown_field" not in codes.values(), f"{path}: {codes}"
        required = {name for name, code in codes.items() if code == "required"}
        match operation["operationId"]:
            case "justifyStop": required -= {"incident_id"}  # or a reason: one of two
            case "changeStop": required -= {"start"}  # may be left out, but not be null
            case "createTokensBySecondFactor": required -= {"otp"}  # or a recovery code: one of two
            case "noteHeartbeat": required -= {"line"}  # or its number: one of two
            case "changeMyself": required |= {"locale"}  # has to be there, and may be null
            case "ingestDetections": required |= {"detections"}  # null is of the wrong type
        assert required == set(schema.get("required", [])), path


@pytest.mark.parametrize("kind", ["query", "nested"])
def test_other_parameters_and_nested_fields_are_refused(plant, kind):
    client = plant.tenant.client("MANAGER")
    if kind == "query":
        answer = client.get(f"/api/v1/kpis?from={DAY}&to={DAY}&undocumented=1")
        assert client.get(f"/api/v1/kpis?from={DAY}&to={DAY}").status_code == 200
    else:
        body = {"daterange": {"start_date": DAY, "end_date": DAY}}
        assert client.post("/api/v1/filters/validate", body).status_code == 200
        body["daterange"]["undocumented"] = 1
        answer = client.post("/api/v1/filters/validate", body)
    problem = check_problem(answer, 422, "invalid")
    assert [error["code"] for error in problem["errors"]] == ["unknown_field"]


def test_documented_parameters_are_taken(document, plant):
    client = plant.tenant.client("ADMIN")
    for method, path, operation in document.operations():
        if method != "GET" or operation["operationId"] in ("followEvents", "followEventsByWebSocket"):
            continue
        names = [parameter["name"] for parameter in map(document.resolve, operation.get("parameters", []))
                 if parameter["in"] == "query"]
        # What nothing takes, so that no faulty one passes for a documented one.
        answer = client.get(address(path), params={name: "\x7f" for name in names})
        if not names or answer.status_code == 404:
            continue
        problem = check_problem(answer, 422, "invalid")
        assert {error["param"] for error in problem["errors"]} == set(names), path
        assert "unknown_field" not in {error["code"] for error in problem["errors"]}, path


# Answers


# What is refused on the way, so that the shape of the refusal is compared too.
REFUSED = {"/api/v1/detections": 422, "/auth/token": 401, "/auth/2fa/confirm": 422}


def send_of_people(send, tenant):
    """People, a second factor from its enrolment to its reset, and what the log says of it."""
    admin, nobody = tenant.client("ADMIN"), tenant.system.client()
    fields = {"username": "documented-person", "email": "documented-person@example.com", "role": "OPERATOR"}
    made = send(admin, "POST", "/api/v1/users",
                fields | {"password": PASSWORD, "permissions": ["export_data"], "is_active": True}).json()
    path = f"/api/v1/users/{made['user_id']}"
    send(admin, "GET", path)
    send(admin, "PUT", path, fields | {"role": "MANAGER"})
    send(admin, "GET", "/api/v1/users?limit=1")
    send(admin, "GET", "/api/v1/users?q=documented")
    tokens = sign_in(tenant.system, "documented-person")
    person = tenant.system.client(bearer=tokens["access_token"])
    send(person, "PUT", "/auth/me", {"locale": "en"})
    send(person, "POST", "/auth/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    again = {"password": NEW_PASSWORD}
    send(person, "PUT", "/api/v1/me/pin", again | {"pin": "2580"})
    send(admin, "DELETE", f"{path}/pin")
    send(person, "DELETE", "/api/v1/me/pin")
    seed = send(person, "POST", "/auth/2fa/enroll", again).json()
    send(person, "POST", "/auth/2fa/confirm", {"otp": "none"})
    early_in_a_step()
    send(person, "POST", "/auth/2fa/confirm", {"otp": code(seed["secret"], 1)})
    first = {"username": "documented-person", "password": NEW_PASSWORD}
    codes = send(person, "POST", "/auth/2fa/recovery-codes", again).json()["recovery_codes"]
    ticket = send(nobody, "POST", "/auth/token", first).json()
    assert ticket["methods"] == ["totp"]
    send(nobody, "POST", "/auth/token/otp", {"otp_ticket": ticket["otp_ticket"], "recovery_code": codes[0]})
    for session in person.read("/auth/sessions")["items"]:
        if not session["current"]:
            send(person, "DELETE", f"/auth/sessions/{session['sid']}")
    send(person, "DELETE", "/auth/sessions")
    send(person, "POST", "/auth/2fa/disable", again)
    seed = send(person, "POST", "/auth/2fa/enroll", again).json()
    early_in_a_step()
    send(person, "POST", "/auth/2fa/confirm", {"otp": code(seed["secret"], 1)})
    send(admin, "DELETE", f"{path}/second-factor")
    send(admin, "PUT", "/api/v1/settings/sign_in.two_factor_roles", {"value": ["SUPER_ADMIN"]})
    send(admin, "PUT", "/api/v1/settings/sign_in.two_factor_roles", {"value": []})
    send(admin, "DELETE", path)
    for query in ("", "?limit=1", "?action=user", "?q=documented"):
        send(admin, "GET", f"/api/v1/audit{query}")
    for query in ("", "?limit=1", "?success=true"):
        send(admin, "GET", f"/api/v1/audit/sign-ins{query}")


def test_answers_of_a_plant_with_data_are_as_documented(document, plant):
    """Every member of every answer is documented, and every documented one that has to be there is."""
    tenant, first = plant.tenant, plant.first
    manager, admin = tenant.client("MANAGER"), tenant.client("ADMIN")
    stops = manager.read(f"/api/v1/downtimes?from={DAY}&to={DAY}")["items"]
    query = f"from={DAY}&to={DAY}"
    failure = manager.make("failures", failure_code="F", failure_name="F")["failure_id"]
    incident = manager.make("incidents", failure_id=failure, incident_code="I", incident_name="I")["incident_id"]
    manager.make("line-groups", group_name="Both", line_ids=[first.line, plant.second.line])
    manager.make("layouts", role="OPERATOR", widgets=[{"widget_id": "KpiOee"}, {"widget_id": "HourByHour", "width": 4}],
                 filters=["DateRangeFilter", "PlantFilter"])
    manager.make("calendar-exceptions", plant_id=first.plant, line_id=first.line, kind="extra", name="More",
                 start=f"{DAY}T20:00:00Z", end=f"{DAY}T21:00:00Z")
    manager.make("areas", line_id=first.line, area_name="Middle", area_type="process",
                 coordinates={"x1": 0, "y1": 0, "x2": 10.5, "y2": 4})
    manager.make("shifts", plant_id=first.plant, line_ids=[first.line], shift_name="Night", days=[6],
                 start_time="22:00", end_time="06:00",
                 breaks=[{"name": "Tea", "start_time": "23:50", "end_time": "00:10"}])
    addresses = [
        "/healthz", "/readyz", "/auth/me", "/.well-known/jwks.json", PATH,
        f"/api/v1/kpis?{query}", f"/api/v1/kpis?{query}&line_id={first.line}&threshold_seconds=600",
        f"/api/v1/kpis?{query}&compare_from=2026-03-03&compare_to=2026-03-03",
        *[f"/api/v1/kpis?{query}&group_by={group}&compare_from={DAY}&compare_to={DAY}"
          for group in ("line", "shift", "product", "area")],
        *[f"/api/v1/kpis?{query}&interval={interval}" for interval in ("day", "week", "month", "shift")],
        f"/api/v1/kpis?{query}&interval=shift&shift_id={first.shift}",
        f"/api/v1/explain/kpis?{query}", f"/api/v1/explain/kpis?{query}&shift_id={first.shift}",
        *[f"/api/v1/production?{query}&split_by={split}" for split in ("none", "product", "area", "line")],
        f"/api/v1/downtimes?{query}&limit=1", f"/api/v1/downtimes?{query}", "/api/v1/line-status",
        f"/api/v1/detections?{query}&line_id={first.line}&limit=5", "/api/v1/layout", "/api/v1/filters",
        *[f"/api/v1/filters/{key}Filter/options" for key in (
            "ProductionLine", "Shift", "Product", "Interval", "CurveType", "Plant")],
        f"/api/v1/filters/AreaFilter/options?line_id={first.line}",
        "/api/v1/settings", "/api/v1/settings/line.default_downtime_threshold_seconds",
        "/api/v1/settings/sign_in.two_factor_roles", "/auth/sessions?limit=1", "/auth/sessions",
    ]
    for resource in ("plants", "production-lines", "areas", "products", "ideal-rates", "shifts",
                     "calendar-exceptions", "failures", "incidents", "line-groups", "layouts"):
        addresses.append(f"/api/v1/{resource}")
        for item in manager.read(f"/api/v1/{resource}")["items"]:
            addresses.append(f"/api/v1/{resource}/{next(iter(item.values()))}")
    answers = [("GET", path, manager.get(path)) for path in addresses]

    def send(client, method, path, body=None, **what):
        answers.append((method, path, answer := client.send(method, path, json=body, **what)))
        return answer

    send(manager, "POST", "/api/v1/filters/validate", {"line_id": first.line, "search": "x"})
    for fields in ({"line_id": first.line, "highlight_peaks": True}, {"interval": "day"}, {"product_ids": [plant.light]}):
        send(tenant.client("key:read"), "POST", "/api/v1/dashboard/data",
             {"daterange": {"start_date": DAY, "end_date": DAY}} | fields)
    send(manager, "POST", "/api/v1/downtimes/recalculate", {"line_id": first.line, "from": DAY, "to": DAY})
    registered = {"line_id": first.line, "start": f"{DAY}T10:00:00Z", "end": f"{DAY}T10:10:00Z"}
    send(manager, "POST", "/api/v1/downtimes?dry_run=true", registered)
    made = send(manager, "POST", "/api/v1/downtimes", registered | {"incident_id": incident, "reason": "Why"}).json()
    stop = f"/api/v1/downtimes/{first.line}/{made['event_id']}"
    send(manager, "GET", stop)
    send(manager, "PATCH", f"{stop}?dry_run=true", {"reason": "Because"})
    send(tenant.client("key:write"), "PATCH", stop, {"reason": "Because"})
    parts = send(manager, "POST", f"{stop}/split", {"at": f"{DAY}T10:05:00Z"}).json()["items"]
    send(manager, "POST", f"/api/v1/downtimes/{first.line}/merge", {"event_ids": [part["event_id"] for part in parts]})
    send(manager, "POST", f"/api/v1/downtimes/{first.line}/{parts[0]['event_id']}/undo")
    send(manager, "DELETE", f"/api/v1/downtimes/{first.line}/{parts[0]['event_id']}")
    send(manager, "POST", "/api/v1/downtimes/justify",
         {"line_id": first.line, "start": stops[-1]["start"], "end": stops[-1]["end"], "incident_id": incident})
    for _ in range(2):
        rows = [first.detection(f"{DAY}T20:00:00Z", event_id="same"), {"line": "none"}, 1]
        send(tenant.client("key:ingest"), "POST", "/api/v1/detections", {"detections": rows})
    send(tenant.client("key:ingest"), "POST", "/api/v1/detections", {"detections": [1]})
    send(tenant.client("key:ingest"), "POST", "/api/v1/heartbeats", {"line_id": first.line})
    key = send(admin, "POST", "/api/v1/api-keys", {"name": "k", "scopes": ["read"], "addresses": ["10.0.0.0/8"]}).json()
    send(admin, "GET", "/api/v1/api-keys")
    send(admin, "GET", f"/api/v1/api-keys/{key['api_key_id']}")
    send(admin, "PUT", f"/api/v1/api-keys/{key['api_key_id']}", {"name": "k2", "scopes": ["write"]})
    send(admin, "DELETE", f"/api/v1/api-keys/{key['api_key_id']}")
    device = send(manager, "POST", "/api/v1/devices", {
        "kind": "andon", "name": "d", "line_ids": [first.line], "alarm_after_seconds": 120, "language": "en"}).json()
    send(manager, "GET", "/api/v1/devices?limit=1")
    send(manager, "GET", f"/api/v1/devices/{device['device_id']}")
    send(manager, "PUT", f"/api/v1/devices/{device['device_id']}", {"name": "d2", "line_ids": [first.line]})
    send(manager, "POST", f"/api/v1/devices/{device['device_id']}/renew")
    send(manager, "DELETE", f"/api/v1/devices/{device['device_id']}")
    send(manager, "GET", "/api/v1/devices")
    send(admin, "POST", "/api/v1/cache/refresh")
    send(admin, "PUT", "/api/v1/settings/line.default_downtime_threshold_seconds", {"value": 300})
    send(manager, "DELETE", f"/api/v1/production-lines/{plant.second.line}")
    send(manager, "DELETE", f"/api/v1/incidents/{incident}")
    session = tenant.client("OPERATOR")
    pair = send(tenant.system.client(), "POST", "/auth/token",
                {"username": tenant.user("OPERATOR"), "password": "a long password of the tests"}).json()
    send(tenant.system.client(), "POST", "/auth/refresh", {"refresh_token": pair["refresh_token"]})
    send(session, "POST", "/auth/switch", {"tenant": tenant.slug})
    send_of_people(send, tenant)
    for method, path, answer in answers:
        document.check(document.of_address(method, path), answer)
        refused = REFUSED.get(path)
        assert answer.status_code < 400 or answer.status_code == refused, f"{method} {path}: {answer.text}"
    assert {path for _, path, answer in answers if answer.status_code == REFUSED.get(path)} == set(REFUSED)
    widgets = [answer.json()["widgets"] for _, path, answer in answers if path == "/api/v1/dashboard/data"]
    assert all("data" in tile for tiles in widgets for tile in tiles.values())
    assert any(item["kind"] == "detection" for item in widgets[0]["EventFeed"]["data"]["items"])


def test_an_undocumented_or_missing_member_would_be_found(document, plant):
    answer = plant.tenant.client("VIEWER").get(f"/api/v1/kpis?from={DAY}&to={DAY}")
    operation = document.operation("readKpis")[2]
    document.check(operation, answer)
    for change in ("taken away", "added"):
        other = APIDocument(json.loads(json.dumps(document.content)))
        figures = other.content["components"]["schemas"]["Figures"]
        if change == "taken away":
            del figures["properties"]["oee"]
        else:
            figures["required"].append("another")
        with pytest.raises(AssertionError, match="readKpis 200"):
            other.check(operation, answer)


# Statuses


def provoke_replacing(plant):
    """Every documented status of PUT /plants/{id} that a client can bring about by itself."""
    manager = plant.tenant.client("MANAGER")
    made = manager.make("plants", plant_code="provoked", plant_name="P", timezone="UTC")
    path = f"/api/v1/plants/{made['plant_id']}"
    body = {"plant_code": "provoked", "plant_name": "P", "timezone": "UTC"}
    taken = body | {"plant_code": f"plant-{plant.first.code}"}
    yield 200, manager.put(path, body)
    yield 400, manager.send("PUT", path, data=b"{", headers={"Content-Type": "application/json"})
    yield 401, plant.tenant.system.client().put(path, body)
    yield 403, plant.tenant.client("VIEWER").put(path, body)
    yield 404, manager.put(f"/api/v1/plants/{NEVER}", body)
    yield 409, manager.put(path, taken)
    yield 412, manager.put(path, body, headers={"If-Match": '"other"'})
    yield 413, manager.send("PUT", path, data=b" " * ((1 << 20) + 1), headers={"Content-Type": "application/json"})
    yield 414, manager.put(f"{path}?{'x' * 8200}", body)
    yield 415, manager.send("PUT", path, data=b"{}", headers={"Content-Type": "text/plain"})
    yield 422, manager.put(path, {})
    yield 431, manager.put(path, body, headers={"X-Long": "x" * 16_400})


def provoke_editing(plant):
    """The same of PATCH of a stop."""
    manager = plant.tenant.client("MANAGER")
    line = plant.first.line
    times = [(f"{DAY}T2{hour}:00:00Z", f"{DAY}T2{hour}:30:00Z") for hour in (1, 2)]
    stops = [manager.post("/api/v1/downtimes", {"line_id": line, "start": start, "end": end}).json()
             for start, end in times]
    path = f"/api/v1/downtimes/{line}/{stops[0]['event_id']}"
    keyed = {"Idempotency-Key": "provoked"}
    yield 200, manager.send("PATCH", path, json={"reason": "One"}, headers=keyed)
    yield 400, manager.send("PATCH", path, data=b"[", headers={"Content-Type": "application/json"})
    yield 401, plant.tenant.system.client().send("PATCH", path, json={})
    yield 403, plant.tenant.client("OPERATOR").send("PATCH", path, json={"end": times[0][1].replace("30:", "20:")})
    yield 404, manager.send("PATCH", f"/api/v1/downtimes/{line}/{NEVER}", json={"reason": "One"})
    yield 409, manager.send("PATCH", path, json={"reason": "Two"}, headers=keyed)
    yield 409, manager.send("PATCH", path, json={"end": times[1][1]})
    yield 412, manager.send("PATCH", path, json={"reason": "One"}, headers={"If-Match": '"other"'})
    yield 413, manager.send("PATCH", path, data=b" " * ((1 << 20) + 1), headers={"Content-Type": "application/json"})
    yield 414, manager.send("PATCH", f"{path}?{'x' * 8200}", json={})
    yield 415, manager.send("PATCH", path, data=b"{}", headers={"Content-Type": "text/plain"})
    yield 422, manager.send("PATCH", path, json={})
    yield 431, manager.send("PATCH", path, json={}, headers={"X-Long": "x" * 16_400})


def provoke_reading(plant):
    """The same of GET of a plant."""
    viewer = plant.tenant.client("VIEWER")
    path = f"/api/v1/plants/{plant.first.plant}"
    answer = viewer.get(path)
    yield 200, answer
    yield 304, viewer.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    yield 401, plant.tenant.system.client().get(path)
    yield 403, plant.tenant.client("key:ingest").get(path)
    yield 404, viewer.get(f"/api/v1/plants/{NEVER}")
    yield 413, viewer.send("GET", path, data=b" " * ((1 << 20) + 1))
    yield 414, viewer.get(f"{path}?{'x' * 8200}")
    yield 431, viewer.get(path, headers={"X-Long": "x" * 16_400})


# What needs a slow client, no HTTP at all, a burst, or a fault of a machine has tests of its own: test_connections,
# test_faults, LimitsTests. 500 is what should never be.
ELSEWHERE = {408, 429, 500, 503, 504}


@pytest.mark.parametrize("name,provoke", [
    ("replacePlant", provoke_replacing), ("changeStop", provoke_editing), ("readPlant", provoke_reading),
], ids=["replacePlant", "changeStop", "readPlant"])
def test_every_documented_status_occurs(document, system, name, provoke):
    _, _, operation = document.operation(name)
    plant = SmallPlant(system.make_tenant(f"provoked-{name.lower()}"))
    seen = set()
    for status, answer in provoke(plant):
        assert answer.status_code == status, f"{name}: {answer.status_code} {answer.text}"
        document.check(operation, answer)
        seen.add(status)
    elsewhere = ELSEWHERE | ({400} if name == "readPlant" else set())
    assert {int(status) for status in operation["responses"]} - elsewhere == seen


# The page


@pytest.fixture(scope="module")
def visitor(system, plant):
    visitor = PageVisitor(system.base)
    visitor.sign_in(plant.tenant.user("VIEWER"))
    visitor.session.cookies.set("camet_language", "en")
    return visitor


class TestPage:

    def test_it_is_for_the_signed_in(self, system, visitor):
        answer = PageVisitor(system.base).get("/api/docs")
        assert answer.status_code == 303 and answer.headers["Location"].startswith("/login?next=")
        assert visitor.get("/api/docs").status_code == 200

    def test_it_has_every_operation_and_schema(self, document, visitor):
        page = visitor.get("/api/docs").text
        for method, path, operation in document.operations():
            assert f'id="{operation["operationId"]}"' in page, path
            assert f"<code>{path}</code>" in page, path
        for name in document.content["components"]["schemas"]:
            assert f'id="schema-{name}"' in page
        assert "<code>_seconds</code>" in page and "`" not in page
        targets = set(re.findall(r'href="#([^"]+)"', page))
        identifiers = re.findall(r' id="([^"]+)"', page)
        assert targets <= set(identifiers)
        assert len(identifiers) == len(set(identifiers))

    def test_it_loads_only_its_own_files(self, visitor):
        answer = visitor.get("/api/docs")
        loaded = re.findall(r'<(?:script|link|img|use)[^>]+(?:src|href)="([^"]+)"', answer.text)
        loaded.remove("/manifest.webmanifest")
        assert loaded and all(address.startswith("/static/") for address in loaded)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "style=" not in answer.text and "<style" not in answer.text

    def test_it_speaks_both_languages(self, system, visitor, plant):
        assert "<h1>API documentation</h1>" in visitor.get("/api/docs").text
        spanish = PageVisitor(system.base)
        spanish.sign_in(plant.tenant.user("VIEWER"))
        spanish.session.cookies.set("camet_language", "es")
        page = spanish.get("/api/docs").text
        assert "<h1>Documentación de la API</h1>" in page and '<html lang="es"' in page
