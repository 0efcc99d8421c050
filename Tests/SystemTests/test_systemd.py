"""The units of systemd: what it says of them itself, and the gateway with the settings of its unit."""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from running_system import PASSWORD, REPOSITORY, Client, RunningSystem, eventually, is_alive
from service_manager import Manager

UNITS = REPOSITORY / "deploy/systemd"
UNIT = UNITS / "camet-gateway.service"
PRODUCTS = REPOSITORY / ".build/release"


def values(name: str) -> list[str]:
    """What a setting of the unit is, one item for each line of it."""
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60)


@pytest.fixture
def units(tmp_path) -> Path:
    """A folder with all of them, and with programs that are there."""
    # Units are looked for beside one that is looked at, too.
    folder = tmp_path / "units"
    shutil.copytree(UNITS, folder)
    for path in folder.glob("*.service"):
        path.write_text(path.read_text().replace("/usr/lib/camet/", f"{PRODUCTS}/"))
    return folder


@pytest.mark.parametrize("name,word", [
    ("camet-gateway.service", "WatchdogSec="), ("camet-gateway.socket", "Backlog="), ("camet-worker@.service", "LoadCredential="),
    ("camet-worker@.socket", "FlushPending="), ("camet.slice", "MemoryMax="), ("camet-tenant.slice", "CPUWeight="),
    ("camet-tenant-.slice.d/limits.conf", "MemoryMax="),
])
def test_every_unit_is_as_systemd_wants_it(units, name, word):
    path = units / name
    # A template and what is added to many units are looked at as one of them.
    looked_at = units / name.partition("/")[0].removesuffix(".d").replace("camet-tenant-.", "camet-tenant-12.").replace("@.", "@12.")
    if looked_at.name not in (name, name.replace("@.", "@12.")):
        looked_at.write_text("[Unit]\nDescription=One company\n")
    done = analyze("verify", looked_at)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    # The control: a word that it does not know.
    other = word.replace("=", "Other=")
    assert word in path.read_text()
    path.write_text(path.read_text().replace(word, other))
    assert other.removesuffix("=") in analyze("verify", looked_at).stderr


def test_no_unit_is_left_out():
    assert {path.name for path in UNITS.iterdir()} == {
        "camet-gateway.service", "camet-gateway.socket", "camet-worker@.service", "camet-worker@.socket", "camet.slice",
        "camet-tenant.slice", "camet-tenant-.slice.d", "camet.sysusers.conf", "remote-database.conf"}


def exposure(unit: Path, most: float) -> tuple[float, bool]:
    """How much a service could do, as systemd counts it, and whether it says itself that this is not too much."""
    shown = analyze("security", "--offline=yes", "--no-pager", f"--threshold={most * 10:.0f}", unit)
    return float(re.search(r"Overall exposure level for .*: ([0-9.]+)", shown.stdout).group(1)), shown.returncode == 0


@pytest.mark.parametrize("name,is_remote,most", [
    ("camet-gateway.service", False, 1.5), ("camet-worker@.service", False, 0.5), ("camet-worker@.service", True, 1.2),
])
def test_the_units_expose_little(units, name, is_remote, most):
    unit = units / name
    if is_remote:
        (units / f"{name}.d").mkdir()
        shutil.copy(units / "remote-database.conf", units / f"{name}.d")
    found, is_little = exposure(unit, most)
    assert found <= most and is_little, found
    # A remote database costs something, and what is promised is not promised for nothing.
    assert not is_remote or not exposure(unit, 0.5)[1]
    unit.write_text(re.sub(r"(?m)^(SystemCallFilter|ProtectSystem|CapabilityBoundingSet)=.*\n", "", unit.read_text()))
    assert not exposure(unit, most)[1]


RULES = REPOSITORY / "deploy/polkit/50-camet.rules"
# What polkit gives a rule, and questions to it; prints the answers.
QUESTIONS = """
const rules = [];
const polkit = {addRule: rule => rules.push(rule), Result: {YES: "yes", NO: "no"}};
eval(require("fs").readFileSync(process.argv[1], "utf8"));
console.log(JSON.stringify(JSON.parse(process.argv[2]).map(([user, id, unit, verb]) =>
    rules[0]({id, lookup: name => ({unit, verb})[name]}, {user}) ?? null)));
"""


@pytest.mark.skipif(not shutil.which("node"), reason="nothing here reads JavaScript")
def test_the_rule_of_polkit_is_for_workers_alone():
    manage = "org.freedesktop.systemd1.manage-units"
    unit = "camet-worker@12.service"
    allowed = [["camet", manage, unit, verb] for verb in ("start", "stop", "restart", "kill")]
    refused = [
        ["nobody", manage, unit, "start"], ["camet", "org.freedesktop.systemd1.manage-unit-files", unit, "start"],
        ["camet", "org.freedesktop.systemd1.reload-daemon", None, None], ["camet", manage, None, None],
        ["camet", manage, unit, "set-property"], ["camet", manage, unit, None], ["camet", manage, None, "start"],
        ["camet", manage, unit, "restartx"],
    ] + [["camet", manage, other, "start"] for other in (
        "camet-worker@.service", "camet-worker@0.service", "camet-worker@01.service", "camet-worker@x.service",
        "camet-worker@12.socket", "camet-worker@12.service.d", "xcamet-worker@12.service", "camet-worker@12.service\nssh.service",
        "camet-worker@../12.service", "camet-gateway.service", "ssh.service", "camet-worker@99999999999999999999.service")]
    done = subprocess.run(
        ["node", "-e", QUESTIONS, str(RULES), json.dumps(allowed + refused)], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["yes"] * len(allowed) + [None] * len(refused)


@pytest.fixture
def watched():
    system = RunningSystem()
    manager = Manager(system.data / "notify")
    system.environment |= {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "1000000"}
    try:
        yield system.start(), manager
    finally:
        if system.process.poll() is None:
            system.stop()
        system.remove()


def test_it_tells_of_its_start_its_life_a_reload_and_its_end(watched):
    system, manager = watched
    assert manager.hear("READY")["READY"] == "1"
    assert Client(system.base).get("/healthz").status_code == 200
    for _ in range(4):
        assert manager.hear("WATCHDOG")["WATCHDOG"] == "1"
    os.kill(system.gateway_pid, signal.SIGHUP)
    assert int(manager.hear("RELOADING")["MONOTONIC_USEC"]) > 0
    assert manager.hear("READY")["READY"] == "1"
    assert is_alive(system.gateway_pid)
    # One that stands still says nothing: nothing comes in three times the time within which it must.
    os.kill(system.gateway_pid, signal.SIGSTOP)
    manager.socket.settimeout(3)
    with pytest.raises(TimeoutError):
        while True:
            manager.hear("WATCHDOG")
    manager.socket.settimeout(30)
    os.kill(system.gateway_pid, signal.SIGCONT)
    assert manager.hear("WATCHDOG")
    os.kill(system.gateway_pid, signal.SIGTERM)
    assert manager.hear("STOPPING")["STOPPING"] == "1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start it as another user")
def test_it_serves_with_the_settings_of_the_unit(own_system):
    """As an unprivileged user, with credentials in a folder, and with workers of that user."""
    viewer = own_system.make_tenant("other").user("VIEWER")
    user = own_system.gateway_user
    folders = {name: own_system.data / name for name in ("state", "run", "credentials")}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
        os.chown(folder, user, user)
    for line in values("StateDirectory"):
        for name in line.split():
            folder = folders["state"] / Path(name).relative_to("camet")
            folder.mkdir(mode=0o700, exist_ok=True)
            os.chown(folder, user, user)
    for line in values("LoadCredential"):
        name, _, source = line.partition(":")
        copy = shutil.copy(own_system.folder / "secrets" / Path(source).name, folders["credentials"] / name)
        os.chmod(copy, 0o400)
        os.chown(copy, user, user)
    places = {"/var/lib/camet": folders["state"], "/run/camet": folders["run"], "/usr/lib/camet": PRODUCTS,
              "/usr/share/camet/assets": REPOSITORY / ".assets", "%d": folders["credentials"]}
    environment = {"CAMET_PORT": "0"}
    # There is no systemd here that could start workers as units: they are children, as camet.conf may have it.
    overridden = {"CAMET_WORKER_LAUNCHER": "child"}
    configuration = dict(
        line.split("=", 1) for line in (own_system.folder / "camet.conf").read_text().splitlines() if "=" in line)
    environment["CAMET_GLOBAL_DATABASE"] = configuration["CAMET_GLOBAL_DATABASE"]
    for line in values("Environment"):
        for item in line.split():
            name, _, value = item.partition("=")
            for place, stand_in in places.items():
                value = value.replace(place, str(stand_in))
            environment[name] = value
    assert environment["CAMET_WORKER_LAUNCHER"] == "systemd"
    environment |= overridden
    log_of_unit = own_system.data / "unit.log"
    with log_of_unit.open("w") as log:
        gateway = subprocess.Popen(
            ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
             "--inh-caps=-all", "--", PRODUCTS / "camet-gateway"],
            env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
    try:
        def listening():
            return re.search(r"^LISTENING (\d+)$", log_of_unit.read_text(), re.MULTILINE)
        assert eventually(lambda: listening() or gateway.poll() is not None, 30)
        assert listening(), log_of_unit.read_text()
        client = Client(f"http://127.0.0.1:{listening().group(1)}")
        assert eventually(lambda: client.get("/readyz").status_code == 200, 30)
        token = client.post("/auth/token", {"username": viewer, "password": PASSWORD}).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get("/api/v1/plants").status_code == 200, log_of_unit.read_text()
    finally:
        gateway.terminate()
        assert gateway.wait(30) == 0
