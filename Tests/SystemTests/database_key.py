"""Roles of a tenant's database, as `camet key create` makes them, and psql as whoever was given one."""

import os
import subprocess


class DatabaseKey:
    """A key of the database for as long as the block lasts."""

    def __init__(self, tenant, kind: str, name: str = "Vision"):
        self.tenant = tenant
        self.kind = kind
        self.name = name

    def __enter__(self) -> "DatabaseKey":
        self.made = self.tenant.system.camet(
            "key", "create", "--tenant", self.tenant.slug, "--name", self.name, f"--{self.kind}")
        self.role = self.made["database_role"]
        self.connection = self.made["connection"]
        self.is_revoked = False
        return self

    def __exit__(self, *_) -> None:
        if not self.is_revoked:
            self.revoke()

    def revoke(self) -> None:
        self.tenant.system.camet("key", "revoke", "--tenant", self.tenant.slug, "--key", self.role)
        self.is_revoked = True

    def psql(self, *statements: str, database: str | None = None) -> subprocess.CompletedProcess:
        """Runs statements on one connection, to the first that is refused."""
        connection = self.connection
        if database:
            connection = " ".join(f"dbname={database}" if part.startswith("dbname=") else part
                                  for part in connection.split(" "))
        commands = [argument for statement in statements for argument in ("-c", statement)]
        return subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", connection, *commands],
            env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    def does(self, *statements: str) -> str:
        """What statements print that must be done."""
        done = self.psql(*statements)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def is_refused(self, state: str, *statements: str) -> str:
        """What is said to statements the last of which must be refused with a state."""
        done = self.psql(*statements)
        assert done.returncode != 0, f"{statements} were done: {done.stdout}"
        assert f"ERROR:  {state}: " in done.stderr, f"{statements}: {done.stderr}"
        return done.stderr


def run_shell(command: str) -> subprocess.CompletedProcess:
    """Runs a command as a person would paste it."""
    return subprocess.run(
        ["bash", "-c", command], env=_environment() | {"PSQLRC": "/dev/null"}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60)


def _environment() -> dict[str, str]:
    """Without anything that names a database."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
