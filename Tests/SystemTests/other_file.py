"""Runs a program that finds another file in the place of one: other_file.py FILE OTHER PROGRAM…"""

import os
import sys

import private_mounts

file, other, *program = sys.argv[1:]
private_mounts.begin()
private_mounts.put_in_place(file, other)
os.execv(program[0], program)
