"""What holds for every request, whatever it asks for."""

import json
import socket

import pytest

from running_system import check_problem, sign_in


def exchange(system, head: str) -> bytes:
    """The first bytes of the answer to a request written out by hand."""
    host, port = system.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode())
        return connection.recv(65536)


def test_a_well_formed_request_id_is_kept(system):
    for given in ("a", "A-z_0.9", "x" * 128):
        answer = system.client().get("/healthz", headers={"X-Request-Id": given})
        assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["x" * 129, "with blank", "<script>", "a/b"])
def test_any_other_request_id_is_replaced(system, given):
    answer = system.client().get("/healthz", headers={"X-Request-Id": given})
    assert answer.status_code == 200
    assert answer.headers["X-Request-Id"] not in ("", given)


def test_an_unknown_path_is_404(system, north):
    for client in (system.client(), north.client("VIEWER")):
        check_problem(client.get("/api/v1/no-such-thing"), 404, "not_found")


def test_an_unknown_page_is_an_html_404(system):
    answer = system.client().get("/no-such-page", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("method,path,allow", [
    ("DELETE", "/healthz", {"GET", "HEAD"}),
    ("PATCH", "/api/v1/plants", {"GET", "HEAD", "POST"}),
    ("GET", "/auth/token", {"POST"}),
    # A path that a template with more words written out is for, and a path that only the one with fewer is.
    ("OPTIONS", "/api/v1/downtimes/1/merge", {"POST"}),
    ("POST", "/api/v1/downtimes/1/2", {"GET", "HEAD", "PATCH", "DELETE"}),
])
def test_another_method_is_405_and_names_those_there_are(system, method, path, allow):
    answer = system.client().send(method, path)
    check_problem(answer, 405, "method_not_allowed")
    assert {name.strip() for name in answer.headers["Allow"].split(",")} == allow


def test_head_is_get_without_a_body(system, north):
    answer = north.client("VIEWER").send("HEAD", "/api/v1/plants")
    assert answer.status_code == 200
    assert answer.content == b""


def test_an_announced_body_over_the_limit_is_413_before_a_byte_of_it(system):
    head = ("POST /auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: {}\r\n\r\n")
    assert exchange(system, head.format((1 << 20) + 1)).startswith(b"HTTP/1.1 413 ")
    assert system.client().post("/auth/token", {"username": "x" * 100_000, "password": ""}).status_code != 413


def test_a_chunked_body_over_the_limit_is_413(system):
    chunks = (b" " * 65536 for _ in range(20))
    answer = system.client().send("POST", "/auth/token", data=chunks, headers={"Content-Type": "application/json"})
    check_problem(answer, 413, "body_too_large")


def test_a_long_address_is_414(system, north):
    client = north.client("VIEWER")
    check_problem(client.get("/api/v1/plants?cursor=" + "1" * 8200), 414, "uri_too_long")
    assert client.get("/api/v1/plants?cursor=1").status_code == 200


def test_long_headers_are_431_also_with_a_token(system, north):
    client = north.client("VIEWER")
    check_problem(client.get("/api/v1/plants", headers={"X-Long": "x" * 16_400}), 431, "headers_too_large")
    assert client.get("/api/v1/plants", headers={"X-Long": "x" * 8_000}).status_code == 200


def test_a_body_of_another_type_is_415(system, north):
    client = north.client("MANAGER")
    body = json.dumps({"plant_code": "typed", "plant_name": "Typed", "timezone": "UTC"})
    check_problem(client.send("POST", "/api/v1/plants", data=body, headers={"Content-Type": "text/plain"}), 415,
                  "unsupported_media_type")
    made = client.send(
        "POST", "/api/v1/plants", data=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert made.status_code == 201


@pytest.mark.parametrize("given,is_right", [
    ("application/json", True), ("application/json; charset=utf-8", True), ('application/json;Charset="UTF-8"', True),
    ("application/json ; charset=UTF-8; v=1", True), ("APPLICATION/JSON", True),
    ("application/json; charset=latin1", False), ("application/json; charset=utf-16", False),
    ("application/json; charset=", False), ('application/json; charset="utf-8', False),
    ("application/json; charset=utf-8; charset=latin1", False), ("application/jsonp", False),
    ('application/json; v="; charset=utf-8"; charset=latin1', False), ('application/json; v="; charset=latin1"', True),
])
def test_a_body_is_utf_8_whatever_its_type_says_in_whatever_form(north, given, is_right):
    answer = north.client("MANAGER").send("POST", "/api/v1/plants", data=b"{}", headers={"Content-Type": given})
    if is_right:
        check_problem(answer, 422, "invalid")
    else:
        check_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("given,is_right", [
    ("identity", True), ("Identity", True), ("", True), ("identity, identity", True),
    ("gzip", False), ("br", False), ("identity, gzip", False), ("x", False),
])
def test_a_coded_body_is_415(system, north, given, is_right):
    headers = {"Content-Encoding": given, "Content-Type": "application/json"}
    manager = north.client("MANAGER")
    for client, path, status in (
        (manager, "/api/v1/plants", 422), (manager, "/api/v1/filters/validate", 200),
        (manager, "/api/v1/detections", 422), (system.client(), "/auth/token", 422),
    ):
        answer = client.send("POST", path, data=b"{}", headers=headers)
        if is_right:
            assert answer.status_code == status, f"{path}: {answer.text}"
        else:
            check_problem(answer, 415, "unsupported_media_type")
    form = system.client().send(
        "POST", "/login", data=b"username=x", headers=headers | {"Content-Type": "application/x-www-form-urlencoded"})
    assert (form.status_code == 415) != is_right
    # Where no body is sent, nothing is coded.
    assert manager.send("GET", "/api/v1/plants", headers={"Content-Encoding": given}).status_code == 200


@pytest.mark.parametrize("body", [
    b"", b"{", b"[1", b'{"plant_code": NaN}', b'{"plant_code": "a" "b"}', b'{"plant_code": "\xff"}',
    b'{"plant_code": "a", "plant_code": "b"}', b'{"plant_code": "\x01"}', b"[" * 10_000,
    b'{"a": {"b": 1, "b": 2}}',
], ids=["empty", "cut", "cut list", "NaN", "no comma", "not UTF-8", "duplicate key", "control", "deep",
        "duplicate key inside"])
def test_what_is_not_json_is_400(north, body):
    answer = north.client("MANAGER").send(
        "POST", "/api/v1/plants", data=body, headers={"Content-Type": "application/json"})
    check_problem(answer, 400, "invalid_json")


def test_a_wrong_body_lists_every_fault_at_once(north):
    answer = north.client("MANAGER").post("/api/v1/production-lines", {
        "line_code": " ", "rate_per_minute": -1, "downtime_threshold_seconds": 0.5, "target_oee": "high",
        "commissioned_at": "yesterday", "bogus": 1,
    })
    problem = check_problem(answer, 422, "invalid")
    faults = {fault["param"]: fault["code"] for fault in problem["errors"]}
    assert faults == {
        "plant_id": "required",
        "line_name": "required",
        "line_code": "blank",
        "rate_per_minute": "out_of_range",
        "downtime_threshold_seconds": "invalid_type",
        "target_oee": "invalid_type",
        "commissioned_at": "invalid_time",
        "bogus": "unknown_field",
    }
    assert all(fault["message"] for fault in problem["errors"])


def test_a_wrong_query_lists_every_fault_at_once(north):
    answer = north.client("VIEWER").get("/api/v1/kpis?from=today&to=2026-02-30&line_id=x&threshold_seconds=0&more=1")
    problem = check_problem(answer, 422, "invalid")
    assert {fault["param"] for fault in problem["errors"]} == {"from", "to", "line_id", "threshold_seconds", "more"}


def faults(answer) -> dict[str, str]:
    problem = check_problem(answer, 422, "invalid")
    found = {fault["param"]: fault["code"] for fault in problem["errors"]}
    assert len(found) == len(problem["errors"]), "one fault for each parameter"
    return found


@pytest.mark.parametrize("query,expected", [
    ("from=%ff&to=2026-03-05", {"from": "invalid_format"}),
    ("from=%c3%28&to=%ff", {"from": "invalid_format", "to": "invalid_format"}),
    ("from=%zz&to=2026-03-05", {"from": "invalid_time"}),
    ("from=2026-03-04&to=2026-03-05&line_id=%ff", {"line_id": "invalid_format"}),
    ("from=2026-03-04&to=2026-03-05&line_id=1&line_id=%ff", {"line_id": "invalid_format"}),
    ("from=2026-03-04&to=2026-03-05&more=%ff", {"more": "unknown_field"}),
    ("from=2026-03-04&to=2026-03-05&%FF=1", {"%FF": "unknown_field"}),
    ("from=2026-03-04&to=2026-03-05&compare_from=%ff&compare_to=2026-03-05", {"compare_from": "invalid_format"}),
    ("to=2026-03-05", {"from": "required"}),
])
def test_what_a_query_says_in_no_text_is_422_and_named(north, query, expected):
    client = north.client("VIEWER")
    assert faults(client.get(f"/api/v1/kpis?{query}")) == expected
    # The control: the same questions in text, escaped where they need not be.
    assert client.get("/api/v1/kpis?from=%32026-03-04&to=2026-03-05&line_id=al%6c").status_code == 200


@pytest.mark.parametrize("number", ["0{}", "%2B{}", "+{}", "{}.0", "{}%20", "%20{}", "0x{}", "-0", "{}e0", "%EF%BC%91"])
def test_an_id_is_a_plain_decimal_number(north, north_plant, number):
    client = north.client("VIEWER")
    period = "from=2026-03-04&to=2026-03-05"
    line, plant = number.format(north_plant.line), number.format(north_plant.plant)
    assert client.get(f"/api/v1/kpis?{period}&line_id={north_plant.line}&plant_id={north_plant.plant}").ok
    assert set(faults(client.get(f"/api/v1/kpis?{period}&line_id={line}"))) == {"line_id"}
    assert set(faults(client.get(f"/api/v1/kpis?{period}&line_id=group_line_{line}"))) == {"line_id"}
    assert set(faults(client.get(f"/api/v1/kpis?{period}&plant_id={plant}"))) == {"plant_id"}
    assert set(faults(client.get(f"/api/v1/filters/AreaFilter/options?line_id={line}"))) == {"line_id"}
    assert client.get(f"/api/v1/plants/{north_plant.plant}").ok
    check_problem(client.get(f"/api/v1/plants/{plant}"), 404, "not_found")


def test_a_value_given_twice_is_named(north, north_plant):
    manager = north.client("MANAGER")
    shift = {"plant_id": north_plant.plant, "shift_name": "Twice", "days": [1, 2], "start_time": "06:00",
             "end_time": "07:00", "line_ids": [north_plant.line], "is_active": False}
    twice = {"days": [1, 2, 1], "line_ids": [north_plant.line] * 2}
    assert faults(manager.post("/api/v1/shifts", shift | twice)) == {
        "days[2]": "duplicate_value", "line_ids[1]": "duplicate_value"}
    assert manager.post("/api/v1/shifts", shift).status_code == 201
    group = {"group_name": "twice", "line_ids": [north_plant.line] * 2}
    assert faults(manager.post("/api/v1/line-groups", group)) == {"line_ids[1]": "duplicate_value"}
    # A parameter that may stand once only is a field that is there twice.
    assert faults(manager.get("/api/v1/plants?limit=1&limit=1")) == {"limit": "duplicate_field"}
    assert manager.get("/api/v1/plants?limit=1").ok


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1", "%2B1", "01", "1%20"])
def test_a_limit_out_of_range_is_422(north, limit):
    check_problem(north.client("VIEWER").get(f"/api/v1/plants?limit={limit}"), 422, "invalid")


def test_lists_are_read_in_pages(north):
    manager = north.client("MANAGER")
    for number in range(3):
        manager.make("failures", failure_code=f"page-{number}", failure_name=f"Page {number}")
    everything = manager.read("/api/v1/failures")
    assert everything["next_cursor"] is None
    read, cursor = [], ""
    for _ in range(len(everything["items"]) + 1):
        page = manager.read(f"/api/v1/failures?limit=1{cursor}")
        read += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert read == everything["items"]


def test_an_object_made_is_found_where_location_says_with_its_etag(north):
    manager = north.client("MANAGER")
    made = manager.post("/api/v1/plants", {"plant_code": "found", "plant_name": "Ñandú <b>", "timezone": "UTC"})
    assert made.status_code == 201
    found = manager.get(made.headers["Location"])
    assert found.status_code == 200
    assert found.json() == made.json()
    assert found.json()["plant_name"] == "Ñandú <b>"
    assert found.headers["ETag"] == made.headers["ETag"]
    assert manager.get(made.headers["Location"], headers={"If-None-Match": found.headers["ETag"]}).status_code == 304


def test_a_code_that_exists_is_409(north):
    manager = north.client("MANAGER")
    body = {"plant_code": "twice", "plant_name": "Twice", "timezone": "UTC"}
    assert manager.post("/api/v1/plants", body).status_code == 201
    assert manager.post("/api/v1/plants", body).status_code == 409


def test_texts_of_refusals_follow_the_accepted_language(system):
    spanish = system.client().get("/api/v1/plants", headers={"Accept-Language": "es-AR"}).json()
    english = system.client().get("/api/v1/plants", headers={"Accept-Language": "en"}).json()
    assert spanish["code"] == english["code"]
    assert spanish["detail"] != english["detail"]


def test_texts_of_refusals_follow_the_users_language_when_none_is_asked_for(system, north):
    details = {}
    for language in ("es", "en"):
        username = north.make_user("VIEWER", f"north-speaks-{language}")
        system.psql("camet_global", f"UPDATE app_user SET locale = '{language}' WHERE username = '{username}'")
        client = system.client(bearer=sign_in(system, username)["access_token"])
        path = "/api/v1/plants/2147483647"
        details[language] = check_problem(client.get(path), 404, "not_found")["detail"]
        for asked in ("es-AR", "en", "fr, en;q=0.5"):
            answer = client.get(path, headers={"Accept-Language": asked}).json()
            details[f"{language} who asks for {asked}"] = answer["detail"]
        details[f"{language} who asks for fr"] = client.get(path, headers={"Accept-Language": "fr"}).json()["detail"]
        wrong = check_problem(client.get("/api/v1/plants?limit=x"), 422, "invalid")
        details[f"{language} with a fault"] = wrong["errors"][0]["message"]
    assert details["es"] != details["en"]
    assert details["es with a fault"] != details["en with a fault"]
    for language in ("es", "en"):
        assert details[f"{language} who asks for es-AR"] == details["es"]
        assert details[f"{language} who asks for en"] == details["en"]
        assert details[f"{language} who asks for fr, en;q=0.5"] == details["en"]
        assert details[f"{language} who asks for fr"] == details[language]


@pytest.mark.parametrize("head", [
    "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "POST /auth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "POST /auth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /auth/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "GET /healthz HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
], ids=["two hosts", "two lengths", "length and chunked", "bad chunk size", "folded header"])
def test_a_malformed_request_is_400_and_the_connection_ends(system, head):
    answer = exchange(system, head)
    assert answer.split(b" ")[1:2] in ([b"400"], [b"501"]), answer
    assert exchange(system, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 200 ")
