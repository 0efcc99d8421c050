"""A wire between a browser and the server that can be cut: nobody, no service worker either, then reaches the server."""

import contextlib
import socket
import threading


class CutWire:
    def __init__(self, base: str):
        scheme, self.port = base.split("://")[0], int(base.rsplit(":", 1)[1])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"{scheme}://127.0.0.1:{self.listener.getsockname()[1]}"
        self.is_whole = True
        self.ends: list[socket.socket] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                if not self.is_whole:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self.port))
                self.ends += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    @staticmethod
    def carry(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self.is_whole = False
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends = []

    def mend(self) -> None:
        self.is_whole = True

    def close(self) -> None:
        self.cut()
        self.listener.close()
