"""camet-launcher with a gateway and workers of the tests' own: programs that do what they are told, and try to break out."""

import json
import os
import socket
import subprocess
import tempfile
from pathlib import Path

from running_system import REPOSITORY, USERS, USERS_BEGIN

LAUNCHER = REPOSITORY / ".build/release/camet-launcher"
PROBE = REPOSITORY / ".build/release/isolation-probe"
SIGNAL, REAP = 2, 3
MEBIBYTE = 1 << 20

# What the launcher starts in the gateway's place: asks it what a line of JSON says, and answers with one.
DRIVER = """
import array, json, os, socket, struct, sys
launcher, pipes = socket.socket(fileno=3), {}

def ask(question=0, process=0, number=0, nice=0, tenant=0, memory=0, network=0, unused=0, length=40, files=()):
    text = struct.pack("=IiiiqQII", question, process, number, nice, tenant, memory, network, unused)[:length]
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
    launcher.sendmsg([text], rights)
    return struct.unpack("=ii", launcher.recv(8))

def start(orders="", socket_path=None, kinds=("listener", "pipe"), **rest):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(socket_path or "")
    if socket_path:
        os.chmod(socket_path, 0o600)
    bound, taken = socket.socket(socket.AF_UNIX), os.open("/dev/null", os.O_RDONLY)
    bound.bind("")
    listener.listen()
    network = socket.socket()
    network.bind(("127.0.0.1", 0))
    network.listen()
    reading, writing = os.pipe()
    os.write(writing, orders.encode())
    known = {"listener": listener.fileno(), "pipe": reading, "bound": bound.fileno(), "file": taken,
             "network": network.fileno()}
    answer = ask(1, files=[known[kind] for kind in kinds], **rest)
    os.close(reading)
    os.close(taken)
    if answer[0] > 0:
        pipes[answer[0]] = writing
    else:
        os.close(writing)
    return answer

for line in sys.stdin:
    order = json.loads(line)
    match order.pop("what"):
        case "ask": answer = ask(**order)
        case "start": answer = start(**order)
        case "tell": answer = os.write(pipes[order["process"]], order["orders"].encode())
        case "state": answer = open("/proc/self/status").read()
    print(json.dumps(answer), flush=True)
"""


class Cage:
    """A launcher, and what came of the orders that its workers were given."""

    def __init__(self, *options: str):
        self.folder = Path(tempfile.mkdtemp(prefix="camet-cage-"))
        self.folder.chmod(0o711)
        self.spool = self.folder / "spool"
        self.spool.mkdir()
        self.spool.chmod(0o1777)
        self.first_user = USERS_BEGIN + (USERS[0] + os.getpid() % (USERS[1] - USERS[0])) * (1 << 20)
        # As the gateway's folder of sockets.
        self.sockets = self.folder / "w"
        self.sockets.mkdir(mode=0o700)
        os.chown(self.sockets, self.first_user, self.first_user)
        self.output = self.folder / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [LAUNCHER, "--first-user", str(self.first_user), "--last-user", str(self.first_user + 1000),
                 "--worker", self.reachable(PROBE), "--spool", self.spool, *options, "--",
                 "/usr/bin/python3", "-c", DRIVER],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, cwd="/")

    def reachable(self, program: Path) -> Path:
        """The program where every user reaches it, wherever the repository is."""
        copy = self.folder / program.name
        copy.write_bytes(program.read_bytes())
        copy.chmod(0o755)
        return copy

    def order(self, what: str, **rest):
        self.process.stdin.write(json.dumps({"what": what} | rest) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, self.output.read_text()
        return json.loads(answer)

    def start(self, tenant: int, orders: list[str] = (), **rest) -> int:
        """The process of a worker that has begun with its orders."""
        text = "".join(f"{order}\n" for order in orders)
        settings = {"memory": 512 * MEBIBYTE, "nice": 5} | rest
        process, _ = self.order("start", tenant=tenant, orders=text, **settings)
        assert process > 0, os.strerror(-process)
        return process

    def tell(self, process: int, *orders: str) -> None:
        self.order("tell", process=process, orders="".join(f"{order}\n" for order in orders))

    def outcomes(self, process: int) -> dict[str, str]:
        lines = (line.split() for line in self.output.read_text().splitlines())
        return {" ".join(words[1:-1]): words[-1] for words in lines if len(words) > 2 and words[0] == str(process)}

    @property
    def launcher(self) -> int:
        """The process that is root: the gateway's one child."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        assert len(children) == 1, children
        return int(children[0])

    def close(self) -> None:
        self.process.kill()
        self.process.wait(30)
        self.process.stdin.close()
        self.process.stdout.close()
        subprocess.run(["rm", "-rf", self.folder], check=True)


def try_outside(*orders: str, wrapped_in: list[str] = ()) -> tuple[int, dict[str, str]]:
    """How the same program ends, and what came of its orders, outside of every cage."""
    reading, writing = os.pipe()
    os.write(writing, "".join(f"{order}\n" for order in orders).encode())
    os.close(writing)
    # The shell puts the pipe where a worker has it.
    done = subprocess.run(
        [*wrapped_in, "/bin/bash", "-c", f'exec "$0" 4<&{reading}', PROBE],
        pass_fds=[reading], capture_output=True, text=True, timeout=60)
    os.close(reading)
    lines = (line.split() for line in done.stdout.splitlines())
    return done.returncode, {" ".join(words[1:-1]): words[-1] for words in lines}


def state_of(process: int) -> dict[str, str]:
    """The fields of /proc/<pid>/status."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def limits_of(process: int) -> dict[str, tuple[str, str]]:
    """Soft and hard limits by their names."""
    return {
        line[:26].strip(): (line[26:47].strip(), line[47:68].strip())
        for line in Path(f"/proc/{process}/limits").read_text().splitlines()[1:]
    }


def network_listener() -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    made.listen(64)
    return made
