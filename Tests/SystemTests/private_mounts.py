"""Mounts that only this process and those it starts see, and that go with the last of them.

Who is not root gets a user namespace too, in which he is himself.
"""

import ctypes
import os
import sys

CLONE_NEWNS, CLONE_NEWUSER = 0x0002_0000, 0x1000_0000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x4_0000

libc = ctypes.CDLL(None, use_errno=True)


def require(result: int, what: str) -> None:
    if result != 0:
        sys.exit(f"private_mounts: {what}: {os.strerror(ctypes.get_errno())}")


def begin() -> None:
    """What is mounted from here on is private."""
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        require(libc.unshare(CLONE_NEWNS), "no mount namespace")
    else:
        require(libc.unshare(CLONE_NEWNS | CLONE_NEWUSER), "no user namespace")
        for name, text in [("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")]:
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    require(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "the namespace cannot be made private")


def mount_memory(folder: str, options: str) -> None:
    """A disk of its own on a folder."""
    require(libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options.encode()), "no tmpfs")


def put_in_place(file: str, other: str) -> None:
    """Where one file is, another is found."""
    require(libc.mount(os.fsencode(other), os.fsencode(file), None, MS_BIND, None), f"nothing can be put over {file}")
