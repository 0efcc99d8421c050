"""What a worker keeps in memory and renews bit by bit is what it would read anew."""

import os
import random
import signal
from datetime import datetime, timedelta

from running_system import PlantData, eventually, is_alive

DAY = "2026-03-04"


def test_what_is_renewed_is_what_is_read_anew(system):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    numbers = random.Random(seed)
    tenant = system.make_tenant("timeline")
    today = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)
    plant = PlantData(tenant.client("MANAGER"), code="Z1", commissioned_at=f"{DAY}T00:00:00-03:00")
    client, feed = tenant.client("MANAGER"), tenant.client("key:ingest")
    date = today.date()
    period = f"from={date}&to={date}&line_id={plant.line}"
    questions = [
        f"/api/v1/kpis?{period}", f"/api/v1/downtimes?{period}", f"/api/v1/production?{period}&interval=minute",
        f"/api/v1/production?{period}&interval=hour&split_by=area",
        f"/api/v1/kpis?from={date - timedelta(days=40)}&to={date}&line_id={plant.line}&interval=day",
    ]
    # Units of the day after end the last stop asked for, which else would grow from one answer to the next. Two of them: a
    # lone one would join the silence before it and the one after it.
    after = feed.post("/api/v1/detections", {
        "detections": [plant.detection((today + timedelta(days=1, seconds=second)).isoformat()) for second in (0, 1)]})
    assert after.status_code == 200
    stored = 0
    for _ in range(30):
        # Bursts, pauses and lone units, before, between and after what is there; some exactly at an instant that is.
        start = today + timedelta(seconds=numbers.choice([-1, 1]) * numbers.randrange(20_000))
        step = numbers.choice([1, 7, 30, 59, 60, 61, 300])
        rows = [
            plant.detection((start + timedelta(seconds=step * place)).isoformat(), numbers.choice(["input", "output"]))
            for place in range(numbers.randrange(1, 12))
        ]
        rows += numbers.sample(rows, numbers.randrange(len(rows) + 1))
        answer = feed.post("/api/v1/detections", {"detections": rows})
        assert answer.status_code == 200, answer.text
        stored += answer.json()["stored"]
        day = client.read(questions[-1])["buckets"][-1]
        assert day["produced"] <= stored
    kept = [client.get(question).content for question in questions]
    pid = system.worker("timeline")["pid"]
    os.kill(pid, signal.SIGTERM)
    assert eventually(lambda: not is_alive(pid), 10)
    assert [client.get(question).content for question in questions] == kept, f"seed {seed}"
    counted = client.read(questions[3])["buckets"]
    assert sum(sum(bucket["series"].values()) for bucket in counted) == stored


def test_months_before_that_were_asked_for_stay_right(system):
    """What is kept of earlier months grows with what is asked for, and follows rows that arrive anywhere in them."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    numbers = random.Random(seed)
    tenant = system.make_tenant("months-before")
    today = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)
    plant = PlantData(
        tenant.client("MANAGER"), code="Z2", commissioned_at=f"{(today - timedelta(days=420)).date()}T00:00:00-03:00")
    client, feed = tenant.client("MANAGER"), tenant.client("key:ingest")
    after = feed.post("/api/v1/detections", {
        "detections": [plant.detection((today + timedelta(days=1)).isoformat())]})
    assert after.status_code == 200
    date = today.date()

    def question(path, days):
        return f"/api/v1/{path}?from={date - timedelta(days=days)}&to={date}&line_id={plant.line}"

    stored = 0
    for _ in range(25):
        days = numbers.choice([0, 10, 69, 70, 71, 75, 100, 200, 330, 380])
        answer = client.read(question("production", days) + "&interval=week&split_by=area")["buckets"]
        assert sum(sum(bucket["series"].values()) for bucket in answer) <= stored
        days = numbers.choice([0, 1, 68, 70, 72, 99, 150, 200, 379])
        start = today - timedelta(days=days, seconds=numbers.randrange(20_000))
        step = numbers.choice([1, 30, 61, 300])
        rows = [
            plant.detection((start + timedelta(seconds=step * place)).isoformat(), numbers.choice(["input", "output"]))
            for place in range(numbers.randrange(1, 12))
        ]
        answer = feed.post("/api/v1/detections", {"detections": rows})
        assert answer.status_code == 200, answer.text
        stored += answer.json()["stored"]
    questions = [question("production", 400) + "&interval=day&split_by=area", question("kpis", 400),
                 question("kpis", 400) + "&interval=month", question("kpis", 90) + "&interval=day"]
    counted = client.read(questions[0])["buckets"]
    assert sum(sum(bucket["series"].values()) for bucket in counted) == stored, f"seed {seed}"
    kept = [client.get(question).content for question in questions]
    pid = system.worker("months-before")["pid"]
    os.kill(pid, signal.SIGTERM)
    assert eventually(lambda: not is_alive(pid), 10)
    # A new worker asked for the shortest first has to go back step by step, too.
    assert [client.get(question).content for question in reversed(questions)] == kept[::-1], f"seed {seed}"
