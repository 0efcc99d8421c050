"""Paths that only look like those of routes: nobody gets by another spelling what he may not, or is asked for less."""

import re

import pytest

from raw_connection import RawConnection

# What proxies, frameworks and file systems take for the same path.
SPELLINGS = [
    "/api/v1/plants/", "//api/v1/plants", "/api//v1/plants", "/api/v1//plants", "/./api/v1/plants", "/api/v1/./plants",
    "/api/v1/x/../plants", "/healthz/../api/v1/plants", "/static/../api/v1/plants", "/login/..%2fapi/v1/plants",
    "/api/v1/plants/..;/plants", "/API/v1/plants", "/api/V1/plants", "/api/v1/Plants", "/%61pi/v1/plants",
    "/api%2fv1%2fplants", "/api%2Fv1/plants", "/api/v1/%70lants", "/api/v1/plants%00", "/api/v1/plants%20",
    "/api/v1/plants;", "/api/v1/plants;x=1", "/api/v1/plants.json", "/api/v1/plants#x", "/api/v1/plants%3f",
    "/api/v1/plants%23", "/api\\v1\\plants", "/api/v1/plants\\", "/api/v1/plants/%2e%2e/plants",
    "/api/v1/plants%252f1", "/api/v1/%E2%80%AEplants", "/api/v1/plants%c0%af", "/api/v2/plants", "/v1/plants",
    "/api/plants", "/camet/api/v1/plants", "/api/v1", "/api/v1/",
]
OF_OBJECTS = [
    "{}/", "/{}", "0{}", "+{}", "%2B{}", "{}.0", "{}%20", "{}%00", "{}%2e", "{};x", "{}/..", "./{}", "{}%2f", "-{}",
    "{}e0", "0x{}", "%3{}", "{},{}", "%d9%a1", "*", "null", "undefined", "NaN", "{}?", "..%2fplants%2f{}",
]


def ask(system, target: str, key: str | None, method: str = "GET", fields: str = "") -> tuple[int, dict, bytes]:
    with RawConnection(system) as connection:
        who = f"X-API-Key: {key}\r\n" if key else ""
        connection.send(f"{method} {target} HTTP/1.1\r\nHost: a\r\n{who}{fields}Connection: close\r\n\r\n")
        answers = connection.answers()
        assert len(answers) == 1, answers
        return answers[0]


@pytest.fixture(scope="module")
def key(north, north_plant) -> str:
    return north.client("key:read").headers["X-API-Key"]


@pytest.mark.parametrize("path", SPELLINGS)
def test_another_spelling_of_a_path_is_another_path(system, key, path):
    assert ask(system, "/api/v1/plants", key)[0] == 200
    assert ask(system, "/api/v1/plants", None)[0] == 401
    for who in (key, None):
        status, _, body = ask(system, path, who)
        assert status == 404 and b"plant_code" not in body, (status, body)
    # Nor is it one that changes something.
    assert ask(system, path, key, "DELETE", "Content-Length: 0\r\n")[0] in (404, 405)


@pytest.mark.parametrize("form", OF_OBJECTS)
def test_another_spelling_of_a_number_is_no_number(system, key, north_plant, form):
    number = north_plant.plant
    assert ask(system, f"/api/v1/plants/{number}", key)[0] == 200
    text = form.format(number, number)
    status, _, body = ask(system, f"/api/v1/plants/{text}", key)
    if form == "{}?":
        assert status == 200
    else:
        assert status == 404 and b"plant_code" not in body, (text, status, body)


@pytest.mark.parametrize("target", [
    "http://a/api/v1/plants", "http://evil.example/api/v1/plants", "HTTP://A:80/api/v1/plants",
    "https://a/api/v1/plants",
])
def test_a_whole_address_has_the_rights_of_its_path(system, key, target):
    assert ask(system, target, key)[0] == 200
    assert ask(system, target, None)[0] == 401
    assert ask(system, target.replace("plants", "users"), key)[0] == 403


@pytest.mark.parametrize("target", ["api/v1/plants", "plants", "?x", "a?b=://c/api/v1/plants", "*", "a:1/api/v1/plants",
                                    ""])
def test_what_is_no_path_is_refused(system, key, target):
    with RawConnection(system) as connection:
        connection.send(f"GET {target} HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\nConnection: close\r\n\r\n")
        statuses = [answer[0] for answer in connection.answers()]
    assert statuses in ([400], [404]), statuses
    assert ask(system, "/api/v1/plants", key)[0] == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("field", [
    "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL",
    "X-Forwarded-Uri",
    "X-Original-Method", "X-Envoy-Original-Path", "X-Forwarded-Path",
])
def test_neither_method_nor_path_is_taken_from_a_field(system, key, north_plant, method, field):
    """The control is that the request does what its first line says."""
    path = f"/api/v1/plants/{north_plant.plant}"
    value = "/api/v1/users" if "U" in field.split("-")[-1] or "Path" in field or "path" in field else "DELETE"
    status = ask(system, path, key, method, f"{field}: {value}\r\nContent-Length: 0\r\n")[0]
    assert status == {"GET": 200, "PUT": 403, "DELETE": 403}.get(method, 405)
    assert ask(system, f"{path}?_method=DELETE", key)[2] == ask(system, path, key)[2]


def test_a_query_never_makes_a_path(system, key):
    """A marked end of the path is its end, however much looks like one behind it."""
    for query in ("?/../../users", "?#/../users", "??", "?%2f..%2fusers", "?;/users"):
        status, _, body = ask(system, f"/api/v1/plants{query}", key)
        assert status == 422 and re.search(rb'"code":"(unknown_field|invalid_format)"', body), (query, status, body)
    assert ask(system, "/api/v1/plants?", key)[0] == 200
    assert ask(system, "/api/v1/plants?&", key)[0] == 200
