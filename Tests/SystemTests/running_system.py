"""The whole system as its users start it: script/server with a data folder of its own, the operations CLI, HTTP clients."""

import contextlib
import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter

REPOSITORY = Path(__file__).resolve().parents[2]
POSTGRES_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
PASSWORD = "a long password of the tests"

# As script/steps/users.sh has it.
USERS_BEGIN = 1_879_048_192
# Which of the ranges that are left systems of this run may take: others run beside it.
USERS = [int(number) for number in os.environ.get("CAMET_TEST_USERS", "0-255").split("-")]
# Settings that name files which only their owner may read.
FILES_OF_THE_GATEWAY = {"CAMET_TLS_KEY_FILE", "CAMET_SMS_TOKEN_FILE"}

STANDING_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def eventually(condition, seconds: float):
    """What the condition gives once that is true; its last answer when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


class RunningSystem:
    """A script/server and the means to look at and disturb what it started."""

    def __init__(self, settings: dict[str, str] | None = None, started_by: list[str | Path] | None = None):
        # Not in pytest's own folder: that is closed to PostgreSQL's user and its path is long.
        self.data = Path(tempfile.mkdtemp(prefix="camet-system-"))
        self.data.chmod(0o711)
        self.folder = self.data / "data"
        # Where root starts it, the gateway and its workers are users of their own, from this one on.
        self.first_user = USERS_BEGIN + random.randint(*USERS) * (1 << 20) if os.geteuid() == 0 else None
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("CAMET_")
        } | ({"CAMET_FIRST_USER": str(self.first_user)} if self.first_user else {}) | (settings or {})
        # A file that the test has made for the gateway becomes its user's.
        for name in FILES_OF_THE_GATEWAY & self.environment.keys():
            self.give_to_gateway(Path(self.environment[name]))
        # A program that starts the server in surroundings of its own.
        self.started_by = started_by or []
        self.base = ""
        # One that is free, unless a test wants it to be the one of before.
        self.port = "0"
        # Whose certificates clients believe, where the system speaks TLS.
        self.authority: Path | None = None
        self.process: subprocess.Popen | None = None

    # Life

    @classmethod
    @contextlib.contextmanager
    def running(cls, settings: dict[str, str] | None = None, authority: Path | None = None):
        """A system for as long as the block lasts; nothing of it is left then, nor when it does not start."""
        made = cls(settings)
        made.authority = authority
        try:
            yield made.start()
        finally:
            if made.process:
                made.stop()
            made.remove()

    def start(self) -> "RunningSystem":
        self.errors = (self.data / "server-errors.txt").open("w")
        self.process = subprocess.Popen(
            [*self.started_by, REPOSITORY / "script/server", "--empty", "--data", self.folder, "--port", self.port],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        line = self.process.stdout.readline()
        assert re.match(r"READY https?://127\.0\.0\.1:", line), line + (self.data / "server-errors.txt").read_text()
        self.base = line.split()[1]
        return self

    def stop(self, number=signal.SIGTERM, patience=30) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(patience)
        self.process.stdout.close()
        self.errors.close()
        return status

    def start_as(self, user: int) -> None:
        """Lets somebody start the system who is not root."""
        self.first_user = user
        self.environment.pop("CAMET_FIRST_USER")
        self.environment |= {"HOME": str(self.data)}
        os.chown(self.data, user, user)
        setpriv = shutil.which("setpriv")
        self.started_by = [*self.started_by, setpriv, f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"]

    @property
    def gateway_user(self) -> int:
        return os.geteuid() if self.first_user is None else self.first_user

    def give_to_gateway(self, path: Path) -> None:
        """Lets the gateway read a file, and reach it in its folder."""
        if self.first_user is not None and path.exists():
            os.chown(path, self.first_user, self.first_user)
            for folder in path.parents:
                if folder.stat().st_uid == os.geteuid() and folder.parts[1:2] == ("tmp",) and len(folder.parts) > 2:
                    folder.chmod(folder.stat().st_mode | 0o011)

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            shutil.rmtree(Path((self.folder / "elsewhere").read_text().strip()))
        shutil.rmtree(self.data, ignore_errors=True)

    def processes(self) -> dict[int, str]:
        """Live processes that name the data folder in command line or environment, or work in it."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid() or not is_alive(int(entry.name)):
                continue
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environment = (entry / "environ").read_bytes().decode(errors="replace")
                place = os.readlink(entry / "cwd")
            except OSError:
                continue
            if any(str(self.folder) in text for text in (command, environment, place)):
                found[int(entry.name)] = command
        return found

    @property
    def gateway_pid(self) -> int:
        return int((self.folder / "run/gateway.pid").read_text())

    # Operations

    def camet(self, *arguments: str, answer_to_input: str | None = None):
        """What a verb of the CLI prints with --json."""
        done = subprocess.run(
            [REPOSITORY / "script/camet", *arguments, "--json"],
            env=self.environment | {"CAMET_DATA": str(self.folder)},
            input=answer_to_input,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"camet {' '.join(arguments)}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def worker(self, tenant: str) -> dict:
        return next(item for item in self.camet("worker", "list")["items"] if item["tenant"] == tenant)

    def psql(self, database: str, statement: str, as_script: bool = False) -> str:
        """Runs one statement, or a script with its data, as the owner of the databases."""
        password = (self.folder / "secrets/admin-database-password").read_text().strip()
        done = subprocess.run(
            ["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "camet_admin", "-d", database,
             *(["-f", "-"] if as_script else ["-c", statement])],
            input=statement if as_script else None,
            env=os.environ | {"PGPASSWORD": password, "PGHOST": str(self.postgres_sockets), "PGPORT": "5432"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def postgres_sockets(self) -> Path:
        settings = dict(
            line.split("=", 1) for line in (self.folder / "camet.conf").read_text().splitlines() if "=" in line
        )
        return Path(settings["CAMET_TENANT_DATABASE"].split("host=")[1].split(" port=")[0])

    @property
    def cluster(self) -> Path:
        return Path((self.folder / "cluster-made").read_text().strip())

    @property
    def postgres_pid(self) -> int:
        return int((self.cluster / "postmaster.pid").read_text().split("\n")[0])

    def stop_postgres(self) -> None:
        pid = self.postgres_pid
        os.kill(pid, signal.SIGINT)
        assert eventually(lambda: not is_alive(pid), 30), "PostgreSQL does not end"

    def start_postgres(self) -> None:
        owner = self.cluster.owner()
        become = ["setpriv", f"--reuid={owner}", f"--regid={self.cluster.group()}", "--init-groups", "--"]
        subprocess.run(
            [*(become if os.geteuid() == 0 else []), POSTGRES_PROGRAMS / "pg_ctl", "-D", self.cluster, "-w",
             "-l", "/dev/null", "start"],
            cwd="/", check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=60,
        )

    def make_tenant(self, slug: str, timezone: str = "America/Argentina/Buenos_Aires") -> "Tenant":
        self.camet("tenant", "create", "--slug", slug, "--name", f"Company {slug}", "--timezone", timezone)
        return Tenant(self, slug)

    def client(self, **credentials) -> "Client":
        return Client(self.base, authority=self.authority, **credentials)


class Tenant:
    """A tenant, its users and keys, made when first asked for."""

    # Seconds after which a client is given another token: one lives 15 minutes, and the system may live longer.
    NEW_TOKEN_AFTER = 300

    def __init__(self, system: RunningSystem, slug: str):
        self.system = system
        self.slug = slug
        self._users: dict[str, str] = {}
        self._clients: dict[str, Client] = {}
        self._signed_in: dict[str, float] = {}

    @property
    def database(self) -> str:
        return self.system.psql("camet_global", f"SELECT database_name FROM tenant WHERE slug = '{self.slug}'")

    def make_user(self, role: str, username: str) -> str:
        self.system.camet(
            "user", "create", "--tenant", self.slug, "--username", username, "--email", f"{username}@example.com",
            "--role", role, "--password-stdin", answer_to_input=PASSWORD + "\n",
        )
        return username

    def user(self, role: str) -> str:
        """The name of a user with the role."""
        if role not in self._users:
            self._users[role] = self.make_user(role, f"{self.slug}-{role.lower().replace('_', '-')}")
        return self._users[role]

    def forget_clients(self) -> None:
        """After the system was started anew: it answers elsewhere."""
        self._clients.clear()
        self._signed_in.clear()

    def client(self, who: str) -> "Client":
        """A client of a role (`ADMIN`), or with a key of one scope (`key:read`)."""
        if who not in self._clients:
            if who.startswith("key:"):
                made = self.system.camet(
                    "key", "create", "--tenant", self.slug, "--name", who, "--scopes", who.removeprefix("key:"))
                self._clients[who] = self.system.client(key=made["api_key"])
            else:
                self._clients[who] = self.system.client(bearer=sign_in(self.system, self.user(who))["access_token"])
                self._signed_in[who] = time.monotonic()
        elif time.monotonic() - self._signed_in.get(who, math.inf) > self.NEW_TOKEN_AFTER:
            # The same client, as others may hold it.
            self._clients[who].headers["Authorization"] = (
                f"Bearer {sign_in(self.system, self.user(who))['access_token']}")
            self._signed_in[who] = time.monotonic()
        return self._clients[who]


class Client:
    """Speaks HTTP as one principal. Whatever it gets must carry the headers that every answer carries."""

    def __init__(self, base: str, bearer: str | None = None, key: str | None = None, source: str | None = None,
                 authority: Path | None = None):
        self.base = base
        self.headers = {}
        if bearer:
            self.headers["Authorization"] = f"Bearer {bearer}"
        if key:
            self.headers["X-API-Key"] = key
        self.session = requests.Session()
        self.session.trust_env = False
        if authority:
            # Whose certificates are believed over TLS.
            self.session.verify = str(authority)
        if source:
            for scheme in ("http://", "https://"):
                self.session.mount(scheme, AddressedAdapter(source))

    def send(self, method: str, path: str, headers=None, timeout=30, **what) -> requests.Response:
        answer = self.session.request(
            method, self.base + path, headers=self.headers | (headers or {}), timeout=timeout,
            allow_redirects=False, **what,
        )
        check_standing_headers(answer)
        return answer

    def get(self, path: str, **what) -> requests.Response:
        return self.send("GET", path, **what)

    def post(self, path: str, body=None, **what) -> requests.Response:
        return self.send("POST", path, json=body, **what)

    def put(self, path: str, body=None, **what) -> requests.Response:
        return self.send("PUT", path, json=body, **what)

    def delete(self, path: str, **what) -> requests.Response:
        return self.send("DELETE", path, **what)

    def read(self, path: str, **what):
        """The body of an answer that must be 200."""
        answer = self.get(path, **what)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def make(self, resource: str, **fields) -> dict:
        """The object that a POST made."""
        answer = self.post(f"/api/v1/{resource}", fields)
        assert answer.status_code == 201, f"POST {resource} {fields}: {answer.status_code} {answer.text}"
        return answer.json()


class AddressedAdapter(HTTPAdapter):
    """Sends from one address of the loopback network, so that limits per address can be met one by one."""

    def __init__(self, source: str):
        self.source = source
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.source, 0), **options)


def check_standing_headers(answer: requests.Response) -> None:
    for name, value in STANDING_HEADERS.items():
        assert answer.headers.get(name) == value, f"{answer.request.method} {answer.url}: {name} in {answer.headers}"
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy and "unsafe-inline" not in policy and "unsafe-eval" not in policy
    assert answer.headers["X-Request-Id"]
    assert float(answer.headers["X-Process-Time"]) >= 0
    assert answer.headers["Server-Timing"]
    assert "Cache-Control" in answer.headers


def sign_in(system: RunningSystem, username: str, password: str = PASSWORD, source: str | None = None, **more) -> dict:
    """The pair of tokens of a sign-in that must succeed."""
    answer = system.client(source=source).post("/auth/token", {"username": username, "password": password} | more)
    assert answer.status_code == 200, f"sign-in of {username}: {answer.status_code} {answer.text}"
    return answer.json()


def check_problem(answer: requests.Response, status: int, code: str) -> dict:
    """The body of a refusal, which must have the shape all refusals have."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "code", "detail", "request_id"} <= set(problem)
    assert problem["status"] == status
    assert problem["code"] == code, problem
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    return problem


class PlantData:
    """What a tenant's line is described by: a dual line L1 with 10 units a minute, threshold 60 s, one shift."""

    def __init__(self, manager: Client, code: str = "L1", commissioned_at: str | None = None, threshold: int = 60,
                 shift: tuple[str, str] = ("06:00", "14:00"), dual: bool = True, rate: float = 10):
        self.plant = manager.make(
            "plants", plant_code=f"plant-{code}", plant_name=f"Plant of {code}",
            timezone="America/Argentina/Buenos_Aires")["plant_id"]
        self.code = code
        self.line = manager.make(
            "production-lines", plant_id=self.plant, line_code=code, line_name=f"Line {code}", rate_per_minute=rate,
            downtime_threshold_seconds=threshold, commissioned_at=commissioned_at)["line_id"]
        self.areas = {
            kind: manager.make("areas", line_id=self.line, area_name=f"{kind} of {code}", area_type=kind)["area_id"]
            for kind in (["input", "output"] if dual else ["output"])
        }
        self.product_code = f"product-{code}"
        self.product = manager.make(
            "products", product_code=self.product_code, product_name=f"Product of {code}", weight_kg=25)["product_id"]
        self.rate = manager.make(
            "ideal-rates", line_id=self.line, product_id=self.product, rate_per_minute=rate)["ideal_rate_id"]
        self.shift = manager.make(
            "shifts", plant_id=self.plant, shift_name=f"Shift of {code}", days=[1, 2, 3, 4, 5],
            start_time=shift[0], end_time=shift[1], breaks=[])["shift_id"]

    def detection(self, detected_at: str, area: str = "output", **more) -> dict:
        return {"line": self.code, "area": area, "product": self.product_code, "detected_at": detected_at} | more
