"""HTTP written out by hand on a socket, for what no HTTP library would send."""

import socket
import ssl
import time


class RawConnection:
    """A connection to the system; reads until the other side closes, and remembers how long that took."""

    def __init__(self, system, patience: float = 60):
        scheme, _, address = system.base.partition("://")
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=patience)
        if scheme == "https":
            context = ssl.create_default_context(cafile=system.authority)
            context.set_alpn_protocols(["http/1.1"])
            self.socket = context.wrap_socket(self.socket, server_hostname=host)
        self.began = time.monotonic()

    def __enter__(self) -> "RawConnection":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, data: str | bytes) -> bool:
        """False when the other side takes nothing any more."""
        try:
            self.socket.sendall(data.encode() if isinstance(data, str) else data)
            return True
        except OSError:
            return False

    def trickle(self, data: str | bytes, size: int, pause: float) -> None:
        """Sends a part every `pause` seconds until all is sent or an answer comes."""
        data = data.encode() if isinstance(data, str) else data
        self.socket.setblocking(False)
        try:
            for start in range(0, len(data), size):
                if not self.send(data[start:start + size]) or self._is_readable(pause):
                    return
        finally:
            self.socket.settimeout(60)

    def _is_readable(self, seconds: float) -> bool:
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
            return True
        except TimeoutError:
            return False
        except OSError:
            return True

    def read_to_end(self) -> bytes:
        read = b""
        try:
            while part := self.socket.recv(65536):
                read += part
        except ConnectionResetError:
            pass
        self.took = time.monotonic() - self.began
        return read

    def answers(self) -> list[tuple[int, dict[str, str], bytes]]:
        """Status, headers and body of each answer until the connection ends."""
        rest, found = self.read_to_end(), []
        while rest:
            head, _, rest = rest.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            assert lines[0].startswith("HTTP/1.1 "), lines[0]
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            length = int(headers.get("content-length", 0))
            found.append((int(lines[0].split(" ")[1]), headers, rest[:length]))
            rest = rest[length:]
        return found
