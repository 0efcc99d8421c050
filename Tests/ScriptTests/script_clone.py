"""A copy of script/ in a repository of its own, whose three programs are small stand-ins.

Packages, front-end files, PostgreSQL and every line of the scripts are the real ones; only swift, the gateway and the
CLI are replaced, so that these tests need no build.
"""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

SWIFT = """#!/bin/sh
case "$1" in --version) echo "Swift version 6.3.1 (swift-6.3.1-RELEASE)" ;; esac
"""

GATEWAY = f"""#!{sys.executable}
import http.server, os, signal, sys
settings = dict(line.rstrip("\\n").split("=", 1) for line in open(os.environ["CAMET_DATA"] + "/camet.conf"))

class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *arguments):
        pass

class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True

try:
    server = Server((settings["CAMET_BIND"], int(settings["CAMET_PORT"])), Answers)
except OSError:
    sys.exit(98)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
print("LISTENING", server.server_port, flush=True)
server.serve_forever()
"""

# Starts the gateway as it is: what the real one does has tests of its own.
LAUNCHER = """#!/bin/sh
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""

COMMAND_LINE = """#!/bin/sh
echo "$*" >> "$CAMET_DATA/cli-calls"
case "$*" in *--live*) exec sleep 600 ;; esac
"""

DEMO = """#!/bin/sh
echo "$3" >> "$1/demo-days"
[ ! -e "$1/demo-breaks" ] || exit 1
echo acme > "$1/demo-tenants"
echo "acme: demo" > "$1/demo-sign-ins.txt"
"""


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


class Clone:
    """The copy, and how to run its commands."""

    def __init__(self, root: Path):
        self.root = root
        shutil.copytree(REPOSITORY / "script", root / "script")
        write_program(root / "script/steps/demo.sh", DEMO)
        (root / "Sources").mkdir()
        (root / "Package.swift").write_text("")
        (root / "Migrations").mkdir()
        write_program(root / "bin/swift", SWIFT)
        write_program(root / ".build/release/camet-gateway", GATEWAY)
        write_program(root / ".build/release/camet-worker", "#!/bin/sh\n")
        write_program(root / ".build/release/camet-launcher", LAUNCHER)
        write_program(root / ".build/release/camet", COMMAND_LINE)
        (root / ".assets").symlink_to(REPOSITORY / ".assets")
        self.environment = dict(os.environ, PATH=f"{root}/bin:{os.environ['PATH']}")
        self.started: list["Server"] = []

    def run(self, *arguments, environment=None, timeout=120):
        """Runs a command that is expected to end by itself."""
        return subprocess.run(
            [str(self.root / arguments[0]), *map(str, arguments[1:])],
            env=environment or self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def shell(self, text, environment=None):
        """Runs a piece of bash after reading the steps, as script/server does."""
        steps = "report processes packages assets build data_folder users postgres configuration gateway demonstration"
        prelude = (
            f'set -euo pipefail; repository={self.root}; for step in {steps}; do '
            f'source "$repository/script/steps/$step.sh"; done; '
        )
        return subprocess.run(
            ["/bin/bash", "-c", prelude + text],
            env=environment or self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def serve(self, *arguments) -> "Server":
        server = Server(self, arguments)
        self.started.append(server)
        return server


class Server:
    """A running script/server."""

    def __init__(self, clone: Clone, arguments):
        self.errors = clone.root / f"errors-{len(clone.started)}.txt"
        self.process = subprocess.Popen(
            [str(clone.root / "script/server"), *map(str, arguments)],
            env=clone.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors.open("w"),
            text=True,
        )

    def ready(self) -> str:
        """The address of the READY line."""
        line = self.process.stdout.readline()
        assert line.startswith("READY http://127.0.0.1:"), line + self.errors.read_text()
        return line.split()[1]

    def end(self, number=signal.SIGTERM, patience=30) -> int:
        self.process.send_signal(number)
        return self.process.wait(patience)


def processes_of(folder: Path) -> list[str]:
    """Command lines of live processes that work in or name the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (entry / "environ").read_bytes().decode(errors="replace")
            place = os.readlink(entry / "cwd")
        except OSError:
            continue
        if command and any(str(folder) in text for text in (command, environment, place)):
            found.append(command)
    return found


def eventually(condition, seconds=15.0) -> bool:
    """Polls until the condition holds or the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextlib.contextmanager
def temporary_clone():
    """Not in pytest's own folder: that is closed to PostgreSQL's user and its path is long."""
    root = Path(tempfile.mkdtemp(prefix="camet-"))
    root.chmod(0o755)
    made = Clone(root)
    try:
        yield made
    finally:
        for server in made.started:
            if server.process.poll() is None:
                server.end()
            server.process.stdout.close()
        for note in root.glob("**/elsewhere"):
            shutil.rmtree(note.read_text().strip(), ignore_errors=True)
        shutil.rmtree(root, ignore_errors=True)
