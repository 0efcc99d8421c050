"""Whether anything reaches a tenant's worker beside what a test sends it."""

from running_system import eventually
from schedule import give_no_turns


class WatchedTenant:
    """A tenant of whom nobody else asks anything, with the count of what has reached his worker."""

    def __init__(self, system):
        self.system = system
        self.tenant = system.make_tenant("watched")
        give_no_turns(system, "watched")
        self.asked = 0

    def client(self, who: str):
        return self.tenant.client(who)

    def check_count(self) -> None:
        """The worker has received what the test sent it for control, and nothing beside."""
        assert self.client("key:read").get("/api/v1/plants").status_code == 200
        self.asked += 1
        # The count comes with a beat a second; when the last request is in it, every earlier one is.
        assert eventually(lambda: self.system.worker("watched")["requests"] >= self.asked, 10)
        assert self.system.worker("watched")["requests"] == self.asked
