"""The schedule while somebody sets the machine's clock: what that makes due is done once."""

import pytest

from running_system import eventually
from schedule import Schedule, count
from test_clock import set_clock

COMPANIES = 3


@pytest.mark.parametrize("difference", ["+1h", "-1h"])
def test_an_hour_makes_every_company_due_once_at_most(difference):
    with set_clock(of_workers=True) as clock:
        system = clock.system
        schedules = [Schedule(system, system.make_tenant(f"company-{number}").slug) for number in range(COMPANIES)]
        for schedule in schedules:
            # No turn of their own while the test runs.
            schedule.set("stops", "due_at = now() + interval '20 minutes', done_at = NULL")
            schedule.set("upkeep", "due_at = now() + interval '20 hours', done_at = NULL")
        before = count(system, "stops", "done")

        def done_at() -> list[str]:
            return [schedule.value("stops", "done_at") for schedule in schedules]

        def wait_for_turns() -> None:
            """Each has been done, or has its turn within the quarter of an hour and what comes on top."""
            given = "taken_until IS NULL AND due_at > now() AND due_at <= now() + interval '30 minutes'"
            for schedule in schedules:
                assert eventually(lambda: schedule.value("stops", given) == "t", 120), \
                    schedule.value("stops", "scheduled_work")

        def check_each_once(times_before: list[str], runs_before: int) -> int:
            """Whoever was done since was done once. How many were."""
            changed = sum(now != then for now, then in zip(done_at(), times_before))
            assert eventually(lambda: count(system, "stops", "done") == runs_before + changed, 30)
            return changed

        times = done_at()
        clock.set(difference)
        if difference == "+1h":
            # The hour had four turns of each; one is made up for.
            for schedule in schedules:
                assert eventually(lambda: schedule.value("stops", "done_at IS NOT NULL") == "t", 120)
        wait_for_turns()
        done = check_each_once(times, before)
        if difference == "+1h":
            assert done == COMPANIES
        assert all(schedule.value("upkeep", "done_at IS NULL") == "t" for schedule in schedules)

        # Right again: what was due in a quarter of an hour is not due in more than an hour, and not at once.
        times = done_at()
        clock.set("+0")
        wait_for_turns()
        check_each_once(times, before + done)
        assert count(system, "stops", "failed") == 0
