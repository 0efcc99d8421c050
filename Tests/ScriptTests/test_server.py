"""script/server with stand-in programs and a real PostgreSQL."""

import os
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from script_clone import eventually, processes_of, temporary_clone

AS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def served():
    """One clone whose server runs during all tests of this file."""
    with temporary_clone() as clone:
        server = clone.serve("--port", "0", "--days", "3")
        server.ready()
        yield clone, server


def connect(server_sockets: str, password: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["psql", "--no-password", "-h", server_sockets, "-U", "camet_admin", "-d", "postgres", "-Atc", "show listen_addresses"],
        env=dict(os.environ, PGPASSWORD=password),
        capture_output=True,
        text=True,
        timeout=20,
    )


def settings_of(data: Path) -> dict:
    return dict(line.split("=", 1) for line in (data / "camet.conf").read_text().splitlines())


def test_first_start_makes_demo_data_and_says_where_sign_ins_are(served):
    clone, server = served
    data = clone.root / ".camet"
    assert server.process.stdout.readline() == f"Demo sign-ins: {data}/demo-sign-ins.txt\n"
    assert (data / "demo-days").read_text() == "3\n"
    assert eventually(lambda: "simulate --tenant acme --live" in (data / "cli-calls").read_text())


def test_database_is_reached_by_socket_and_password_only(served):
    data = served[0].root / ".camet"
    host = settings_of(data)["CAMET_TENANT_DATABASE"].split()[0].removeprefix("host=")
    password = (data / "secrets/admin-database-password").read_text().strip()
    answer = connect(host, password)
    assert (answer.returncode, answer.stdout.strip()) == (0, ""), answer.stderr
    refused = connect(host, "wrong")
    assert refused.returncode != 0 and "password authentication failed" in refused.stderr
    secrets = (data / "secrets").stat()
    # Where the gateway is a user of its own, its group comes to the files that are its user's.
    users = data / "users"
    assert (secrets.st_mode & 0o777, secrets.st_gid) == (0o710, int(users.read_text())) if users.exists() else (
        secrets.st_mode & 0o777 == 0o700)
    assert (data / "secrets/admin-database-password").stat().st_mode & 0o777 == 0o600


def test_second_start_on_the_same_folder_is_refused(served):
    clone, server = served
    second = clone.run("script/server", "--port", "0")
    assert second.returncode == 1
    assert f"already uses {clone.root}/.camet" in second.stderr and second.stdout == ""
    assert server.process.poll() is None


def test_busy_port_is_refused_and_a_free_one_is_not(served):
    clone, server = served
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        refused = clone.run("script/server", "--port", port, "--data", clone.root / "other")
        assert refused.returncode == 1
        assert f"port {port} is in use" in refused.stderr
    other = clone.serve("--port", port, "--data", clone.root / "other", "--empty")
    assert other.ready() == f"http://127.0.0.1:{port}"
    assert server.process.poll() is None, "both run side by side"
    assert not (clone.root / "other/demo-days").exists()
    assert other.end(signal.SIGINT) == 0


def test_signals_stop_everything_and_the_next_start_repeats_no_demo(clone):
    for number in (signal.SIGINT, signal.SIGTERM):
        server = clone.serve("--port", "0")
        address = server.ready()
        assert urllib.request.urlopen(address + "/readyz", timeout=5).status == 200
        assert server.end(number) == 0
        assert processes_of(clone.root) == []
    assert (clone.root / ".camet/demo-days").read_text() == "14\n"


def test_interrupt_reaches_a_server_that_a_shell_put_in_the_background(clone):
    started = subprocess.Popen(
        ["bash", "-c", f"{clone.root}/script/server --empty --port 0 & echo $!; wait"],
        env=clone.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    pid = int(started.stdout.readline())
    assert started.stdout.readline().startswith("READY ")
    os.kill(pid, signal.SIGINT)
    started.wait(20)
    started.stdout.close()
    assert processes_of(clone.root) == []


def test_gateway_that_dies_ends_the_server_within_five_seconds_and_it_starts_again(clone):
    server = clone.serve("--port", "0", "--empty")
    server.ready()
    os.kill(int((clone.root / ".camet/run/gateway.pid").read_text()), signal.SIGKILL)
    assert server.process.wait(25) == 1
    assert "the gateway ended by itself with status 137" in server.errors.read_text()
    assert processes_of(clone.root) == []
    again = clone.serve("--port", "0", "--empty")
    again.ready()
    assert again.end() == 0


def test_killed_server_leaves_no_process_and_starts_again(clone):
    server = clone.serve("--port", "0")
    server.ready()
    server.process.kill()
    server.process.wait()
    assert eventually(lambda: processes_of(clone.root) == []), processes_of(clone.root)
    again = clone.serve("--port", "0")
    again.ready()
    assert again.end() == 0


def test_half_made_cluster_and_unfinished_demo_are_healed(clone):
    data = clone.root / "data"
    data.mkdir()
    data.chmod(0o755)
    (data / ".lock").write_text("")
    (data / "postgres.new").mkdir()
    (data / "postgres.new/PG_VERSION").write_text("15\n")
    (data / "demo-breaks").write_text("")
    broken = clone.run("script/server", "--port", "0", "--data", data)
    assert broken.returncode == 1 and "the next start continues it" in broken.stderr
    assert processes_of(clone.root) == []
    (data / "demo-breaks").unlink()
    server = clone.serve("--port", "0", "--data", data)
    server.ready()
    assert server.end() == 0
    assert (data / "demo-days").read_text() == "14\n14\n"


def test_stale_number_in_postmaster_pid_does_not_keep_it_from_starting(clone):
    server = clone.serve("--port", "0", "--empty")
    server.ready()
    assert server.end() == 0
    pid_file = clone.root / ".camet/postgres/postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    again = clone.serve("--port", "0", "--empty")
    again.ready()
    assert again.end() == 0


def test_long_path_puts_sockets_elsewhere_and_says_so(clone):
    data = clone.root / ("long-" * 16) / "data"
    for _ in range(2):
        server = clone.serve("--port", "0", "--empty", "--data", data)
        server.ready()
        host = settings_of(data)["CAMET_TENANT_DATABASE"].split()[0].removeprefix("host=")
        assert len(host + "/.s.PGSQL.5432") <= 100
        assert host in server.errors.read_text()
        assert os.path.samefile(data / "run", settings_of(data)["CAMET_RUN"])
        assert server.end() == 0


@pytest.mark.skipif(not AS_ROOT, reason="only root runs PostgreSQL as another user")
def test_folder_that_the_database_user_cannot_reach_puts_the_cluster_elsewhere(clone):
    closed = clone.root / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "data"
    for _ in range(2):
        server = clone.serve("--port", "0", "--data", data)
        server.ready()
        elsewhere = Path((data / "elsewhere").read_text().strip())
        assert str(elsewhere / "postgres") in server.errors.read_text()
        assert (elsewhere / "postgres/PG_VERSION").exists()
        assert server.end() == 0
    assert (data / "demo-days").read_text() == "14\n", "the second start found the same cluster and folder"


def test_lost_cluster_is_reported_and_not_made_anew(clone):
    data = clone.root / "data"
    data.mkdir()
    data.chmod(0o755)
    (data / ".lock").write_text("")
    (data / "cluster-made").write_text(f"{data}/postgres\n")
    lost = clone.run("script/server", "--port", "0", "--data", data)
    assert lost.returncode == 1 and "is gone" in lost.stderr
    assert not (data / "postgres").exists()
