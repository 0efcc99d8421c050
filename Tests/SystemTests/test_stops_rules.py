"""Whose a stop is, and whose words its cause are."""

import pytest

from running_system import check_problem
from stopped_line import FIRST, SECOND, Line, at, utc

API = "/api/v1/downtimes"


@pytest.fixture(scope="module")
def tenant(system):
    return system.make_tenant("stop-rules")


@pytest.fixture
def line(tenant):
    return Line(tenant)


def stored(line, number: int) -> str:
    """The path of one of the line's own stops, once all of them are stored."""
    line.recalculate()
    return f"{API}/{line.id}/{line.stops()[number]['event_id']}"


def shown(line, path: str) -> dict:
    """The stop of a path, as the list shows it."""
    return next(stop for stop in line.stops() if f"{API}/{line.id}/{stop['event_id']}" == path)


class TestOwn:
    def test_to_give_a_cause_is_not_to_make_a_stop(self, line):
        def change(path):
            return line.operator.send("PATCH", path, json={"reason": "molde"})

        def justify(_):
            return line.operator.post(f"{API}/justify", {
                "line_id": line.id, "start": at("10:00:00"), "end": at("10:30:00"), "incident_id": line.incident})

        for path, inside, edit in (
            (stored(line, 0), at("08:10:00"), change), (stored(line, 1), at("10:10:00"), justify),
        ):
            assert edit(path).status_code == 200
            before = line.stops()
            for method, more, body in (
                ("POST", "/split", {"at": inside}), ("DELETE", "", None), ("PATCH", "", {"end": inside}),
                ("POST", "/merge", {"event_ids": [stop["event_id"] for stop in before]}),
            ):
                check_problem(line.operator.send(method, f"{path}{more}", json=body), 403, "forbidden")
            assert line.stops() == before
            # The cause itself he may take back, once.
            assert line.operator.post(f"{path}/undo").status_code == 200
            check_problem(line.operator.post(f"{path}/undo"), 409, "conflict")
        assert line.times() == [FIRST, SECOND]
        assert [stop["justified_by"] for stop in line.stops()] == [None, None]

    def test_a_cause_is_an_incident_or_a_reason(self, line):
        body = {"line_id": line.id, "start": at("10:00:00"), "end": at("10:30:00")}
        refused = line.operator.post(f"{API}/justify", body)
        check_problem(refused, 422, "invalid")
        assert [fault["param"] for fault in refused.json()["errors"]] == ["incident_id"]
        assert line.operator.post(f"{API}/justify", body | {"reason": "late delivery"}).status_code == 200
        assert [(stop["incident_id"], stop["reason"]) for stop in line.stops()] == [
            (None, None), (None, "late delivery")]

    def test_who_entered_a_stop_splits_it_whoever_gave_its_cause(self, line):
        made = line.enter("12:00:00", "12:30:00", who=line.operator)
        path = f"/{line.id}/{made['event_id']}"
        line.edit("PATCH", path, {"reason": "molde"})
        halves = line.edit("POST", f"{path}/split", {"at": at("12:10:00")}, who=line.operator)["items"]
        assert [half["reason"] for half in halves] == ["molde", "molde"]
        # A part of it is his too; what others made of it is not.
        line.edit("POST", f"/{line.id}/{halves[1]['event_id']}/split", {"at": at("12:20:00")}, who=line.operator)
        line.edit("PATCH", path, {"end": at("12:08:00")})
        answer = line.operator.post(f"{API}{path}/split", {"at": at("12:05:00")})
        check_problem(answer, 403, "forbidden")

    def test_who_entered_a_stop_that_is_open_ends_it_and_changes_no_other_times(self, tenant, line):
        made, other = line.enter("12:00:00", None, who=line.operator), Line(tenant)
        path = f"{API}/{line.id}/{made['event_id']}"

        def change(path: str, **body):
            return line.operator.send("PATCH", path, json=body)

        check_problem(change(f"{API}/{other.id}/{other.enter('12:00:00', None)['event_id']}", end=at("11:30:00")), 403, "forbidden")
        for times in ({"start": at("12:05:00")}, {"start": at("12:05:00"), "end": at("12:30:00")}, {"end": None}):
            check_problem(change(path, **times), 403, "forbidden")
        check_problem(change(path, end=at("11:59:00")), 422, "invalid")
        ended = change(path, end=at("12:30:00"))
        assert ended.status_code == 200 and (ended.json()["end"], ended.json()["status"]) == (utc("12:30:00"), "closed")
        # It is closed now.
        check_problem(change(path, end=at("12:20:00")), 403, "forbidden")

    def test_a_cause_given_to_anothers_stop_does_not_make_it_ones_own(self, line):
        path = f"{API}/{line.id}/{line.enter('12:00:00', '12:10:00')['event_id']}"
        assert line.operator.send("PATCH", path, json={"reason": "molde"}).status_code == 200
        check_problem(line.operator.post(f"{path}/split", {"at": at("12:05:00")}), 403, "forbidden")
        assert line.operator.post(f"{path}/undo").status_code == 200
        assert shown(line, path)["reason"] is None


class TestCauses:
    def test_a_cause_is_one_statement(self, line):
        path = stored(line, 0)
        operator, manager = (who.read("/auth/me")["user"]["user_id"] for who in (line.operator, line.manager))

        def change(who, **body) -> tuple:
            answer = who.send("PATCH", path, json=body)
            assert answer.status_code == 200, answer.text
            stop = answer.json()
            assert (stop["justified_at"] is None) == (stop["justified_by"] is None)
            return stop["incident_id"], stop["reason"], stop["justified_by"]

        assert change(line.operator, incident_id=line.incident, reason="molde") == (line.incident, "molde", operator)
        assert change(line.manager, incident_id=line.incident) == (line.incident, None, manager)
        assert change(line.operator, reason="correa") == (None, "correa", operator)
        assert change(line.manager, incident_id=None) == (None, None, None)
        # A change of times alone leaves the whole statement with its author.
        change(line.operator, incident_id=line.incident, reason="molde")
        before = shown(line, path)
        assert change(line.manager, end=at("08:15:00")) == (line.incident, "molde", operator)
        assert shown(line, path)["justified_at"] == before["justified_at"]
        # Times and a cause at once: the cause is a new one.
        assert change(line.manager, end=at("08:14:00"), reason="otro") == (None, "otro", manager)
        assert shown(line, path)["end"] == utc("08:14:00")
        assert change(line.operator, reason=None) == (None, None, None)
