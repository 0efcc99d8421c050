"""The running product as the bench needs it: script/server on a data folder, its CLI, psql, one HTTP connection."""

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Product:
    """A script/server; ends with stop()."""

    def __init__(self, data: Path, settings: dict[str, str] | None = None, arguments: list[str] | None = None):
        self.data = data
        self.environment = os.environ | {
            "CAMET_DATA": str(data),
            "CAMET_REQUESTS_PER_MINUTE_OF_PRINCIPAL": "100000000",
            "CAMET_REQUESTS_PER_MINUTE_OF_TENANT": "100000000",
            # So that what takes too long is measured all the same.
            "CAMET_REQUEST_DEADLINE_SECONDS": "120",
        } | (settings or {})
        self.server = subprocess.Popen(
            [REPOSITORY / "script/server", *(arguments or ["--empty"]), "--data", data, "--port", "0"],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        line = self.server.stdout.readline()
        if not line.startswith("READY http://"):
            self.stop()
            sys.exit("bench: script/server did not start")
        self.base = line.split()[1]

    def stop(self) -> None:
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
        self.server.wait(60)

    def camet(self, *arguments: str, given: str = "") -> dict:
        done = subprocess.run(
            [REPOSITORY / "script/camet", *arguments, "--json"], env=self.environment, input=given,
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"bench: camet {' '.join(arguments)}: {done.stderr}")
        return json.loads(done.stdout)

    def psql(self, database: str, *commands: str, script: str | None = None) -> str:
        """What psql prints as the owner of all databases; commands one after another, or a script, in one session."""
        settings = dict(line.split("=", 1) for line in (self.data / "camet.conf").read_text().splitlines()
                        if "=" in line)
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "camet_admin", "-d", database,
             *(part for command in commands for part in ("-c", command)), *(["-f", "-"] if script else [])],
            input=script, capture_output=True, text=True, check=False,
            env=os.environ | {
                "PGPASSWORD": (self.data / "secrets/admin-database-password").read_text().strip(),
                "PGHOST": settings["CAMET_TENANT_DATABASE"].split("host=")[1].split(" port=")[0], "PGPORT": "5432"})
        if done.returncode != 0:
            sys.exit(f"dashboard: psql: {done.stderr}")
        return done.stdout

    def sign_in(self, username: str, password: str) -> "Connection":
        request = urllib.request.Request(
            self.base + "/auth/token", data=json.dumps({"username": username, "password": password}).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Connection(self.base, json.load(answer)["access_token"])

    def page_cookie(self, username: str, password: str) -> str:
        """The cookie of a page's session."""
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        form = browser.open(self.base + "/login", timeout=30).read().decode()
        fields = {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', form)[1], "username": username,
                  "password": password}
        browser.open(self.base + "/login", urllib.parse.urlencode(fields).encode(), timeout=30)
        return next(f"{cookie.name}={cookie.value}" for cookie in jar if cookie.name == "camet_session")

    def open_page(self, username: str, password: str) -> "Connection":
        """A connection as that of an open page."""
        return Connection(self.base, cookie=self.page_cookie(username, password))

    @property
    def gateway(self) -> int:
        return int((self.data / "run/gateway.pid").read_text())

    def worker(self, tenant: str) -> int | None:
        """The process of a tenant's worker; none while it does not run."""
        items = self.camet("worker", "list")["items"]
        return next((item["pid"] for item in items if item["tenant"] == tenant), None)

    def end_worker(self, tenant: str) -> None:
        """Ends the worker as an idle one ends; the next request starts another."""
        pid = self.worker(tenant)
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while pid is not None and self.worker(tenant) == pid:
            if time.monotonic() > deadline:
                sys.exit("dashboard: the worker does not end")
            time.sleep(0.05)


class Connection:
    """One keep-alive connection of one signed-in user, with as little of its own in the time as can be."""

    def __init__(self, base: str, token: str = "", cookie: str | None = None):
        host, port = base.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.token = token
        who = f"Cookie: {cookie}" if cookie else f"Authorization: Bearer {token}"
        self.head = f"HTTP/1.1\r\nHost: {host}\r\n{who}\r\nContent-Type: application/json\r\n"
        self.status, self.body, self.server_ms = 0, b"", 0.0

    def ask(self, method: str, path: str, body: dict | None = None) -> float:
        """Seconds from the first byte sent to the last received; status, body and server_ms are those of the answer."""
        content = b"" if body is None else json.dumps(body).encode()
        request = f"{method} {path} {self.head}Content-Length: {len(content)}\r\n\r\n".encode() + content
        began = time.perf_counter()
        self.socket.sendall(request)
        received = bytearray()
        while (split := received.find(b"\r\n\r\n")) < 0:
            received += self.receive()
        head = received[:split].decode("latin-1")
        fields = {name.lower(): value.strip() for name, _, value in
                  (line.partition(":") for line in head.split("\r\n")[1:])}
        del received[:split + 4]
        if "content-length" in fields:
            while len(received) < int(fields["content-length"]):
                received += self.receive()
        else:
            received = self.chunks(received)
        taken = time.perf_counter() - began
        self.status, self.body = int(head.split(" ", 2)[1]), bytes(received)
        self.server_ms = float(fields["server-timing"].partition("total;dur=")[2].partition(",")[0])
        return taken

    def chunks(self, received: bytearray) -> bytearray:
        """The content of a body that comes in chunks, of which some bytes are there."""
        content, place = bytearray(), 0
        while True:
            while (line_end := received.find(b"\r\n", place)) < 0:
                received += self.receive()
            length = int(received[place:line_end], 16)
            place = line_end + 2
            while len(received) < place + length + 2:
                received += self.receive()
            content += received[place:place + length]
            place += length + 2
            if length == 0:
                return content

    def receive(self) -> bytes:
        part = self.socket.recv(1 << 18)
        if not part:
            sys.exit("dashboard: the server closed the connection")
        return part

    def read(self, method: str, path: str, body: dict | None = None) -> dict:
        """The answer as an object; anything but success ends the bench."""
        self.ask(method, path, body)
        if self.status not in (200, 201):
            sys.exit(f"dashboard: {method} {path} {body}: {self.status} {self.body[:500]!r}")
        return json.loads(self.body)


def processor_ms(pid: int) -> float:
    """Processor time a process has used, in steps of the clock tick (mostly 10 ms); 0 of one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) * 1000 / CLOCK_TICKS


def resident_mib(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
