"""The log where stderr goes to systemd's journal: records with fields, at the journal's own socket."""

import os
import struct
import subprocess
import sys

import pytest

from running_system import REPOSITORY

WORKER = REPOSITORY / ".build/release/camet-worker"

# In a namespace with a journal of its own: starts a worker that has nothing to serve, and says so, and prints what the journal got.
JOURNAL = """
import os, socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
import private_mounts
private_mounts.begin()
private_mounts.mount_memory("/run", "mode=755")
os.makedirs("/run/systemd/journal")
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if sys.argv[3] == "listening":
    journal.bind("/run/systemd/journal/socket")
journal.settimeout(0.2)
with open(sys.argv[4], "w") as log:
    status = os.fstat(log.fileno())
    stream = f"{status.st_dev}:{status.st_ino}" if sys.argv[5] == "same" else f"{status.st_dev}:{status.st_ino + 1}"
    subprocess.run([sys.argv[2]], env={"JOURNAL_STREAM": stream}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
try:
    sys.stdout.buffer.write(journal.recv(1 << 20))
except OSError:
    pass
"""


def fields(record: bytes) -> dict[str, str]:
    """A record, read as the journal reads it."""
    found = {}
    while record:
        line, _, rest = record.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length, = struct.unpack("<Q", rest[:8])
            value, rest = rest[8:8 + length], rest[9 + length:]
        found[name.decode()] = value.decode()
        record = rest
    return found


def say(tmp_path, journal: str = "listening", stream: str = "same") -> tuple[dict[str, str], str]:
    log = tmp_path / "log"
    done = subprocess.run(
        [sys.executable, "-c", JOURNAL, os.path.dirname(__file__), str(WORKER), journal, str(log), stream],
        capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return fields(done.stdout), log.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a journal of its own")
def test_a_record_has_its_fields(tmp_path):
    record, log = say(tmp_path)
    assert record["MESSAGE"] == "not started as a worker error=noListener"
    assert (record["PRIORITY"], record["SYSLOG_IDENTIFIER"], record["ERROR"]) == ("2", "camet.worker", "noListener")
    assert record["CODE_FILE"].endswith("WorkerMain.swift") and int(record["CODE_LINE"]) > 0
    assert log == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a journal of its own")
@pytest.mark.parametrize("journal,stream", [("listening", "other"), ("away", "same")])
def test_where_stderr_goes_elsewhere_or_the_journal_is_away_a_line_is_written(tmp_path, journal, stream):
    record, log = say(tmp_path, journal, stream)
    assert record == {}
    assert "critical camet.worker: error=noListener" in log and "not started as a worker" in log
