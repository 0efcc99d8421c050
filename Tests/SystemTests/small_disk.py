"""Runs a program that sees a small disk of its own on a folder: small_disk.py FOLDER BYTES OWNER PROGRAM…

The disk is a tmpfs in a mount namespace, so nobody else sees it and it goes with the last process. Who is not root gets a
user namespace too, in which he is himself.
"""

import ctypes
import os
import sys

CLONE_NEWNS, CLONE_NEWUSER = 0x0002_0000, 0x1000_0000
MS_REC, MS_PRIVATE = 0x4000, 0x4_0000

libc = ctypes.CDLL(None, use_errno=True)


def require(result: int, what: str) -> None:
    if result != 0:
        sys.exit(f"small_disk: {what}: {os.strerror(ctypes.get_errno())}")


def main() -> None:
    folder, size, owner, *program = sys.argv[1:]
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        require(libc.unshare(CLONE_NEWNS), "no mount namespace")
    else:
        require(libc.unshare(CLONE_NEWNS | CLONE_NEWUSER), "no user namespace")
        for name, text in [("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")]:
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    require(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "the namespace cannot be made private")
    options = f"size={size},mode=700,uid={owner},gid={os.stat(folder).st_gid}".encode()
    require(libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options), "no tmpfs")
    os.execv(program[0], program)


main()
