"""Faults at random under load, of a printed seed: whatever is done to one tenant, every row answered as stored is there exactly
once, nothing that was refused is, and the tenant beside has no error.

CAMET_RANDOM_FAULTS_SECONDS makes it longer than a minute, CAMET_RANDOM_FAULTS_SEED does the same faults again.
"""

import contextlib
import os
import random
import signal
import time

from conftest import WITHOUT_RATE_LIMITS
from database_server import end_sessions
from request_history import Load, check_untouched
from running_system import PlantData, RunningSystem, eventually

SECONDS = float(os.environ.get("CAMET_RANDOM_FAULTS_SECONDS", "60"))
SEED = int(os.environ.get("CAMET_RANDOM_FAULTS_SEED", random.SystemRandom().getrandbits(32)))


class Faults:
    """What is done to one tenant. Each returns when it was done; its consequences may still go on."""

    def __init__(self, system, tenant, chance: random.Random):
        self.system, self.tenant, self.chance = system, tenant, chance

    def signal_worker(self, number: int) -> None:
        pid = self.system.worker(self.tenant.slug)["pid"]
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        self.signal_worker(signal.SIGKILL)

    def crash(self) -> None:
        self.signal_worker(signal.SIGSEGV)

    def tell_to_end(self) -> None:
        """As somebody would who does not know of the gateway."""
        self.signal_worker(signal.SIGTERM)

    def stop(self) -> None:
        """For less than it takes to be dead, or for good."""
        pid = self.system.worker(self.tenant.slug)["pid"]
        if not pid:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            if self.chance.random() < 0.6:
                time.sleep(self.chance.uniform(0.1, 3))
                os.kill(pid, signal.SIGCONT)

    def end_sessions(self) -> None:
        end_sessions(self.system, f"datname = '{self.tenant.database}'")

    def refuse_sessions(self) -> None:
        """No new session is let in for a while, and those that are there end."""
        role = f"{self.tenant.database}_worker"
        self.system.psql("postgres", f"ALTER ROLE {role} CONNECTION LIMIT 0")
        try:
            self.end_sessions()
            time.sleep(self.chance.uniform(0.1, 2))
        finally:
            self.system.psql("postgres", f"ALTER ROLE {role} CONNECTION LIMIT 32")

    def restart(self) -> None:
        self.system.camet("worker", "restart", "--tenant", self.tenant.slug)

    def drain(self) -> None:
        self.system.camet("worker", "drain", "--tenant", self.tenant.slug)
        self.restart()

    def rotate_password(self) -> None:
        self.system.camet("tenant", "rotate-password", "--slug", self.tenant.slug)

    def suspend(self) -> None:
        self.system.camet("tenant", "suspend", "--slug", self.tenant.slug)
        self.system.camet("tenant", "resume", "--slug", self.tenant.slug)

    def one(self) -> str:
        name = self.chance.choices(
            ["kill", "crash", "tell_to_end", "stop", "end_sessions", "refuse_sessions", "restart", "drain",
             "rotate_password", "suspend"],
            [5, 2, 3, 3, 4, 2, 3, 1, 2, 1])[0]
        getattr(self, name)()
        return name


def test_random_faults_of_one_tenant():
    print(f"CAMET_RANDOM_FAULTS_SEED={SEED}")
    chance = random.Random(SEED)
    with RunningSystem.running(WITHOUT_RATE_LIMITS | {"CAMET_REQUEST_DEADLINE_SECONDS": "10"}) as system:
        struck, calm = system.make_tenant("struck"), system.make_tenant("calm")
        plants = {tenant: PlantData(tenant.client("MANAGER"), code="L") for tenant in (struck, calm)}
        faults = Faults(system, struck, chance)
        done = []
        with Load(calm, plants[calm]) as beside, Load(struck, plants[struck], writers=4) as history:
            assert eventually(lambda: history.count("ok") > 5 and beside.count("ok") > 5, 30)
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                done.append(faults.one())
                # Sometimes the next one comes before the last is over.
                before = history.count("ok")
                if chance.random() < 0.7:
                    assert eventually(lambda: history.count("ok") > before + 3, 90), (SEED, done[-5:], str(history))
                else:
                    time.sleep(chance.uniform(0, 0.5))
            for tenant, told in ((struck, history), (calm, beside)):
                before = told.count("ok"), told.reads["ok"]
                assert eventually(
                    lambda: told.count("ok") > before[0] + 5 and told.reads["ok"] > before[1] + 5, 90
                ), (SEED, done[-5:], str(told))
        print(f"{len(done)} faults: {' '.join(done)}")
        check_untouched(beside)
