"""Who may reach the sockets of the system: its own user, and nobody else of the machine."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from running_system import eventually

PROBE = """
import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(10)
try:
    connection.connect(sys.argv[1])
except PermissionError:
    sys.exit(13)
try:
    connection.sendall(sys.argv[2].encode())
    sys.stdout.write("told" if connection.recv(4096) else "closed")
except (BrokenPipeError, ConnectionResetError):
    sys.stdout.write("closed")
"""

ASK_ADMIN = '{"verb": "worker_list"}\n'


@pytest.fixture
def run_folder(system, north) -> Path:
    assert north.client("key:read").get("/api/v1/plants").status_code == 200
    return system.folder / "run"


def probe(path: Path, text: str, *become: str) -> tuple[int, str]:
    done = subprocess.run(
        [*become, sys.executable, "-c", PROBE, path, text], capture_output=True, text=True, timeout=30, cwd="/")
    assert done.returncode in (0, 13), done.stderr
    return done.returncode, done.stdout


def sockets(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if stat.S_ISSOCK(path.lstat().st_mode)]


def test_sockets_belong_to_the_user_of_the_system_alone(system, run_folder):
    found = sockets(run_folder)
    names = {path.name for path in found}
    assert {"admin.sock", "metrics.sock"} <= names and any(path.parent.name == "w" for path in found)
    for path in [*found, run_folder, *(path for path in run_folder.rglob("*") if path.is_dir())]:
        assert path.lstat().st_mode & 0o077 == 0, f"{path}: {path.lstat().st_mode:o}"
        assert path.lstat().st_uid == system.gateway_user
    # PostgreSQL's are for the group of gateway and workers to come to, where these are users of their own.
    folder = system.postgres_sockets.lstat()
    assert folder.st_mode & 0o067 == 0
    assert folder.st_mode & 0o010 == 0 or folder.st_gid == system.gateway_user


def test_files_with_secrets_belong_to_the_user_of_the_system_alone(system):
    secrets = list((system.folder / "secrets").iterdir())
    assert len(secrets) >= 3
    for path in [*secrets, system.folder / "log/access.log"]:
        assert path.stat().st_mode & 0o077 == 0, f"{path}: {path.stat().st_mode:o}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_reaches_no_socket(system, run_folder):
    become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    as_gateway = ["setpriv", f"--reuid={system.gateway_user}", f"--regid={system.gateway_user}", "--clear-groups", "--"]
    found = sockets(run_folder)
    for path in found:
        assert probe(path, ASK_ADMIN, *become) == (13, ""), path
    # Where an operator has opened the folders, who asks is still looked at.
    opened = [path for path in [system.folder, run_folder, run_folder / "w", *found]]
    modes = {path: path.lstat().st_mode & 0o777 for path in opened}
    try:
        for path in opened:
            path.chmod(0o777 if path in found else 0o755)
        # Of the workers the one that surely runs: others may have had nothing to do for long, and ended.
        tenant = system.psql("camet_global", "SELECT tenant_id FROM tenant WHERE slug = 'north'")
        checked = [run_folder / "admin.sock", run_folder / "w" / f"{tenant}.sock"]
        assert set(checked) <= set(found)
        for path in checked:
            assert probe(path, ASK_ADMIN, *become) == (0, "closed"), path
            assert probe(path, ASK_ADMIN, *as_gateway) == (0, "told"), path
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def test_a_foreign_process_on_a_workers_socket_is_never_believed(system, north, run_folder):
    """What answers in a worker's place does not know the secret of its start, and nothing is asked of it."""
    tenant = system.psql("camet_global", "SELECT tenant_id FROM tenant WHERE slug = 'north'")
    path = run_folder / "w" / f"{tenant}.sock"
    pid = system.worker("north")["pid"]
    hidden = path.with_suffix(".hidden")
    path.rename(hidden)
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(str(path))
        stranger.listen(16)
        # The worker that runs is still the one that is asked: it is known by its connection, not by a name.
        assert north.client("key:read").get("/api/v1/plants").status_code == 200
        assert system.worker("north")["pid"] == pid
        assert probe(run_folder / "admin.sock", '{"verb": "worker_restart", "tenant": "north"}\n') == (0, "told")
        # The next one gets a socket of its own in the stranger's place.
        assert eventually(lambda: system.worker("north")["pid"] not in (None, pid), 10)
        assert north.client("key:read").get("/api/v1/plants").status_code == 200
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.accept()
    hidden.unlink()
