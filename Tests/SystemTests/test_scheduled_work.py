"""Work that is done for every company by the clock: its turns are kept, its worker is woken for it, and it is done once."""

import os
import signal

import pytest

from conftest import WITHOUT_RATE_LIMITS
from database_session import DatabaseSession
from running_system import PlantData, RunningSystem, eventually
from schedule import WORK, Schedule, SecondGateway, count, metrics
from stopped_line import Line

# A month without a partition: plain SQL put the row into the default one.
OLD = "2020-01-15 12:00:00+00"


@pytest.fixture(scope="module")
def scheduled():
    """A system whose own turns do not come while the tests run, with few places for work."""
    with RunningSystem.running(WITHOUT_RATE_LIMITS | {"CAMET_SCHEDULED_WORK_AT_ONCE": "2"}) as made:
        yield made


def postponed(system, slug: str) -> Schedule:
    """The schedule of a company whose own turns, at any time of the day, come a day later."""
    made = Schedule(system, slug)
    for work in WORK:
        made.set(work, "due_at = due_at + interval '1 day'")
    return made


def end_worker(system, slug: str) -> None:
    system.camet("tenant", "suspend", "--slug", slug)
    assert eventually(lambda: system.worker(slug)["pid"] is None, 30)
    system.camet("tenant", "resume", "--slug", slug)
    assert eventually(lambda: system.worker(slug)["state"] == "idle", 30)


def hold_up(session: DatabaseSession) -> None:
    """Scheduled work of the session's database waits until the session ends."""
    session.run("BEGIN; LOCK line_activity, downtime_checkpoint")


def test_a_new_company_has_turns_of_its_own(scheduled):
    began = scheduled.psql("camet_global", "SELECT now()")
    tenants = [postponed(scheduled, scheduled.make_tenant(slug).slug) for slug in ("turn-1", "turn-2", "turn-3")]
    due = {(tenant.slug, work): float(tenant.value(work, f"extract(epoch FROM due_at - interval '1 day' - timestamptz '{began}')"))
           for tenant in tenants for work in WORK}
    took = float(scheduled.psql("camet_global", f"SELECT extract(epoch FROM now() - timestamptz '{began}')"))
    assert all(0 < seconds <= 86_400 + took for seconds in due.values()), due
    # Spread: no two within ten minutes of the day.
    times = sorted(due.values())
    assert all(later - earlier > 600 for earlier, later in zip(times, times[1:])), due


def test_a_company_without_a_worker_gets_one_for_its_work_alone(scheduled):
    tenant = scheduled.make_tenant("asleep")
    line, schedule = Line(tenant), postponed(scheduled, "asleep")
    scheduled.psql(tenant.database, f"DELETE FROM downtime_events_{line.id}")
    end_worker(scheduled, "asleep")
    # What a program writes while no worker hears it.
    scheduled.psql(tenant.database, (
        f"INSERT INTO detection_line_{line.id} (detected_at, area_id, product_id) "
        f"VALUES ('{OLD}', {line.plant.areas['output']}, {line.plant.product})"))
    by_default = f"SELECT count(*) FROM detection_partition.detection_line_{line.id}_default"
    assert scheduled.psql(tenant.database, by_default) == "1"
    starts, done = metrics(scheduled.folder / "run")["camet_worker_starts_total"], count(scheduled, "stops", "done")

    schedule.make_due("stops")
    schedule.wait_until_done("stops")
    assert int(scheduled.psql(tenant.database, f"SELECT count(*) FROM downtime_events_{line.id}")) >= 2
    assert scheduled.psql(tenant.database, by_default) == "0"
    # Long before an idle worker would end.
    assert eventually(lambda: scheduled.worker("asleep")["pid"] is None, 60)
    assert scheduled.worker("asleep")["state"] == "idle" and scheduled.worker("asleep")["restarts"] == 0
    assert metrics(scheduled.folder / "run")["camet_worker_starts_total"] == starts + 1
    assert count(scheduled, "stops", "done") == done + 1


def test_a_worker_that_people_use_stays(scheduled):
    """The control of the one before."""
    tenant = scheduled.make_tenant("awake")
    schedule = postponed(scheduled, "awake")
    assert tenant.client("key:read").get("/api/v1/plants").status_code == 200
    pid = scheduled.worker("awake")["pid"]
    other = postponed(scheduled, scheduled.make_tenant("awake-not").slug)
    for one in (schedule, other):
        one.make_due("stops")
        one.wait_until_done("stops")
    # The other one's worker has come and gone meanwhile.
    assert eventually(lambda: scheduled.worker("awake-not")["state"] == "idle", 60)
    assert scheduled.worker("awake")["pid"] == pid


def test_upkeep_makes_months_and_forgets_keys(scheduled):
    tenant = scheduled.make_tenant("upkept")
    plant, schedule = PlantData(tenant.client("MANAGER"), code="UP"), postponed(scheduled, "upkept")
    scheduled.psql(tenant.database, (
        f"DO $$ DECLARE months text[]; BEGIN "
        f"SELECT array_agg(inhrelid::regclass::text ORDER BY 1) INTO months FROM pg_inherits "
        f"WHERE inhparent = 'detection_line_{plant.line}'::regclass AND inhrelid::regclass::text NOT LIKE '%default'; "
        f"EXECUTE 'DROP TABLE ' || months[array_length(months, 1)]; END $$"))
    months = f"SELECT count(*) FROM pg_inherits WHERE inhparent = 'detection_line_{plant.line}'::regclass"
    assert scheduled.psql(tenant.database, months) == "4"
    schedule.make_due("upkeep")
    schedule.wait_until_done("upkeep")
    assert scheduled.psql(tenant.database, months) == "5"
    # Each kind of work has turns of its own.
    assert schedule.value("stops", "done_at IS NULL") == "t"


@pytest.mark.parametrize("missed", ["2 minutes", "5 days"])
def test_what_was_missed_while_the_gateway_was_stopped_is_done_once(scheduled, missed):
    slug = f"missed-{missed[0]}"
    schedule = postponed(scheduled, scheduled.make_tenant(slug).slug)
    done = count(scheduled, "stops", "done")
    os.kill(scheduled.gateway_pid, signal.SIGSTOP)
    try:
        schedule.make_due("stops", missed)
    finally:
        os.kill(scheduled.gateway_pid, signal.SIGCONT)
    schedule.wait_until_done("stops")
    assert eventually(lambda: metrics(scheduled.folder / "run")["camet_scheduled_work_running"] == 0, 30)
    assert count(scheduled, "stops", "done") == done + 1


def test_a_company_that_is_not_served_has_no_work_done(scheduled):
    schedule = postponed(scheduled, scheduled.make_tenant("away").slug)
    other = postponed(scheduled, scheduled.make_tenant("not-away").slug)
    scheduled.camet("tenant", "suspend", "--slug", "away")
    schedule.make_due("stops", "1 hour")
    other.make_due("stops")
    other.wait_until_done("stops")
    assert schedule.value("stops", "done_at IS NULL AND taken_until IS NULL AND failures = 0") == "t"
    scheduled.camet("tenant", "resume", "--slug", "away")
    schedule.wait_until_done("stops")
    scheduled.camet("tenant", "suspend", "--slug", "away")
    scheduled.camet("tenant", "delete", "--slug", "away", "--confirm", "away")
    assert schedule.value("stops", "count(*)") == "0"


def test_a_company_whose_work_fails_waits_longer_each_time_and_another_not_at_all(scheduled):
    broken = scheduled.make_tenant("broken")
    schedule, other = postponed(scheduled, "broken"), postponed(scheduled, scheduled.make_tenant("whole").slug)
    end_worker(scheduled, "broken")
    scheduled.psql("postgres", f"ALTER DATABASE {broken.database} ALLOW_CONNECTIONS false")
    try:
        # Half a minute for a machine that is busy.
        for failures, (least, most) in ((1, (15, 75)), (4, (330, 600))):
            schedule.set("stops", f"failures = {failures - 1}")
            schedule.make_due("stops")
            other.make_due("stops")
            other.wait_until_done("stops")
            assert eventually(lambda: schedule.value("stops", "failures") == str(failures), 60)
            pause = float(schedule.value("stops", "extract(epoch FROM due_at - now())"))
            assert least < pause <= most, (failures, pause)
            assert schedule.value("stops", "done_at IS NULL AND taken_until IS NULL") == "t"
            told = scheduled.camet("tenant", "work", "--late")["items"]
            assert [(item["tenant"], item["work"], item["failures"]) for item in told] == [("broken", "stops", failures)]
    finally:
        scheduled.psql("postgres", f"ALTER DATABASE {broken.database} ALLOW_CONNECTIONS true")
    # Mended, it is as before.
    schedule.make_due("stops")
    schedule.wait_until_done("stops")
    assert scheduled.camet("tenant", "work", "--late")["items"] == []
    told = scheduled.camet("tenant", "work", "--slug", "broken")["items"]
    assert sorted((item["work"], item["is_running"], item["failures"]) for item in told) == [
        ("stops", False, 0), ("upkeep", False, 0)]
    assert all(item["due_at"] and (item["done_at"] is not None) == (item["work"] == "stops") for item in told)


def test_companies_whose_work_hung_before_leave_a_place_for_others(scheduled):
    hanging = [scheduled.make_tenant(slug) for slug in ("hangs-1", "hangs-2")]
    for tenant in hanging:
        PlantData(tenant.client("MANAGER"), code="H")
    schedules = [postponed(scheduled, tenant.slug) for tenant in hanging]
    other = postponed(scheduled, scheduled.make_tenant("hangs-not").slug)
    with DatabaseSession(scheduled, hanging[0].database) as first, DatabaseSession(scheduled, hanging[1].database) as second:
        for session in (first, second):
            hold_up(session)
        for schedule in schedules:
            schedule.set("stops", "failures = 1")
            schedule.make_due("stops")
        taken = "taken_until IS NOT NULL"
        assert eventually(lambda: [one.value("stops", taken) for one in schedules].count("t") == 1, 60)
        other.make_due("stops")
        other.wait_until_done("stops")
        assert [one.value("stops", taken) for one in schedules].count("t") == 1
        for session in (first, second):
            session.run("ROLLBACK")
    for schedule in schedules:
        schedule.wait_until_done("stops")


def test_work_that_another_one_does_is_left_to_it(scheduled):
    tenant = scheduled.make_tenant("shared")
    schedule = postponed(scheduled, "shared")
    busy = count(scheduled, "stops", "busy")
    with DatabaseSession(scheduled, tenant.database) as session:
        session.run("SELECT pg_advisory_lock(1937010544, 0)")
        schedule.make_due("stops")
        assert eventually(lambda: count(scheduled, "stops", "busy") == busy + 1, 60)
        assert eventually(lambda: schedule.value("stops", "taken_until IS NULL AND due_at > now()") == "t", 30)
        assert schedule.value("stops", "done_at IS NULL AND failures = 0") == "t"
        # Only the same work waits for it.
        schedule.make_due("upkeep")
        schedule.wait_until_done("upkeep")
    schedule.make_due("stops")
    schedule.wait_until_done("stops")


def test_two_gateways_share_the_work(scheduled):
    schedules = [postponed(scheduled, scheduled.make_tenant(f"both-{number}").slug) for number in range(8)]
    with SecondGateway(scheduled) as second:
        folders = (scheduled.folder / "run", second.run)
        before = [count(scheduled, "stops", "done", folder) for folder in folders]
        for schedule in schedules:
            schedule.make_due("stops")
        for schedule in schedules:
            schedule.wait_until_done("stops")

        def running() -> float:
            return sum(metrics(folder)["camet_scheduled_work_running"] for folder in folders)

        assert eventually(lambda: running() == 0, 30)
        after = [count(scheduled, "stops", "done", folder) for folder in folders]
        # Each of the eight once, by whichever; how many by which is chance.
        assert sum(after) - sum(before) == 8, (before, after)
        assert sum(count(scheduled, "stops", "failed", folder) for folder in folders[1:]) == 0


def test_turns_outlive_the_gateway():
    with RunningSystem.running(WITHOUT_RATE_LIMITS) as system:
        kept, missed = (postponed(system, system.make_tenant(slug).slug) for slug in ("kept", "missed"))
        for work in WORK:
            kept.make_due(work)
            kept.wait_until_done(work)
        turns = [kept.value(work, "scheduled_work") for work in WORK]
        assert system.stop() == 0
        system.start_postgres()
        missed.make_due("stops", "3 days")
        system.stop_postgres()
        system.start()
        missed.wait_until_done("stops")
        assert count(system, "stops", "done") == 1 and count(system, "upkeep", "done") == 0
        assert [kept.value(work, "scheduled_work") for work in WORK] == turns
