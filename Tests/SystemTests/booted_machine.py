"""A machine of its own that systemd runs, as far as the system gives one: namespaces, and this machine's files under a layer in
memory, so that nothing of what is done there is left.

Run as a program it becomes that systemd; nothing but `BootedMachine` starts it so.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from private_mounts import MS_BIND, MS_PRIVATE, MS_REC, libc, require
from running_system import eventually

SYSTEMD = "/usr/lib/systemd/systemd"
MS_RDONLY, MS_REMOUNT, MS_SHARED = 0x1, 0x20, 0x10_0000
CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNS = (
    0x0200_0000, 0x0400_0000, 0x0800_0000, 0x2000_0000, 0x0002_0000)
# What would change the machine around it, or looks for devices.
LEFT_OUT = [
    "systemd-sysctl.service", "systemd-modules-load.service", "systemd-remount-fs.service", "systemd-udevd.service",
    "systemd-udev-trigger.service", "systemd-udevd-control.socket", "systemd-udevd-kernel.socket", "systemd-random-seed.service",
    "systemd-timesyncd.service", "postgresql.service", "nginx.service", "systemd-journald-audit.socket",
    "systemd-tmpfiles-clean.timer", "apt-daily.timer", "apt-daily-upgrade.timer", "man-db.timer", "fstrim.timer",
    "e2scrub_all.timer", "dpkg-db-backup.timer",
]


def can_boot() -> bool:
    return os.geteuid() == 0 and all(
        shutil.which(program) for program in (SYSTEMD, "dbus-daemon", "nsenter", "systemctl")) and cgroups() is not None


def cgroups() -> Path | None:
    """Where the system's control groups of the newer kind are."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(place)
    return None


class BootedMachine:
    """One machine. `shared` are folders of this machine and where they are found there, to be read."""

    def __init__(self, shared: dict[Path, str]):
        self.folder = Path(tempfile.mkdtemp(prefix="camet-machine-"))
        self.root = self.folder / "root"
        self.group = cgroups() / self.folder.name
        self.group.mkdir()
        self.log = self.folder / "log"
        arguments = [f"{place}={there}" for place, there in shared.items()]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, __file__, str(self.folder), str(self.group), *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def boots(self) -> bool:
        """Whether systemd came up, and can be asked."""
        def is_up() -> bool:
            if self.process.poll() is not None:
                return True
            return self.first is not None and self.run("systemctl", "is-active", "dbus.socket", check=False).returncode == 0
        return bool(eventually(is_up, 60)) and self.process.poll() is None

    @property
    def first(self) -> int | None:
        """The number of systemd's process, as it is outside."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def run(self, *command: str | Path, check: bool = True, **more) -> subprocess.CompletedProcess:
        """A program in the machine, as root."""
        done = subprocess.run(
            ["nsenter", f"--target={self.first}", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root", "--wd", "--",
             *command],
            **{"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 120} | more)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def show(self, unit: str, name: str) -> str:
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()

    def journal(self, *arguments: str) -> str:
        return self.run("journalctl", "--no-pager", *arguments).stdout

    def inside(self, path: str) -> Path:
        """A file of the machine, seen from here."""
        return Path(f"/proc/{self.first}/root{path}")

    def remove(self) -> None:
        if self.process.poll() is None:
            # The first process of a machine takes all others with it.
            with contextlib.suppress(OSError, TypeError):
                os.kill(self.first, 9)
            self.process.wait(30)

        def is_gone() -> bool:
            for folder, _, _ in os.walk(self.group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
            return not self.group.exists()
        eventually(is_gone, 20)
        shutil.rmtree(self.folder, ignore_errors=True)


# The program


def mount(source: str, target: Path, kind: str, flags: int = 0, options: str = "") -> None:
    require(libc.mount(source.encode(), os.fsencode(target), kind.encode(), flags, options.encode() or None),
            f"{kind} on {target}")


def main(folder: Path, group: Path, shared: list[str]) -> None:
    (group / "cgroup.procs").write_text(str(os.getpid()))
    require(libc.unshare(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID), "no namespaces")
    require(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "the namespace cannot be made private")
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    root, layer = folder / "root", folder / "layer"
    for path in (root, layer):
        path.mkdir()
    mount("tmpfs", layer, "tmpfs", options="size=1g")
    for name in ("upper", "work"):
        (layer / name).mkdir()
    mount("overlay", root, "overlay", options=f"lowerdir=/,upperdir={layer}/upper,workdir={layer}/work")
    mount("proc", root / "proc", "proc")
    mount("sysfs", root / "sys", "sysfs")
    mount("cgroup2", root / "sys/fs/cgroup", "cgroup2")
    for name in ("dev", "run", "tmp"):
        mount("tmpfs", root / name, "tmpfs", options="mode=1777" if name == "tmp" else "mode=755")
    for name in ("null", "zero", "full", "random", "urandom"):
        (root / "dev" / name).touch()
        mount(f"/dev/{name}", root / "dev" / name, "none", MS_BIND)
    for name in ("pts", "shm"):
        (root / "dev" / name).mkdir()
    mount("devpts", root / "dev/pts", "devpts", options="newinstance,ptmxmode=666")
    (root / "dev/ptmx").symlink_to("pts/ptmx")
    (root / "dev/fd").symlink_to("/proc/self/fd")
    for pair in shared:
        place, _, there = pair.partition("=")
        target = root / there.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        mount(place, target, "none", MS_BIND)
        # What a machine does at its start, such as to empty folders for temporary files, is nothing to what is shared.
        mount("none", target, "none", MS_BIND | MS_REMOUNT | MS_RDONLY)
    for name in LEFT_OUT:
        link = root / "etc/systemd/system" / name
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
    # Of this machine's own systems, started by root: nothing of it is in a layer that could be renamed, as systemd does.
    shutil.rmtree(root / "var/lib/camet", ignore_errors=True)
    os.chroot(root)
    os.chdir("/")
    # As systemd expects it of whoever starts a container: what is mounted for a service is seen by the others.
    require(libc.mount(None, b"/", None, MS_REC | MS_SHARED, None), "mounts cannot be shared")
    os.execve(SYSTEMD, [SYSTEMD, "--system", "--unit=basic.target", "--log-target=console", "--show-status=false"],
              {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "container": "other"})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
