"""What is answered while something is not there yet, or not in time: a worker that sleeps, data that are held."""

import base64
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from database_session import DatabaseSession
from running_system import PlantData, RunningSystem, check_problem, eventually, sign_in
from test_tokens import decoded

API = "/api/v1"


def test_a_request_out_of_time_is_504_and_the_next_is_served():
    with RunningSystem.running({"CAMET_REQUEST_DEADLINE_SECONDS": "2",
                                "CAMET_STOP_CALCULATION_SECONDS": "86400"}) as system:
        tenant = system.make_tenant("late")
        manager = tenant.client("MANAGER")
        # The first worker may take longer to start than a request has here.
        assert eventually(lambda: manager.get(f"{API}/plants").status_code == 200, 25)
        plant = PlantData(manager, code="LATE")
        stop = {"line_id": plant.line, "start": "2026-03-04T10:00:00Z", "end": "2026-03-04T11:00:00Z"}
        with DatabaseSession(system, tenant.database) as session:
            session.run(f"BEGIN; LOCK downtime_fact, downtime_events_{plant.line}")
            began = time.monotonic()
            answer = manager.post(f"{API}/downtimes", stop)
            took = time.monotonic() - began
            # A write that may have been made is not told as one that was not.
            assert answer.status_code in (503, 504), answer.text
            check_problem(answer, answer.status_code,
                          {503: "outcome_unknown", 504: "deadline_exceeded"}[answer.status_code])
            assert 1 < took < 10
            assert manager.get(f"{API}/plants").status_code == 200
        assert eventually(lambda: manager.post(f"{API}/downtimes", stop).status_code in (201, 409), 20)


def test_a_sleeping_worker_is_waited_for_and_not_told_of():
    """The first requests of a company, and those after its worker has gone to sleep, are served; many at once too."""
    with RunningSystem.running({"CAMET_WORKER_IDLE_SECONDS": "1", "CAMET_STOP_CALCULATION_SECONDS": "86400"}) as system:
        tenant = system.make_tenant("asleep")
        client = tenant.client("VIEWER")
        for _ in range(2):
            assert eventually(lambda: system.worker("asleep")["pid"] is None, 25), "the worker does not go to sleep"
            with ThreadPoolExecutor(20) as pool:
                answers = list(pool.map(
                    lambda _: system.client(**bearer(client)).get(f"{API}/plants").status_code, range(20)))
            assert answers == [200] * 20


def bearer(client) -> dict:
    return {"bearer": client.headers["Authorization"].removeprefix("Bearer ")}


def test_the_signing_key_is_where_the_setting_says():
    """PKCS#8, for its owner alone."""
    system = RunningSystem()
    try:
        file = system.data / "another-key.pem"
        made = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], check=True, capture_output=True,
                              text=True)
        file.write_text(made.stdout)
        file.chmod(0o600)
        system.give_to_gateway(file)
        system.environment |= {"CAMET_SIGNING_KEY_FILE": str(file)}
        system.start()
        token = sign_in(system, system.make_tenant("signed").user("VIEWER"))["access_token"]
        published = json.loads(system.client().get("/.well-known/jwks.json").text)["keys"]
        assert [key["kid"] for key in published] == [decoded(token.split(".")[0])["kid"]]
        der = subprocess.run(["openssl", "pkey", "-in", file, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True)
        assert base64.urlsafe_b64decode(published[0]["x"] + "=") == der.stdout[-32:]
        assert system.client(bearer=token).get("/auth/me").status_code == 200
    finally:
        if system.process:
            system.stop()
        system.remove()
