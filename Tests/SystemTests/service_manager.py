"""What systemd is to a service that it has started."""

import socket
from pathlib import Path


class Manager:
    """What systemd is to a service: a socket that it tells of its state."""

    def __init__(self, path: Path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        path.chmod(0o777)
        self.socket.settimeout(30)
        self.told: list[dict[str, str]] = []

    def hear(self, name: str) -> dict[str, str]:
        """The next that names this; what came before is kept."""
        while True:
            message = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())
            self.told.append(message)
            if name in message:
                return message
