"""Server-sent events."""

import os
import signal
from datetime import datetime, timezone

import pytest

from event_stream import EventStream
from running_system import PlantData, eventually, sign_in


@pytest.fixture(scope="module")
def plant(north):
    return PlantData(north.client("MANAGER"), code="EVENTS")


def post_one(north, plant, **more):
    row = plant.detection(datetime.now(timezone.utc).isoformat(), **more)
    answer = north.client("key:ingest").post("/api/v1/detections", {"detections": [row]})
    assert answer.status_code == 200, answer.text


def test_a_posted_detection_is_an_event(north, plant):
    with EventStream(north.client("VIEWER")) as stream:
        post_one(north, plant)
        event = stream.wait("detection_counts", line_id=plant.line)
        assert event.data["from"] < event.data["to"]
        assert event.id.rpartition("-")[2].isdigit()


def test_a_row_put_in_by_sql_is_an_event(system, north, plant):
    with EventStream(north.client("VIEWER")) as stream:
        system.psql(north.database, (
            f"INSERT INTO detection_line_{plant.line} (detected_at, area_id, product_id) "
            f"VALUES (now(), {plant.areas['output']}, {plant.product})"))
        stream.wait("detection_counts", line_id=plant.line)


def test_a_stream_goes_on_after_the_last_event_seen(north, plant):
    with EventStream(north.client("VIEWER")) as stream:
        post_one(north, plant)
        seen = stream.wait("detection_counts", line_id=plant.line)
    post_one(north, plant)
    with EventStream(north.client("VIEWER"), last_event_id=seen.id) as stream:
        missed = stream.wait("detection_counts", line_id=plant.line)
        assert int(missed.id.rpartition("-")[2]) > int(seen.id.rpartition("-")[2])


@pytest.mark.parametrize("last", ["1-1", "nonsense", "99999999999999999999-1", "0-0"])
def test_an_unknown_last_event_gets_resync_and_then_events(north, plant, last):
    with EventStream(north.client("VIEWER"), last_event_id=last) as stream:
        stream.wait("resync")
        post_one(north, plant)
        stream.wait("detection_counts", line_id=plant.line)


def test_an_id_of_an_earlier_worker_gets_resync(system, north, plant):
    with EventStream(north.client("VIEWER")) as stream:
        post_one(north, plant)
        seen = stream.wait("detection_counts", line_id=plant.line)
        os.kill(system.worker("north")["pid"], signal.SIGKILL)
        assert stream.ended.wait(10), "the stream of a dead worker does not end"
    with EventStream(north.client("VIEWER"), last_event_id=seen.id) as stream:
        stream.wait("resync")


def test_another_tenant_hears_nothing(north, south, plant, south_plant):
    with EventStream(south.client("VIEWER")) as stream:
        post_one(north, plant)
        post_one(south, south_plant)
        # Were the other tenant's told too, it would have come first.
        event = stream.wait("detection_counts")
        assert event.data["line_id"] == south_plant.line
        rows = south.client("VIEWER").read("/api/v1/production-lines")["items"]
        assert event.data["line_id"] in {row["line_id"] for row in rows}


def test_a_stream_ends_after_signing_out(system, north):
    client = system.client(bearer=sign_in(system, north.user("VIEWER"))["access_token"])
    with EventStream(client) as leaving, EventStream(north.client("MANAGER")) as staying:
        assert client.send("POST", "/auth/logout").status_code == 204
        assert leaving.ended.wait(25)
        assert not staying.ended.is_set()


def test_a_stream_does_not_keep_its_worker_from_answering(north, plant):
    with EventStream(north.client("VIEWER")):
        assert eventually(lambda: north.client("VIEWER").get("/api/v1/line-status").status_code == 200, 5)
