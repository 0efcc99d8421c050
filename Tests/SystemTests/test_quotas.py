"""The room that a company has for requests that wait for its worker, and what operators see of those that found none."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

from event_stream import EventStream
from running_system import REPOSITORY, RunningSystem, check_problem, eventually
from schedule import metrics

PLANTS = "/api/v1/plants"


def test_so_many_requests_of_a_company_wait_for_its_worker_and_another_has_its_own():
    settings = {"CAMET_WORKERS_MAXIMUM": "1", "CAMET_REQUESTS_WAITING_OF_TENANT": "2",
                "CAMET_STOP_CALCULATION_SECONDS": "86400"}
    with RunningSystem.running(settings) as system:
        busy, waiting = system.make_tenant("busy"), system.make_tenant("waiting")
        reader = waiting.client("key:read")
        key = reader.headers["X-API-Key"]

        def ask() -> int:
            return system.client(key=key).get(PLANTS, timeout=60).status_code

        with ThreadPoolExecutor(2) as pool:
            with EventStream(busy.client("key:read")):
                refused = None
                # A request waits 5 s at most, which a slow machine needs to ask three things: then it is tried again.
                while refused is None:
                    asking = [pool.submit(ask) for _ in range(2)]
                    if eventually(lambda: system.worker("waiting")["waiting"] == 2, 4):
                        assert system.worker("waiting")["in_flight"] == 2
                        answer = reader.get(PLANTS)
                        refused = answer if answer.status_code == 429 else None
                    # The other one has its worker, and waits for nobody.
                    assert busy.client("key:read").get(PLANTS).status_code == 200
                    # They waited their time in vain.
                    assert {one.result(60) for one in asking} == {503}
            assert check_problem(refused, 429, "rate_limited")["limit"] == "requests_waiting"
            assert int(refused.headers["Retry-After"]) == 1
            assert '"requests_waiting";r=0' in refused.headers["RateLimit"]
            assert '"requests_waiting";q=2' in refused.headers["RateLimit-Policy"]
        # The place is free: whoever waits gets it.
        assert eventually(lambda: reader.get(PLANTS).status_code == 200, 30)
        told = {slug: system.worker(slug) for slug in ("busy", "waiting")}
        assert told["waiting"]["refused"] == 1 and told["busy"]["refused"] == 0
        assert told["waiting"]["waiting"] == told["waiting"]["in_flight"] == 0
        counted = metrics(system.folder / "run")
        assert counted['camet_quota_refusals_total{limit="requests_waiting"}'] == 1
        assert counted['camet_quota_refusals_total{limit="requests_in_flight"}'] == 0
        listed = subprocess.run(
            [REPOSITORY / "script/camet", "worker", "list"], env=system.environment | {"CAMET_DATA": str(system.folder)},
            capture_output=True, text=True, timeout=60)
        assert "REFUSED" in listed.stdout.splitlines()[0], listed


def test_each_quota_a_company_meets_is_counted_by_its_name():
    settings = {"CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "5", "CAMET_REQUESTS_PER_MINUTE_OF_TENANT": "8",
                "CAMET_STOP_CALCULATION_SECONDS": "86400"}
    with RunningSystem.running(settings) as system:
        met, other = system.make_tenant("met"), system.make_tenant("other")
        keys = [met.client("key:read"), met.client("key:write")]
        limits = []
        for key in (0, 0, 0, 0, 0, 0, 1, 1, 1, 1):
            answer = keys[key].get(PLANTS)
            limits.append(check_problem(answer, 429, "rate_limited")["limit"] if answer.status_code == 429 else None)
        refused = [limit for limit in limits if limit]
        assert refused and set(refused) <= {"principal", "tenant"}, limits
        assert other.client("key:read").get(PLANTS).status_code == 200
        counted = metrics(system.folder / "run")
        for limit in ("principal", "tenant"):
            assert counted[f'camet_quota_refusals_total{{limit="{limit}"}}'] == refused.count(limit)
        assert system.worker("met")["refused"] == len(refused) and system.worker("other")["refused"] == 0
