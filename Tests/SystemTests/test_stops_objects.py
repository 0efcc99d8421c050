"""A stop as an object of the API: read, demanded as it was read, and edited once however often it is asked."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from running_system import check_problem
from stopped_line import FIRST, SECOND, Line, at, post, utc

API = "/api/v1/downtimes"
NEVER = 2147483647


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("stop-objects")


@pytest.fixture
def line(tenant):
    return Line(tenant)


def entered(line, start="12:00:00", end="12:10:00", **more):
    """The answer to an entered stop and the path of that."""
    answer = line.manager.post(API, {"line_id": line.id, "start": at(start), "end": at(end)} | more)
    assert answer.status_code == 201, answer.text
    return answer, f"{API}/{line.id}/{answer.json()['event_id']}"


def stored(line, number: int) -> str:
    """The path of one of the line's own stops, once all of them are stored."""
    line.recalculate()
    return f"{API}/{line.id}/{line.stops()[number]['event_id']}"


def key() -> dict:
    return {"Idempotency-Key": uuid.uuid4().hex}


class TestReading:
    def test_an_entered_stop_is_found_where_its_answer_says(self, tenant, line):
        made, path = entered(line, incident_id=line.incident, reason="molde")
        assert made.headers["Location"] == path
        for who in ("MANAGER", "OPERATOR", "VIEWER", "key:read"):
            answer = tenant.client(who).get(path)
            assert (answer.status_code, answer.json()) == (200, made.json())
            assert answer.headers["ETag"] == made.headers["ETag"]
        assert line.manager.get(path, headers={"If-None-Match": made.headers["ETag"]}).status_code == 304
        assert line.stops()[2] == made.json()

    def test_a_calculated_stop_is_read_as_it_is_listed(self, line):
        path = stored(line, 0)
        assert line.manager.read(path) == line.stops()[0]
        changed = line.manager.send("PATCH", path, json={"incident_id": line.incident})
        again = line.manager.get(path)
        assert (again.json(), again.headers["ETag"]) == (changed.json(), changed.headers["ETag"])
        justified = line.manager.post(f"{API}/justify", {
            "line_id": line.id, "start": at("08:00:00"), "end": at("08:20:00"), "incident_id": line.incident})
        assert justified.headers["ETag"] == line.manager.get(path).headers["ETag"] != changed.headers["ETag"]

    def test_what_came_late_is_seen_without_a_calculation(self, tenant, line):
        path = stored(line, 1)
        post(tenant, [line.plant.detection(at(time)) for time in ("10:00:05", "10:00:10")])
        read = line.manager.get(path)
        assert (read.json()["start"], read.json()["end"]) == (utc("10:00:10"), SECOND[1])
        assert line.manager.send(
            "PATCH", path, json={"reason": "molde"}, headers={"If-Match": read.headers["ETag"]}).status_code == 200

    def test_a_stop_that_is_none_is_not_found(self, system, tenant, line):
        _, path = entered(line)
        other = Line(system.make_tenant("stop-objects-other"))
        foreign, _ = entered(other)
        given = {"X-Request-Id": "the-same-for-all"}
        never = line.manager.get(f"{API}/{line.id}/{NEVER}", headers=given)
        check_problem(never, 404, "not_found")
        for strange in (f"{API}/{NEVER}/{foreign.json()['event_id']}", f"{API}/{line.id}/x", f"{API}/0/1",
                        f"{API}/{line.id}/{NEVER + 1}"):
            assert line.manager.get(strange, headers=given).content == never.content
        check_problem(other.manager.get(path), 404, "not_found")
        line.edit("DELETE", path.removeprefix(API), status=204)
        check_problem(line.manager.get(path), 404, "not_found")


class TestDemands:
    FAILING = ('"never"', "", "no tag", 'W/{tag}', "{old}")

    def test_a_change_may_demand_the_stop_as_it_was_read(self, line):
        made, path = entered(line)
        old = made.headers["ETag"]
        changed = line.manager.send("PATCH", path, json={"reason": "molde"}, headers={"If-Match": old})
        assert changed.status_code == 200 and changed.headers["ETag"] != old
        tag = changed.headers["ETag"]
        for failing in self.FAILING:
            headers = {"If-Match": failing.format(tag=tag, old=old)}
            for method, more, body in (
                ("PATCH", "", {"reason": "other"}), ("PATCH", "", {"end": at("12:05:00")}), ("DELETE", "", None),
                ("POST", "/split", {"at": at("12:05:00")}), ("POST", "/undo", None),
                ("POST", "/merge", {"event_ids": [line.stops()[0]["event_id"]]}),
            ):
                for dry in ("", "?dry_run=true"):
                    answer = line.manager.send(method, f"{path}{more}{dry}", json=body, headers=headers)
                    check_problem(answer, 412, "precondition_failed")
        read = line.manager.get(path)
        assert (read.json(), read.headers["ETag"]) == (changed.json(), tag)
        for demand in (f'{old}, "x", {tag}', "*"):
            assert line.manager.send(
                "PATCH", path, json={"reason": "molde"}, headers={"If-Match": demand}).status_code == 200
        tag = line.manager.get(path).headers["ETag"]
        line.manager.post(f"{path}/undo", headers={"If-Match": tag})
        assert line.manager.read(path)["reason"] == "molde"
        tag = line.manager.get(path).headers["ETag"]
        halves = line.manager.post(f"{path}/split", {"at": at("12:05:00")}, headers={"If-Match": tag})
        assert halves.status_code == 200, halves.text
        assert line.manager.delete(path, headers={"If-Match": "*"}).status_code == 204

    def test_what_is_gone_meets_no_demand(self, line):
        _, path = entered(line)
        line.edit("DELETE", path.removeprefix(API), status=204)
        for demand in ("*", '"any"'):
            check_problem(line.manager.post(f"{path}/undo", headers={"If-Match": demand}), 412, "precondition_failed")
            check_problem(line.manager.delete(path, headers={"If-Match": demand}), 404, "not_found")
        assert line.manager.post(f"{path}/undo").status_code == 200

    def test_the_object_is_judged_before_the_rules(self, line):
        made, path = entered(line)
        wrong = {"incident_id": NEVER}
        check_problem(line.manager.send("PATCH", f"{API}/{line.id}/{NEVER}", json=wrong), 404, "not_found")
        check_problem(
            line.manager.send("PATCH", path, json=wrong, headers={"If-Match": '"x"'}), 412, "precondition_failed")
        answer = line.manager.send("PATCH", path, json=wrong, headers={"If-Match": made.headers["ETag"]})
        assert check_problem(answer, 422, "invalid")["errors"][0]["param"] == "incident_id"

    def test_a_running_stop_is_the_same_while_its_length_grows(self, line):
        line.recalculate()
        running = line.manager.read(f"{API}?from=2026-03-05&to=2026-03-05&line_id={line.id}")["items"][0]
        assert running["status"] == "ongoing"
        path = f"{API}/{line.id}/{running['event_id']}"
        first = line.manager.get(path)
        later = line.manager.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert later.status_code == 200 and later.headers["ETag"] != first.headers["ETag"]
        assert later.json()["duration_seconds"] > first.json()["duration_seconds"]
        changed = line.manager.send(
            "PATCH", path, json={"reason": "holidays"}, headers={"If-Match": first.headers["ETag"]})
        assert changed.status_code == 200, changed.text
        answer = line.manager.send("PATCH", path, json={"reason": "x"}, headers={"If-Match": later.headers["ETag"]})
        check_problem(answer, 412, "precondition_failed")

    def test_of_two_changes_of_the_same_state_one_succeeds(self, line):
        made, path = entered(line)

        def change(number: int) -> int:
            return line.manager.send(
                "PATCH", path, json={"reason": f"reason {number}"},
                headers={"If-Match": made.headers["ETag"]}).status_code

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(change, range(8))) == [200] + [412] * 7


class TestKeys:
    def test_a_repeated_key_repeats_the_first_answer(self, line):
        body = {"line_id": line.id, "start": at("12:00:00"), "end": at("12:10:00"), "reason": 'molde "ñ" <1>\n'}
        headers = key()
        first = line.manager.post(API, body, headers=headers)
        assert first.status_code == 201, first.text
        path = first.headers["Location"]
        line.manager.send("PATCH", path, json={"reason": "other"})
        again = line.manager.post(API, body, headers=headers)
        assert (again.status_code, again.content) == (201, first.content)
        assert (again.headers["Location"], again.headers["ETag"]) == (path, first.headers["ETag"])
        assert line.manager.read(path)["reason"] == "other"
        check_problem(
            line.manager.post(API, body | {"reason": "x"}, headers=headers), 409, "idempotency_conflict")
        # Another key, and no key, are another stop.
        for more in (key(), {}):
            check_problem(line.manager.post(API, body, headers=more), 409, "overlapping_stop")
        # Somebody else's keys are not these.
        check_problem(line.operator.post(API, body, headers=headers), 409, "overlapping_stop")

    def test_a_refused_edit_leaves_its_key_free(self, line):
        headers = key()
        made, path = entered(line)
        body = {"line_id": line.id, "start": at("12:05:00"), "end": at("12:15:00")}
        check_problem(line.manager.post(API, body, headers=headers), 409, "overlapping_stop")
        trial = line.manager.post(f"{API}?dry_run=true", body | {"start": at("12:10:00")}, headers=headers)
        assert trial.status_code == 200, trial.text
        line.edit("DELETE", path.removeprefix(API), status=204)
        assert line.manager.post(API, body, headers=headers).status_code == 201

    def test_a_change_and_a_justification_are_made_once(self, system, tenant, line):
        _, path = entered(line)
        _, other = entered(line, "13:00:00", "13:10:00")
        facts = f"SELECT count(*) FROM downtime_fact WHERE line_id = {line.id}"
        for method, where, body in (
            ("PATCH", path, {"reason": "molde"}),
            ("POST", f"{API}/justify", {"line_id": line.id, "start": at("08:00:00"), "end": at("08:20:00"),
                                        "incident_id": line.incident}),
        ):
            headers = key()
            before = int(system.psql(tenant.database, facts))
            first = line.manager.send(method, where, json=body, headers=headers)
            assert first.status_code == 200, first.text
            again = line.manager.send(method, where, json=body, headers=headers)
            assert (again.status_code, again.content) == (200, first.content)
            assert again.headers["ETag"] == first.headers["ETag"]
            assert int(system.psql(tenant.database, facts)) == before + 1
        # The demand was met the first time.
        headers = key() | {"If-Match": line.manager.get(path).headers["ETag"]}
        first = line.manager.send("PATCH", path, json={"end": at("12:05:00")}, headers=headers)
        again = line.manager.send("PATCH", path, json={"end": at("12:05:00")}, headers=headers)
        assert (again.status_code, again.content) == (200, first.content)
        # Under the same key another stop is another edit.
        answer = line.manager.send(
            "PATCH", other, json={"end": at("13:05:00")}, headers={"Idempotency-Key": headers["Idempotency-Key"]})
        assert answer.status_code == 200 and answer.json()["end"] == utc("13:05:00")

    def test_twenty_at_once_enter_one_stop(self, system, line):
        body = {"line_id": line.id, "start": at("12:00:00"), "end": at("12:10:00")}
        headers = key() | line.manager.headers

        def enter(_):
            return system.client().post(API, body, headers=headers)

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(enter, range(20)))
        assert [answer.status_code for answer in answers] == [201] * 20
        assert {answer.json()["event_id"] for answer in answers} == {line.stops()[2]["event_id"]}
        assert line.times() == [FIRST, SECOND, (utc("12:00:00"), utc("12:10:00"), "registered")]

    def test_an_edit_whose_worker_died_before_it_answered_is_answered(self, system, tenant, line):
        body = {"line_id": line.id, "start": at("12:00:00"), "end": at("12:10:00")}
        headers = key()
        first = line.manager.post(API, body, headers=headers)
        path = first.headers["Location"]

        def forget() -> None:
            """As it is between the edit and its answer."""
            system.psql(tenant.database, (
                f"UPDATE idempotency_key SET answer = '{{\"event_id\":{first.json()['event_id']}}}' "
                f"WHERE key = '{headers['Idempotency-Key']}'"))

        forget()
        again = line.manager.post(API, body, headers=headers)
        assert (again.status_code, again.content) == (201, first.content)
        assert (again.headers["Location"], again.headers["ETag"]) == (path, first.headers["ETag"])
        forget()
        line.edit("DELETE", path.removeprefix(API), status=204)
        check_problem(line.manager.post(API, body, headers=headers), 409, "conflict")

    def test_a_key_has_a_length(self, line):
        body = {"line_id": line.id, "start": "x", "end": None}
        answer = line.manager.post(API, body, headers={"Idempotency-Key": "x" * 256})
        errors = check_problem(answer, 422, "invalid")["errors"]
        assert {(error["param"], error["code"]) for error in errors} == {
            ("Idempotency-Key", "too_long"), ("start", "invalid_time")}
        body["start"] = at("12:00:00")
        body["end"] = at("12:10:00")
        assert line.manager.post(API, body, headers={"Idempotency-Key": uuid.uuid4().hex * 7}).status_code == 201
