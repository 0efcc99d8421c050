"""Settings that cannot be right stop the start with one message that names them."""

import re
import subprocess

import pytest

from running_system import REPOSITORY

GATEWAY = REPOSITORY / ".build/release/camet-gateway"
DOCUMENT = (REPOSITORY / "docs/operations.md").read_text()
# Those that are enough to be asked about the others.
ENOUGH = {"CAMET_GLOBAL_DATABASE": "host=/nowhere", "CAMET_ASSETS": "/nowhere", "CAMET_WORKER_EXECUTABLE": "/nowhere"}
NUMBERS = [
    "CAMET_PORT", "CAMET_TLS_CHECK_SECONDS", "CAMET_WORKER_IDLE_SECONDS", "CAMET_WORKER_START_SECONDS",
    "CAMET_WORKER_DATABASE_CONNECTIONS", "CAMET_REQUEST_DEADLINE_SECONDS", "CAMET_STOP_CALCULATION_SECONDS",
    "CAMET_SIGN_IN_UPKEEP_SECONDS", "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL", "CAMET_REQUESTS_PER_MINUTE_OF_TENANT",
    "CAMET_INGEST_ROWS_PER_MINUTE_OF_TENANT", "CAMET_REFUSED_CREDENTIALS_PER_MINUTE_OF_ADDRESS",
    "CAMET_AUDIT_HEADS_SECONDS", "CAMET_QUERY_LOG_SECONDS", "CAMET_SIGN_IN_RETENTION_DAYS",
    "CAMET_QUERY_RETENTION_DAYS", "CAMET_STREAMS_OF_PRINCIPAL", "CAMET_STREAMS_OF_TENANT", "CAMET_DATABASE_CONNECTIONS",
    "CAMET_DATABASE_IDLE_SECONDS", "CAMET_SLOW_STATEMENT_MILLISECONDS",
    "CAMET_REQUESTS_IN_FLIGHT_OF_TENANT", "CAMET_WORKERS_MAXIMUM", "CAMET_WORKERS_MEMORY_MIB",
    "CAMET_WORKER_MEMORY_MIB", "CAMET_WORKER_NICE",
    "CAMET_SCHEDULED_WORK_AT_ONCE", "CAMET_REQUESTS_WAITING_OF_TENANT",
]


@pytest.fixture
def folder(tmp_path):
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "gateway-database-password").write_text("x\n")
    return tmp_path


def start(folder, **settings: str) -> tuple[int, list[str]]:
    """How it ended, and the lines of what it said."""
    done = subprocess.run(
        [GATEWAY], env={"CAMET_DATA": str(folder)} | ENOUGH | settings, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stderr.strip().splitlines()


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_cannot_be_is_refused(folder, name):
    assert f"`{name}`" in DOCUMENT
    for value in ("x", "-1", "1.5", "1e3", " 1", "99999999999999999999", "0x10", "١"):
        status, said = start(folder, **{name: value})
        assert status == 78, (value, said)
        assert len(said) == 1 and name in said[0], (value, said)


def test_what_is_right_is_not_complained_of(folder):
    """The control: it gets as far as what comes behind the settings, and says another thing."""
    status, said = start(folder, CAMET_WORKER_START_SECONDS="10", CAMET_PORT="0")
    assert status not in (0, 78) or not any("CAMET_" in line for line in said), said


@pytest.mark.parametrize("name", ENOUGH)
def test_what_is_missing_is_named(folder, name):
    status, said = start(folder, **{name: ""})
    assert (status, len(said)) == (78, 1) and name in said[0], said


@pytest.mark.parametrize("name,values", [
    ("CAMET_LOG_LEVEL", ["loud", "INFO", "trace"]), ("CAMET_BASE_PATH", ["camet", "/a/"]),
    ("CAMET_TRUSTED_PROXIES", ["proxy", "10.0.0.0/99"]), ("CAMET_TLS_KEY_FILE", ["/only/one"]),
    ("CAMET_TLS_CERTIFICATE_FILE", ["/only/one"]), ("CAMET_WORKER_LAUNCHER", ["root", "Systemd", "child "]),
])
def test_a_word_that_means_nothing_is_refused(folder, name, values):
    for value in values:
        status, said = start(folder, **{name: value})
        assert (status, len(said)) == (78, 1) and name in said[0], (value, said)


def test_workers_have_one_launcher(folder):
    """camet-launcher and systemd cannot both be it."""
    status, said = start(folder, CAMET_LAUNCHER="0", CAMET_WORKER_LAUNCHER="systemd")
    # Root is refused before that.
    assert (status, len(said)) == (78, 1) and "CAMET_WORKER_LAUNCHER" in said[0] or status == 77, said
    for settings in ({"CAMET_LAUNCHER": "0"}, {"CAMET_WORKER_LAUNCHER": "systemd"}):
        assert not any("CAMET_" in line for line in start(folder, **settings)[1])


def test_a_file_of_settings_is_read_and_judged(folder):
    file = folder / "camet.conf"
    file.write_text("# a remark\n\nCAMET_LOG_LEVEL=loud\n")
    status, said = start(folder)
    assert (status, len(said)) == (78, 1) and "CAMET_LOG_LEVEL" in said[0]
    # The environment goes before it.
    assert "CAMET_LOG_LEVEL" not in " ".join(start(folder, CAMET_LOG_LEVEL="info")[1])
    file.write_text("CAMET_LOG_LEVEL info\n")
    status, said = start(folder)
    assert (status, len(said)) == (78, 1) and "line 1" in said[0]


def test_every_setting_that_is_read_is_documented():
    """Those of the gateway and of the worker it starts."""
    names = set()
    for path in (REPOSITORY / "Sources/Gateway").rglob("*.swift"):
        names |= set(re.findall(r'"(CAMET_[A-Z_]+)"', path.read_text()))
    assert len(names) > 25
    assert {name for name in names if f"`{name}`" not in DOCUMENT} - {"CAMET_GENERATION", "CAMET_NONCE"} == set()
