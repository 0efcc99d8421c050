"""A worker that does not keep its word: what the gateway starts in place of the real one.

Whether and how it is broken says the file `run/broken-<tenant id>` at the moment of the start; without one it becomes the real
program. It is a process like any worker: it inherits the listening socket and the boot pipe and speaks over them.
"""

import contextlib
import os
import shutil
import socket
import struct
import sys
import threading
import time
from pathlib import Path

LISTENER, BOOT_PIPE = 3, 4
HELLO, REQUEST, REPLY, REPLY_BODY, PING, PONG = 1, 3, 5, 6, 10, 11
LAST = 1

MODES = {
    # before it has proved who it is
    "crash", "silent", "stranger", "old_generation", "garbage_hello", "older_protocol", "newer_protocol",
    # instead of an answer
    "garbage", "too_long", "unasked_pong", "cut_frame", "half_frame_and_silence", "cut_body", "half_body_and_silence",
    "wrong_head",
    # not broken: speaks what the gateway does and more, and answers every request with an empty list
    "wider_protocol",
}
# What versions of the protocol it says it speaks, where these are not the gateway's own.
PROTOCOLS = {"older_protocol": (0, 0), "newer_protocol": (2, 9), "wider_protocol": (0, 9)}


def started_with(folder: Path) -> list[str]:
    """A program that starts the server in surroundings in which this is found in the worker's place. The folder keeps both."""
    place = Path(__file__).resolve().parents[2] / ".build/release/camet-worker"
    real, program = folder / "camet-worker", folder / "broken-worker"
    shutil.copy2(place, real)
    program.write_text(
        f"#!/usr/bin/python3\nimport runpy, sys\nsys.argv = [{__file__!r}, {str(real)!r}]\n"
        f"runpy.run_path({__file__!r}, run_name='__main__')\n")
    program.chmod(0o755)
    return [sys.executable, str(Path(__file__).with_name("other_file.py")), str(place.resolve()), str(program)]


@contextlib.contextmanager
def broken(system, tenant, mode: str):
    """The tenant's workers are broken when they are started within the block."""
    assert mode in MODES
    number = system.psql("camet_global", f"SELECT tenant_id FROM tenant WHERE slug = '{tenant.slug}'")
    note = system.folder / f"run/broken-{number}"
    note.write_text(mode)
    try:
        yield
    finally:
        note.unlink()


# The program


def main(real: str) -> None:
    listener = socket.socket(fileno=LISTENER)
    place = Path(listener.getsockname())
    note = place.parents[1] / f"broken-{place.stem}"
    if not note.exists():
        os.execv(real, [real])
    threading.Thread(target=end_with_the_gateway, daemon=True).start()
    Worker(listener, note.read_text()).run()


record = threading.Event()
told: dict = {}


def end_with_the_gateway() -> None:
    """Reads the boot record, and then the end of the pipe."""
    with os.fdopen(BOOT_PIPE, "rb", buffering=0) as pipe:
        length, = struct.unpack(">I", pipe.read(4))
        bytes_ = pipe.read(length)
        _, _, generation, _ = struct.unpack_from(">HqQI", bytes_)
        at = 22
        for _ in range(3):
            at += 2 + struct.unpack_from(">H", bytes_, at)[0]
        size, = struct.unpack_from(">H", bytes_, at)
        told.update(generation=generation, nonce=bytes_[at + 2:at + 2 + size])
        record.set()
        pipe.read(1)
    os._exit(10)


def frame(kind: int, payload: bytes = b"", stream: int = 0, flags: int = 0) -> bytes:
    return struct.pack(">IBBHI", len(payload), kind, flags, 0, stream) + payload


class Worker:
    def __init__(self, listener: socket.socket, mode: str):
        self.listener = listener
        self.mode = mode

    def run(self) -> None:
        if self.mode == "crash":
            os._exit(70)
        record.wait()
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        if self.mode == "silent":
            time.sleep(3600)
        connection.sendall(self.hello())
        for kind, stream in self.frames(connection):
            if kind == PING:
                connection.sendall(frame(PONG, struct.pack(">Q", 0)))
            elif kind == REQUEST:
                self.answer(connection, stream)

    def hello(self) -> bytes:
        generation, nonce = told["generation"], told["nonce"]
        if self.mode == "stranger":
            nonce = bytes(len(nonce))
        if self.mode == "old_generation":
            generation -= 1
        if self.mode == "garbage_hello":
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        oldest, newest = PROTOCOLS.get(self.mode, (1, 1))
        return frame(
            HELLO, struct.pack(">IHHQiH", 0x43414D54, oldest, newest, generation, os.getpid(), len(nonce)) + nonce)

    def frames(self, connection: socket.socket):
        with connection.makefile("rb") as source:
            while len(header := source.read(12)) == 12:
                length, kind, _, _, stream = struct.unpack(">IBBHI", header)
                source.read(length)
                yield kind, stream

    def answer(self, connection: socket.socket, stream: int) -> None:
        # 200, JSON, no tag, no location
        head = struct.pack(">HBBB", 200, 1, 0, 0)
        half = head + b'{"items": ['
        if self.mode == "garbage":
            connection.sendall(b"\xff" * 64)
        elif self.mode == "too_long":
            connection.sendall(struct.pack(">IBBHI", 0xFFFF_FFFF, REPLY, LAST, 0, stream))
        elif self.mode == "unasked_pong":
            connection.sendall(frame(PONG, struct.pack(">Q", 1)) * 3)
        elif self.mode == "wrong_head":
            connection.sendall(frame(REPLY, struct.pack(">HBBB", 99, 9, 9, 9) + b"{}", stream, LAST))
        elif self.mode == "cut_frame":
            connection.sendall(frame(REPLY, half, stream, LAST)[:-5])
            os._exit(0)
        elif self.mode == "half_frame_and_silence":
            connection.sendall(frame(REPLY, half, stream, LAST)[:-5])
            time.sleep(3600)
        elif self.mode == "wider_protocol":
            connection.sendall(frame(REPLY, head + b'{"items": [], "next_cursor": null}', stream, LAST))
        elif self.mode == "half_body_and_silence":
            # It goes on to answer beats.
            connection.sendall(frame(REPLY, half, stream) + frame(REPLY_BODY, b"1, ", stream))
        elif self.mode == "cut_body":
            connection.sendall(frame(REPLY, half, stream) + frame(REPLY_BODY, b"1, ", stream))
            os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
