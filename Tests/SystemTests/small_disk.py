"""Runs a program that sees a small disk of its own on a folder: small_disk.py FOLDER BYTES OWNER MODE PROGRAM…"""

import os
import sys

import private_mounts

folder, size, owner, mode, *program = sys.argv[1:]
private_mounts.begin()
private_mounts.mount_memory(folder, f"size={size},mode={mode},uid={owner},gid={os.stat(folder).st_gid}")
os.execv(program[0], program)
