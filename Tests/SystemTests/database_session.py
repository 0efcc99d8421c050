"""A session of psql that stays open, to hold locks while something else goes on."""

import os
import subprocess


class DatabaseSession:
    """Runs statements of the owner of the databases one after another; what it holds is given back at its end."""

    def __init__(self, system, database: str):
        password = (system.folder / "secrets/admin-database-password").read_text().strip()
        self.process = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "camet_admin", "-d", database],
            env=os.environ | {"PGPASSWORD": password, "PGHOST": str(system.postgres_sockets), "PGPORT": "5432"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def __enter__(self) -> "DatabaseSession":
        return self

    def __exit__(self, *_) -> None:
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()

    def run(self, statement: str) -> None:
        """Returns when the statement has been run."""
        self.process.stdin.write(f"{statement};\n\\echo done\n")
        while (line := self.process.stdout.readline()) != "done\n":
            assert line, f"psql ended at: {statement}"
