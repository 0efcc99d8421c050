"""Detections: stored once, durably, or rejected with a reason."""

import json
import os
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from database_session import DatabaseSession
from running_system import PlantData, check_problem, eventually, is_alive, sign_in

ROUTE = "/api/v1/detections"


@pytest.fixture(scope="module")
def plant(north):
    return PlantData(north.client("MANAGER"), code="INGEST")


@pytest.fixture
def camera(north):
    return north.client("key:ingest")


def text(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds")


def rows(plant, count: int, event_ids: bool = False, day: str = "2026-02-10") -> list[dict]:
    mark = uuid.uuid4().hex
    first = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    made = [plant.detection(text(first + timedelta(milliseconds=number))) for number in range(count)]
    return [row | {"event_id": f"{mark}-{number}"} for number, row in enumerate(made)] if event_ids else made


def stored(north, plant) -> int:
    return int(north.system.psql(north.database, f"SELECT count(*) FROM detection_line_{plant.line}"))


def outcome(answer, status=200) -> tuple[int, int, int, int]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    return body["received"], body["stored"], body["duplicates"], body["rejected_count"]


def test_rows_with_an_event_id_are_stored_once(north, plant, camera):
    before = stored(north, plant)
    batch = {"detections": rows(plant, 5, event_ids=True)}
    assert outcome(camera.post(ROUTE, batch)) == (5, 5, 0, 0)
    assert outcome(camera.post(ROUTE, batch)) == (5, 0, 5, 0)
    assert outcome(camera.post(ROUTE, {"detections": batch["detections"][3:] + rows(plant, 1)})) == (3, 1, 2, 0)
    assert stored(north, plant) == before + 6


def test_rows_with_neither_are_new_each_time(north, plant, camera):
    before = stored(north, plant)
    batch = {"detections": rows(plant, 2)}
    assert outcome(camera.post(ROUTE, batch)) == outcome(camera.post(ROUTE, batch)) == (2, 2, 0, 0)
    assert stored(north, plant) == before + 4


def test_the_same_event_id_with_other_content_is_rejected(plant, camera):
    row = rows(plant, 1, event_ids=True)[0]
    assert outcome(camera.post(ROUTE, {"detections": [row]})) == (1, 1, 0, 0)
    changed = row | {"detected_at": "2026-02-10T13:00:00Z"}
    answer = camera.post(ROUTE, {"detections": rows(plant, 1) + [changed]})
    assert outcome(answer) == (2, 1, 0, 1)
    assert [(item["index"], item["code"]) for item in answer.json()["rejected"]] == [(1, "conflicting_event")]


@pytest.mark.parametrize("order", [1, -1], ids=["repeat first", "repeat last"])
def test_a_repeat_is_a_duplicate_beside_a_conflicting_row(plant, camera, order):
    row = rows(plant, 1, event_ids=True)[0]
    assert outcome(camera.post(ROUTE, {"detections": [row]})) == (1, 1, 0, 0)
    changed = row | {"detected_at": "2026-02-10T13:00:00Z"}
    assert outcome(camera.post(ROUTE, {"detections": [row, changed][::order]})) == (2, 0, 1, 1)


def test_an_idempotency_key_repeats_the_first_answer(north, plant, camera):
    before = stored(north, plant)
    batch = {"detections": rows(plant, 3)}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = camera.post(ROUTE, batch, headers=key)
    assert outcome(first) == (3, 3, 0, 0)
    again = camera.post(ROUTE, batch, headers=key)
    assert (again.status_code, again.json()) == (200, first.json())
    check_problem(camera.post(ROUTE, {"detections": rows(plant, 2)}, headers=key), 409, "idempotency_conflict")
    assert outcome(camera.post(ROUTE, batch, headers={"Idempotency-Key": uuid.uuid4().hex})) == (3, 3, 0, 0)
    assert stored(north, plant) == before + 6


@pytest.mark.parametrize("key,code", [("", "blank"), ("x" * 256, "too_long")], ids=["empty", "long"])
def test_a_key_of_no_or_too_many_characters_is_422(plant, camera, key, code):
    batch = {"detections": rows(plant, 1)}
    problem = check_problem(camera.post(ROUTE, batch, headers={"Idempotency-Key": key}), 422, "invalid")
    assert [(fault["param"], fault["code"]) for fault in problem["errors"]] == [("Idempotency-Key", code)]
    for right in ("x", uuid.uuid4().hex.ljust(255, "x")):
        assert outcome(camera.post(ROUTE, batch, headers={"Idempotency-Key": right})) == (1, 1, 0, 0)


@pytest.mark.parametrize("keyed", [True, False], ids=["by Idempotency-Key", "by event_id"])
def test_twenty_clients_at_once_store_a_batch_once(system, north, plant, keyed):
    before = stored(north, plant)
    batch = {"detections": rows(plant, 200, event_ids=not keyed)}
    headers = {"Idempotency-Key": uuid.uuid4().hex} if keyed else {}
    key = north.client("key:ingest").headers["X-API-Key"]

    def post(_):
        return system.client(key=key).post(ROUTE, batch, headers=headers)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    if keyed:
        assert {answer.text for answer in answers} == {answers[0].text}
        assert outcome(answers[0]) == (200, 200, 0, 0)
    else:
        assert sum(answer.json()["stored"] for answer in answers) == 200
        assert sum(answer.json()["duplicates"] for answer in answers) == 19 * 200
    assert stored(north, plant) == before + 200


WRONG_ROWS = [
    ("unknown_line", {"line": "no such line"}),
    ("unknown_area", {"area": "no such area"}),
    ("unknown_product", {"product": "no such product"}),
    ("invalid_time", {"detected_at": "2026-02-10T12:00:00"}),
    ("invalid_time", {"detected_at": "2026-02-10T24:00:00Z"}),
    ("invalid_time", {"detected_at": "2026-02-10T12:00:60Z"}),
    ("invalid_time", {"detected_at": "1969-12-31T23:59:59Z"}),
    ("invalid_time", {"detected_at": "2026-02-30T12:00:00Z"}),
    ("invalid_row", {"line_id": 1}),
    ("invalid_row", {"event_id": "x" * 201}),
    ("invalid_row", {"colour": "red"}),
    ("invalid_row", {"line": None, "line_id": 1e30}),
    ("invalid_row", {"line": None, "line_id": 99999999999999999999999}),
    ("invalid_row", {"area": None, "area_id": 1.5}),
    ("unknown_product", {"product": None, "product_id": 9999999999}),
    ("invalid_row", {"detected_at": 1e30}),
    ("invalid_row", {"event_id": "a\0b"}),
    ("invalid_row", {"event_id": "\ud800"}),
    ("invalid_row", {"line": "L\0"}),
    ("invalid_row", {"product": "\0"}),
    ("invalid_row", {"colour\0": "red"}),
    ("invalid_row", {"colour": {"deep": ["\0"]}}),
]


@pytest.mark.parametrize("code,change", WRONG_ROWS, ids=[f"{row[0]} {row[1]}"[:60] for row in WRONG_ROWS])
def test_a_wrong_row_is_rejected_by_index_and_the_others_are_stored(plant, camera, code, change):
    good = rows(plant, 2)
    answer = camera.post(ROUTE, {"detections": [good[0], plant.detection("2026-02-10T12:00:00Z") | change, good[1]]})
    assert outcome(answer) == (3, 2, 0, 1)
    assert [(item["index"], item["code"]) for item in answer.json()["rejected"]] == [(1, code)]


@pytest.mark.parametrize("row", ['{"line_id": 1e400}', '{"x": -1e999}', "1e400", '"\\u0000"', "[1, {}]"])
def test_a_row_that_is_json_but_cannot_be_held_is_rejected_alone(plant, camera, row):
    good = [json.dumps(row) for row in rows(plant, 2)]
    answer = camera.send(
        "POST", ROUTE, data=f'{{"detections": [{good[0]}, {row}, {good[1]}]}}',
        headers={"Content-Type": "application/json"})
    assert outcome(answer) == (3, 2, 0, 1)
    assert [(item["index"], item["code"]) for item in answer.json()["rejected"]] == [(1, "invalid_row")]


UNPARSABLE = {
    "endless list": "[" * 100_000,
    "endless object": '{"a":' * 100_000,
    "too deep": "[" * 1_000 + "]" * 1_000,
    "endless list of rows": '{"detections": ' + "[" * 100_000,
    "endless list in a row": '{"detections": [{"line": ' + "[" * 100_000,
    "row too deep": '{"detections": [{"line": ' + "[" * 40 + "]" * 40 + "}]}",
    "cut list": "[1",
    "cut": '{"detections": [',
    "not a number": '{"detections": [{"line_id": 01}]}',
    "raw NUL": '{"detections": [{"line": "\0"}]}',
    "key twice": '{"detections": [{"line": "a", "line": "b"}]}',
    "unparsable after too many rows": '{"detections": [' + "1," * 10_001 + "}",
}


@pytest.mark.parametrize("body", UNPARSABLE.values(), ids=UNPARSABLE)
def test_a_batch_that_cannot_be_parsed_is_400_whole(system, camera, body):
    pid = system.worker("north")["pid"]
    answer = camera.send("POST", ROUTE, data=body, headers={"Content-Type": "application/json"})
    check_problem(answer, 400, "invalid_json")
    assert system.worker("north")["pid"] == pid


@pytest.mark.parametrize("body", ["[[[[]]]]", '{"detections": {"a": [[]]}}', '{"detections": [], "a": [[]]}'])
def test_a_batch_that_is_json_of_another_shape_is_422(camera, body):
    answer = camera.send("POST", ROUTE, data=body, headers={"Content-Type": "application/json"})
    check_problem(answer, 422, "invalid")


class TestMessages:
    """What people read about a rejected row: a sentence that names its field, in the language of the request."""

    WRONG = {
        "line": ({"line": "no such line"}, "No existe esa línea.", "There is no such line."),
        "detected_at": ({"detected_at": "noon"}, "no indica su desfase.", "has no offset."),
        "event_id": ({"event_id": "x" * 201}, "La fila no se puede leer.", "The row cannot be read."),
        "colour": ({"colour": "red"}, "La fila no se puede leer.", "The row cannot be read."),
    }

    def batch(self, plant):
        return {"detections": [plant.detection("2026-02-10T12:00:00Z") | change for change, _, _ in self.WRONG.values()]}

    def messages(self, answer, status=200) -> list[str]:
        assert answer.status_code == status, answer.text
        assert [item["field"] for item in answer.json()["rejected"]] == list(self.WRONG)
        return [item["message"] for item in answer.json()["rejected"]]

    def check(self, messages: list[str], language: int) -> None:
        for message, (field, texts) in zip(messages, self.WRONG.items(), strict=True):
            assert f"“{field}”" in message
            assert message.endswith(texts[language]), message

    def test_they_follow_the_accepted_language(self, plant, camera):
        batch = self.batch(plant)
        for asked, language in (("es-AR", 1), ("en", 2), ("fr", 1), ("fr, en;q=0.1", 2)):
            answer = camera.post(ROUTE, batch, headers={"Accept-Language": asked})
            self.check(self.messages(answer, status=422), language)
            # The control: beside rows that are stored, the same.
            mixed = {"detections": batch["detections"] + rows(plant, 1)}
            self.check(self.messages(camera.post(ROUTE, mixed, headers={"Accept-Language": asked})), language)

    def test_they_follow_the_users_language_when_none_is_asked_for(self, system, north, plant):
        for locale, language in (("es", 1), ("en", 2)):
            username = north.make_user("MANAGER", f"north-ingests-{locale}")
            system.psql("camet_global", f"UPDATE app_user SET locale = '{locale}' WHERE username = '{username}'")
            client = system.client(bearer=sign_in(system, username)["access_token"])
            self.check(self.messages(client.post(ROUTE, self.batch(plant)), status=422), language)

    def test_a_repeat_is_told_in_its_own_language(self, plant, camera):
        batch = {"detections": self.batch(plant)["detections"] + rows(plant, 1)}
        key = {"Idempotency-Key": uuid.uuid4().hex}
        first, again = (
            camera.post(ROUTE, batch, headers=key | {"Accept-Language": asked}) for asked in ("es", "en"))
        self.check(self.messages(first), 1)
        self.check(self.messages(again), 2)
        assert outcome(first) == outcome(again) == (5, 1, 0, 4)

    def test_a_long_name_of_a_field_is_cut(self, plant, camera):
        row = plant.detection("2026-02-10T12:00:00Z") | {"c" * 100_000: 1}
        answer = camera.post(ROUTE, {"detections": [row]})
        assert outcome(answer, status=422) == (1, 0, 0, 1)
        assert len(answer.content) < 1_000


def test_a_row_far_ahead_is_rejected_and_one_a_little_ahead_is_stored(plant, camera):
    now = datetime.now(timezone.utc)
    ahead = [plant.detection(text(now + timedelta(minutes=minutes))) for minutes in (4, 6)]
    answer = camera.post(ROUTE, {"detections": ahead})
    assert outcome(answer) == (2, 1, 0, 1)
    assert [(item["index"], item["code"]) for item in answer.json()["rejected"]] == [(1, "future_time")]


def test_a_batch_of_rejects_only_is_422_with_the_same_fields(plant, camera):
    batch = [plant.detection("2026-02-10T12:00:00Z") | {"line": "no such line"} for _ in range(150)]
    answer = camera.post(ROUTE, {"detections": batch})
    assert outcome(answer, status=422) == (150, 0, 0, 150)
    assert [item["index"] for item in answer.json()["rejected"]] == list(range(100))


@pytest.mark.parametrize("body", [{"detections": []}, {}, {"detections": 1}, {"rows": []}],
                         ids=["empty", "none", "number", "other name"])
def test_a_batch_without_rows_is_422(camera, body):
    check_problem(camera.post(ROUTE, body), 422, "invalid")


def test_ten_thousand_rows_are_taken_and_one_more_is_not(north, plant, camera):
    before = stored(north, plant)
    assert camera.post(ROUTE, {"detections": rows(plant, 10_001)}).status_code in (413, 422)
    assert stored(north, plant) == before
    assert outcome(camera.post(ROUTE, {"detections": rows(plant, 10_000)})) == (10_000, 10_000, 0, 0)


def test_what_was_answered_as_stored_survives_kill_9_of_the_worker(system, north, camera, plant):
    day = "2026-02-17"
    query = f"/api/v1/production?from={day}&to={day}&line_id={plant.line}&interval=day"

    def total():
        answer = north.client("VIEWER").get(query)
        return sum(sum(bucket["series"].values()) for bucket in answer.json()["buckets"]) if answer.ok else None

    before = total()
    pid = system.worker("north")["pid"]
    assert outcome(camera.post(ROUTE, {"detections": rows(plant, 50, day=day)})) == (50, 50, 0, 0)
    os.kill(pid, signal.SIGKILL)
    assert eventually(total, 25) == before + 50
    assert system.worker("north")["pid"] != pid


def test_what_cameras_see_is_stored_although_everything_is_deactivated(north):
    manager, camera = north.client("MANAGER"), north.client("key:ingest")
    plant = PlantData(manager, code="RETIRED")
    for path in (f"areas/{plant.areas['output']}", f"products/{plant.product}", f"production-lines/{plant.line}",
                 f"plants/{plant.plant}"):
        before = manager.read(f"/api/v1/{path}")
        body = {name: value for name, value in before.items()
                if name not in (next(iter(before)), "versions", "valid_from")}
        changed = manager.put(f"/api/v1/{path}", body | {"is_active": False})
        assert changed.status_code == 200, changed.text
        assert changed.json()["is_active"] is False
    by_code = plant.detection("2026-02-10T12:00:00Z")
    by_id = {"line_id": plant.line, "area_id": plant.areas["output"], "product_id": plant.product,
             "detected_at": "2026-02-10T12:00:01Z"}
    assert outcome(camera.post(ROUTE, {"detections": [by_code, by_id]})) == (2, 2, 0, 0)
    assert stored(north, plant) == 2
    # The control: what never was is still refused.
    answer = camera.post(ROUTE, {"detections": [by_code | {"area": "input of INGEST"}]})
    assert outcome(answer, status=422) == (1, 0, 0, 1)


@pytest.mark.parametrize("names_rows", [True, False])
def test_a_batch_whose_rows_have_names_is_sent_again_when_the_worker_dies(system, north, camera, names_rows):
    plant = PlantData(north.client("MANAGER"), code=f"DYING{names_rows}")
    assert outcome(camera.post(ROUTE, {"detections": rows(plant, 1)})) == (1, 1, 0, 0)
    table, worker = f"detection_line_{plant.line}", system.worker("north")["pid"]
    waiting = ("SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'RowExclusiveLock' "
               f"AND relation = '{table}'::regclass")
    batch = {"detections": rows(plant, 5, event_ids=names_rows)}
    with DatabaseSession(north.system, north.database) as holder, ThreadPoolExecutor(1) as pool:
        # Holds the table, so that the batch waits for it when the worker dies.
        holder.run(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE")
        sent = pool.submit(camera.post, ROUTE, batch)
        assert eventually(lambda: north.system.psql(north.database, waiting) == "1", 10)
        os.kill(worker, signal.SIGKILL)
        assert eventually(lambda: not is_alive(worker), 10)
        holder.run("COMMIT")
        answer = sent.result(30)
    if names_rows:
        assert outcome(answer) == (5, 5, 0, 0)
        assert stored(north, plant) == 6
        assert outcome(camera.post(ROUTE, batch)) == (5, 0, 5, 0)
    else:
        check_problem(answer, 503, "outcome_unknown")


def test_a_batch_that_the_database_undoes_for_another_change_is_asked_for_again(north, camera):
    """Two transactions that wait for each other: the database ends the batch's, of which nothing is left."""
    manager = north.client("MANAGER")
    lines = sorted((PlantData(manager, code=f"KNOT{number}") for number in (1, 2)), key=lambda plant: plant.line)
    batch = {"detections": [row for plant in lines for row in rows(plant, 2)]}
    assert outcome(camera.post(ROUTE, batch)) == (4, 4, 0, 0)
    first, second = (plant.line for plant in lines)
    # Holds the second line, waits until the batch wants it, then wants what the batch holds of the first.
    knot = f"""
        BEGIN;
        SET LOCAL deadlock_timeout = '1h';
        LOCK TABLE detection_line_{second} IN EXCLUSIVE MODE;
        SELECT 'held';
        DO $$ BEGIN
            FOR attempt IN 1..1000 LOOP
                PERFORM FROM pg_locks WHERE NOT granted AND relation = 'detection_line_{second}'::regclass;
                EXIT WHEN FOUND;
                PERFORM pg_sleep(0.01);
            END LOOP;
        END $$;
        SELECT FROM line_activity WHERE line_id = {first} FOR UPDATE;
        COMMIT;
    """
    held = f"SELECT count(*) FROM pg_locks WHERE granted AND mode = 'ExclusiveLock' " \
           f"AND relation = 'detection_line_{second}'::regclass"
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(north.system.psql, north.database, knot, as_script=True)
        assert eventually(lambda: north.system.psql(north.database, held).strip() == "1", 10)
        refused = camera.post(ROUTE, batch)
        check_problem(refused, 503, "overloaded")
        assert refused.headers["Retry-After"] == "1"
        other.result(30)
    assert [stored(north, plant) for plant in lines] == [2, 2]
    assert outcome(camera.post(ROUTE, batch)) == (4, 4, 0, 0)
    assert [stored(north, plant) for plant in lines] == [4, 4]
