"""What holds for every operation alike, by the API's own document: bodies, cookies, methods, caches, tenants."""

import json
import re

import pytest

from api_document import APIDocument
from master_data import API, bodies
from page_visitor import PageVisitor
from running_system import PASSWORD, PlantData, check_problem

NEVER = 2147483647
NOBODYS = "00000000-0000-0000-0000-000000000000"
JSON = {"Content-Type": "application/json"}
# Ends what the other operations are asked with.
ENDING = {"endTokens", "endSession", "endOtherSessions"}


@pytest.fixture(scope="module")
def company(system):
    return system.make_tenant("walked")


@pytest.fixture(scope="module")
def plant(company):
    return PlantData(company.client("MANAGER"), code="WALKED", commissioned_at="2026-03-04T03:00:00Z")


@pytest.fixture(scope="module")
def document(company):
    return APIDocument(company.client("VIEWER").read(f"{API}/openapi.json"))


def address(path: str) -> str:
    """A path with ids that nothing has."""
    path = path.replace("{key}", "line.default_downtime_threshold_seconds").replace("{sid}", NOBODYS)
    return re.sub(r"\{[^}]+\}", str(NEVER), path)


def client_for(company, operation):
    """Somebody who may: an ADMIN, or whoever signs in."""
    return company.client("ADMIN") if operation["security"] else company.system.client(source="127.0.4.1")


def json_operations(document):
    """Those that need a body of JSON."""
    for method, path, operation in document.operations():
        body = operation.get("requestBody", {})
        if body.get("required") and "application/json" in body["content"]:
            yield method, address(path), operation


# Bodies

NO_JSON = {
    "nothing": b"", "cut": b'{"a": ', "a word": b"nonsense", "single quotes": b"{'a': 1}",
    "a comma too many": b'{"a": 1,}', "something behind it": b"{} {}", "a comment": b"{} // x",
    "a byte order mark": b"\xef\xbb\xbf{}", "invalid UTF-8": b'{"a": "\xc3\x28"}',
    "an overlong NUL": b'{"a": "\xc0\x80"}', "half a surrogate as bytes": b'{"a": "\xed\xa0\x80"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"), "a raw NUL": b'{"a": "\0"}', "a raw line feed": b'{"a": "\n"}',
    "NaN": b'{"a": NaN}', "Infinity": b'{"a": -Infinity}', "hexadecimal": b'{"a": 0x10}',
    "a leading zero": b'{"a": 01}', "a plus": b'{"a": +1}', "a key twice": b'{"a": 1, "a": 1}',
    "a key twice, once escaped": b'{"a": 1, "\\u0061": 2}', "a key twice inside": b'{"a": [{"b": 1, "b": 1}]}',
    "a wrong escape": b'{"a": "\\x41"}', "33 lists": b"[" * 33 + b"]" * 33, "100 000 lists": b"[" * 100_000,
}


@pytest.mark.parametrize("text", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_400_for_every_body(company, document, text):
    wrong, asked = {}, 0
    for method, path, operation in json_operations(document):
        answer = client_for(company, operation).send(method, path, data=text, headers=JSON)
        asked += 1
        if (answer.status_code, answer.headers["Content-Type"]) != (400, "application/problem+json") or (
                answer.json()["code"] != "invalid_json"):
            wrong[f"{method} {path}"] = f"{answer.status_code} {answer.text[:200]}"
    assert wrong == {} and asked > 40


# As near to those that are refused as can be.
STILL_JSON = {
    "blanks around it": b' \r\n\t{"undocumented": 1} \n',
    "32 lists": b'{"undocumented": ' + b"[" * 31 + b"]" * 31 + b"}",
    "a pair of surrogates": b'{"undocumented": "\\ud83d\\ude00"}', "an escaped NUL": b'{"undocumented": "\\u0000"}',
    "half a surrogate, escaped": b'{"undocumented": "\\ud800"}', "a number beyond any": b'{"undocumented": 1e400}',
}
NOT_HELD = {"an escaped NUL", "half a surrogate, escaped", "a number beyond any"}


@pytest.mark.parametrize("name", STILL_JSON)
def test_what_is_json_is_judged_by_its_fields(company, document, name):
    wrong, asked, text = {}, 0, STILL_JSON[name]
    for method, path, operation in json_operations(document):
        answer = client_for(company, operation).send(method, path, data=text, headers=JSON)
        asked += 1
        # Without the password nothing else is told where it is needed once more; what no text or number can hold is no
        # JSON here, but in rows of detections, which are judged one by one.
        expected = (422, 403) if "/2fa/" in path else (422,)
        expected += (400,) if name in NOT_HELD else ()
        if answer.status_code not in expected:
            wrong[f"{method} {path}"] = f"{answer.status_code} {answer.text[:200]}"
    assert wrong == {} and asked > 40


@pytest.mark.parametrize("value", [
    None, True, 0, -1, 1.5, 1e308, 2**63, -2**63 - 1, "", "\0", "\ud800", "x" * 5_000, [], {}, [[]], [None], {"a": 1}],
    ids=lambda value: json.dumps(value)[:20])
def test_no_value_of_any_field_is_a_failure(company, document, value):
    """Every field of every body, one at a time beside others that are missing."""
    wrong, asked = {}, 0
    for method, path, operation in json_operations(document):
        if operation["operationId"] in ("replaceSetting", "replaceTwoFactorRoles", "changeMyself"):
            # What has one field only may be right.
            continue
        schema = document.resolve(operation["requestBody"]["content"]["application/json"]["schema"])
        for part in schema.get("anyOf", [schema]):
            for name in document.resolve(part)["properties"]:
                text = json.dumps({name: value, "undocumented": 1})
                answer = client_for(company, operation).send(method, path, data=text, headers=JSON)
                asked += 1
                expected = {422, 403} if "/2fa/" in path else {422}
                if value in ("\0", "\ud800"):
                    expected |= {400}
                if answer.status_code not in expected:
                    wrong[f"{method} {path} {name}"] = f"{answer.status_code} {answer.text[:200]}"
    assert wrong == {} and asked > 150


@pytest.mark.parametrize("media", [
    None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
    "application/problem+json", "application/json-patch+json", "*/*", "application/json, text/plain", "json"])
def test_a_body_of_another_type_is_415_for_every_operation(company, document, media):
    wrong, asked = {}, 0
    for method, path, operation in json_operations(document):
        client = client_for(company, operation)
        answer = client.send(method, path, data=b"{}", headers={"Content-Type": media})
        asked += 1
        if answer.status_code != 415:
            wrong[f"{method} {path}"] = f"{answer.status_code} {answer.text[:200]}"
        assert client.send(method, path, data=b"{}", headers=JSON).status_code != 415, path
    assert wrong == {} and asked > 40


# Cookies


@pytest.fixture(scope="module")
def visitor(company):
    """An ADMIN who has signed in to pages."""
    made = PageVisitor(company.system.base)
    assert made.sign_in(company.user("ADMIN"), PASSWORD).status_code == 303
    made.session.headers["Accept"] = "application/json"
    return made


def csrf_token(visitor) -> str:
    page = visitor.get("/", headers={"Accept": "text/html"}).text
    return re.search(r'<meta name="csrf-token" content="([^"]+)"', page)[1]


def test_with_a_cookie_whatever_changes_needs_the_token_of_the_session(company, document, visitor):
    token = csrf_token(visitor)
    other = PageVisitor(company.system.base)
    assert other.sign_in(company.user("ADMIN")).status_code == 303
    foreign = csrf_token(other)
    assert foreign != token
    refused, served, wrong = 0, 0, []
    for method, path, operation in document.operations():
        # The two that renew and end a pair of tokens, and signing in, do not ask for a cookie.
        if not operation["security"] or operation["operationId"] in ENDING:
            continue
        body = {"json": {"undocumented": 1}} if "requestBody" in operation else {}
        if method == "GET":
            assert not operation["x-csrf"], path
            continue
        assert operation["x-csrf"], path
        for headers in (
            {}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": token[:-1]}, {"X-CSRF-Token": token.upper()},
            {"X-CSRF-Token": foreign},
            {"X-CSRF-Token": token, "Origin": "https://elsewhere.example"}, {"X-CSRF-Token": token, "Origin": "null"},
            {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"},
            {"X-CSRF-Token": token, "Sec-Fetch-Site": "same-site"},
        ):
            answer = visitor.send(method, address(path), headers=headers, **body)
            refused += 1
            if answer.status_code != 403 or answer.json()["code"] != "csrf_failed":
                wrong.append(f"{method} {path} {headers}: {answer.status_code} {answer.text[:100]}")
        own = {"X-CSRF-Token": token, "Origin": company.system.base, "Sec-Fetch-Site": "same-origin"}
        answer = visitor.send(method, address(path), headers=own, **body)
        served += answer.status_code in (200, 204, 404, 422) or answer.json()["code"] == "reauth_required"
        assert "csrf_failed" not in answer.text, f"{method} {path}"
    assert wrong == [] and refused > 400 and served > 40


def test_a_credential_that_is_wrong_is_not_made_good_by_a_cookie(company, document, visitor):
    """Whoever sends several is who the first one says, or nobody."""
    assert visitor.get("/auth/me").json()["role"] == "ADMIN"
    key = company.client("key:read").headers
    bearer = company.client("VIEWER").headers
    for wrong in ({"Authorization": "Bearer x"}, {"X-API-Key": "x"}, {"X-API-Key": "", "Authorization": "Bearer x"},
                  bearer | {"X-API-Key": "camet_x_y"}):
        check_problem(visitor.get("/auth/me", headers=wrong), 401, "unauthorized")
    assert visitor.get("/auth/me", headers=bearer).json()["role"] == "VIEWER"
    assert visitor.get(f"{API}/plants", headers=key).status_code == 200
    check_problem(visitor.get("/auth/me", headers=key), 403, "forbidden")
    check_problem(visitor.get("/auth/me", headers=key | bearer), 403, "forbidden")


# Methods


def test_every_path_has_its_methods_and_no_others(company, document):
    """For whoever may everything: what is not listed is 405 and Allow says what is, before it is asked who."""
    methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"}
    asked = 0
    for path, served in document.content["paths"].items():
        allowed = {name.upper() for name in served}
        allowed |= {"HEAD"} if "GET" in allowed else set()
        for method in sorted(methods - allowed):
            for client in (company.client("SUPER_ADMIN"), company.system.client()):
                answer = client.send(method, address(path))
                assert answer.status_code == 405, f"{method} {path}: {answer.status_code}"
                assert {name.strip() for name in answer.headers["Allow"].split(",")} == allowed, path
                asked += 1
    assert asked > 500


def test_head_is_get_without_a_body_everywhere(company, document, plant):
    changing = {"X-Request-Id", "X-Process-Time", "Server-Timing", "Date", "RateLimit", "Content-Length",
                "Transfer-Encoding", "ETag", "Connection"}
    asked = 0
    for method, path, operation in document.operations():
        if method != "GET" or operation["operationId"] in ("followEvents", "readReadiness"):
            continue
        is_of_a_period = path in (f"{API}/kpis", f"{API}/explain/kpis", f"{API}/production")
        target = address(path) + ("?from=2026-03-04&to=2026-03-04" if is_of_a_period else "")
        for client in (company.client("ADMIN"), company.client("key:ingest"), company.system.client()):
            # What a head tells of a coding is looked at with the compression.
            plain = {"Accept-Encoding": "identity"}
            got, head = client.get(target, headers=plain), client.send("HEAD", target, headers=plain)
            assert (head.status_code, head.content) == (got.status_code, b""), path
            left = [{name: value for name, value in answer.headers.items() if name not in changing}
                    for answer in (got, head)]
            assert left[0] == left[1], path
            asked += 1
    assert asked > 90


# Caches


def test_data_are_kept_by_nobody_or_asked_about_again(company, document, plant):
    tags = {}
    for method, path, operation in document.operations():
        if method != "GET" or not operation["security"] or operation["operationId"] == "followEvents":
            continue
        for client in (company.client("ADMIN"), company.client("key:ingest"), company.system.client()):
            answer = client.get(address(path))
            wanted = "private, no-cache" if "ETag" in answer.headers else "private, no-store"
            assert answer.headers["Cache-Control"] == wanted, f"{path}: {answer.headers}"
            if "ETag" in answer.headers:
                assert answer.status_code == 200
                tags[path] = answer
    assert set(tags) >= {f"{API}/settings/{{key}}", f"{API}/openapi.json"}
    for path in ("/healthz", "/readyz", "/login", "/.well-known/jwks.json"):
        assert "public" not in company.system.client().get(path).headers["Cache-Control"], path


@pytest.mark.parametrize("resource", [
    "plants", "production-lines", "areas", "products", "ideal-rates", "shifts", "calendar-exceptions", "failures",
    "incidents", "line-groups"])
def test_an_object_has_a_tag_that_changes_with_it(company, plant, resource):
    manager = company.client("MANAGER")
    body, changed = bodies(resource, plant, manager)
    made = manager.post(f"{API}/{resource}", body)
    path, tag = made.headers["Location"], made.headers["ETag"]
    assert made.headers["Cache-Control"] == "private, no-store" or made.headers["Cache-Control"] == "private, no-cache"
    got = manager.get(path)
    assert (got.headers["ETag"], got.headers["Cache-Control"], got.json()) == (tag, "private, no-cache", made.json())
    same = manager.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    put = manager.put(path, changed)
    assert (put.status_code, put.json()) == (200, manager.read(path)) and put.headers["ETag"] != tag
    assert manager.get(path, headers={"If-None-Match": tag}).status_code == 200
    # Whoever may not, or asks with another's tag, is not told that it is unchanged.
    new = {"If-None-Match": put.headers["ETag"]}
    assert manager.get(path, headers=new).status_code == 304
    check_problem(company.system.client().get(path, headers=new), 401, "unauthorized")
    check_problem(company.client("key:ingest").get(path, headers=new), 403, "forbidden")


# Another tenant


def test_an_id_of_another_tenant_is_as_one_that_never_was_for_every_operation(system, company, document, plant):
    """Objects with numbers that this tenant has not reached: each method on each, beside a number that nobody has."""
    other = system.make_tenant("walked-other")
    manager, admin = other.client("MANAGER"), other.client("ADMIN")
    line, ids = PlantData(manager, code="O", commissioned_at="2026-03-04T03:00:00Z"), {}
    for number in range(30):
        ids["plants"] = manager.make("plants", plant_code=f"p{number}", plant_name="P", timezone="UTC")["plant_id"]
    for resource in ("production-lines", "areas", "products", "ideal-rates", "shifts", "calendar-exceptions",
                     "failures", "incidents", "line-groups"):
        for _ in range(12):
            made = manager.make(resource, **bodies(resource, line, manager)[0])
        ids[resource] = next(iter(made.values()))
    stop = manager.post(f"{API}/downtimes", {
        "line_id": ids["production-lines"], "start": "2026-03-04T10:00:00Z", "end": "2026-03-04T11:00:00Z"})
    assert stop.status_code == 201, stop.text
    ids["downtimes"] = ids["production-lines"]
    ids["api-keys"] = admin.make("api-keys", name="K", scopes=["read"])["api_key_id"]
    ids["devices"] = manager.make(
        "devices", kind="station", name="D", line_ids=[ids["production-lines"]])["device_id"]
    ids["users"] = admin.read("/auth/me")["user"]["user_id"]
    given, asked = {"X-Request-Id": "the-same-for-both"}, 0
    for method, path, operation in document.operations():
        parts = path.removeprefix(f"{API}/").split("/")
        if not path.startswith(API) or "{" not in path or parts[0] not in ids:
            continue
        names = re.findall(r"\{[^}]+\}", path)
        foreign = path.replace(names[0], str(ids[parts[0]]))
        if len(names) > 1:
            foreign = foreign.replace(names[1], str(stop.json()["event_id"]))
        body = None
        if operation.get("requestBody", {}).get("required"):
            body = right_body(parts, plant, company, stop.json()["event_id"])
        answers = [company.client("ADMIN").send(method, one, json=body, headers=given)
                   for one in (foreign, address(path))]
        check_problem(answers[0], 404, "not_found")
        assert answers[0].content == answers[1].content, f"{method} {path}"
        assert method != "GET" or admin.get(foreign).status_code in (200, 404), path
        asked += 1
    assert asked > 40
    # The control: they are there for those whose they are.
    for resource, number in ids.items():
        if resource != "downtimes":
            assert admin.get(f"{API}/{resource}/{number}").status_code == 200, resource
    assert manager.get(f"{API}/downtimes/{ids['downtimes']}/{stop.json()['event_id']}").status_code == 200


def right_body(parts: list[str], plant, company, event: int) -> dict:
    """A body that would be taken if the object were there."""
    match parts[0], parts[-1]:
        case "downtimes", "split": return {"at": "2026-03-04T10:30:00Z"}
        case "downtimes", "merge": return {"event_ids": [event, event + 1]}
        case "downtimes", _: return {"reason": "Not mine"}
        case "devices", _: return {"name": "D", "line_ids": [plant.line]}
        case "api-keys", _: return {"name": "K", "scopes": ["read"]}
        case "users", _: return {"username": "walked-foreign", "email": "foreign@example.com", "role": "VIEWER"}
        case resource, _: return bodies(resource, plant, company.client("MANAGER"))[1]
