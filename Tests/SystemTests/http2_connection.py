"""HTTP/2 over TLS as a well-behaved client speaks it, and frames written out by hand for what none would send."""

import contextlib
import socket
import ssl
import time

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
from hyperframe.frame import Frame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Answer:
    """What has come of one stream."""

    def __init__(self):
        self.headers: dict[str, str] = {}
        self.fields: list[tuple[str, str]] = []
        self.body = b""
        self.is_whole = False
        self.reset: int | None = None

    @property
    def status(self) -> int:
        return int(self.headers[":status"])

    @property
    def is_over(self) -> bool:
        return self.is_whole or self.reset is not None


def connect(system, patience: float = 60, source: str | None = None) -> ssl.SSLSocket:
    host, port = system.base.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=system.authority)
    context.set_alpn_protocols(["h2"])
    plain = socket.create_connection(
        (host, int(port)), timeout=patience, source_address=(source, 0) if source else None)
    connection = context.wrap_socket(plain, server_hostname=host)
    assert connection.selected_alpn_protocol() == "h2"
    return connection


class HTTP2Connection:
    """One connection. Heads are sent as they are given, also those that the protocol forbids."""

    def __init__(self, system, settings: dict | None = None, reads_bodies: bool = True, source: str | None = None):
        self.socket = connect(system, source=source)
        self.authority = system.base.removeprefix("https://")
        self.reads_bodies = reads_bodies
        self.protocol = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8", validate_outbound_headers=False,
            normalize_outbound_headers=False, validate_inbound_headers=True))
        # The library takes GOAWAY for the end of everything; streams that were begun go on (RFC 9113 §6.8).
        machine = self.protocol.state_machine
        machine._transitions = machine._transitions | {
            (h2.connection.ConnectionState.CLIENT_OPEN, h2.connection.ConnectionInputs.RECV_GOAWAY):
                (None, h2.connection.ConnectionState.CLIENT_OPEN)}
        if settings:
            self.protocol.local_settings = h2.settings.Settings(client=True, initial_values=settings)
        self.protocol.initiate_connection()
        self.answers: dict[int, Answer] = {}
        self.goaways: list[h2.events.ConnectionTerminated] = []
        self.remote_settings: dict[int, int] = {}
        self.pings: list[bytes] = []
        self.is_ended = False
        self.began = time.monotonic()
        self.flush()

    def __enter__(self) -> "HTTP2Connection":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    # Sending

    def flush(self) -> bool:
        return self.send(self.protocol.data_to_send())

    def send(self, data: bytes) -> bool:
        """False when the other side takes nothing any more."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def head(self, method: str = "GET", path: str = "/healthz", **fields: str) -> list[tuple[str, str]]:
        return [(":method", method), (":scheme", "https"), (":authority", self.authority), (":path", path)] + [
            (name.replace("_", "-"), value) for name, value in fields.items()]

    def start(self, head: list[tuple[str, str]], ends: bool = True) -> int:
        stream = self.protocol.get_next_available_stream_id()
        self.answers[stream] = Answer()
        self.protocol.send_headers(stream, head, end_stream=ends)
        self.flush()
        return stream

    def give(self, stream: int, data: bytes, ends: bool = False) -> None:
        """Sends a body as far as the other side lets it."""
        while True:
            room = min(self.protocol.local_flow_control_window(stream), self.protocol.max_outbound_frame_size)
            part, data = data[:room], data[room:]
            if part or not data:
                self.protocol.send_data(stream, part, end_stream=ends and not data)
                self.flush()
            if not data:
                return
            if room == 0:
                self.read_once()
                if self.answers[stream].is_over or self.is_ended:
                    return

    # Receiving

    def read_once(self, seconds: float = 60) -> None:
        self.socket.settimeout(seconds)
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            return
        except OSError:
            data = b""
        if not data:
            self.is_ended = True
            self.took = time.monotonic() - self.began
            return
        for event in self.protocol.receive_data(data):
            self.take(event)
        with contextlib.suppress(h2.exceptions.ProtocolError):
            self.flush()

    def take(self, event) -> None:
        answer = self.answers.get(getattr(event, "stream_id", 0) or 0, Answer())
        match event:
            case h2.events.ResponseReceived():
                answer.fields = list(event.headers)
                answer.headers = dict(event.headers)
            case h2.events.DataReceived():
                answer.body += event.data
                if self.reads_bodies:
                    self.protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded():
                answer.is_whole = True
            case h2.events.StreamReset():
                answer.reset = int(event.error_code)
            case h2.events.ConnectionTerminated():
                self.goaways.append(event)
            case h2.events.RemoteSettingsChanged():
                self.remote_settings |= {int(key): value.new_value for key, value in event.changed_settings.items()}
            case h2.events.PingAckReceived():
                self.pings.append(event.ping_data)

    def until(self, condition, seconds: float = 60) -> bool:
        """Reads until the condition holds, the connection ends, or the time is over; whether it holds then."""
        deadline = time.monotonic() + seconds
        while not condition() and not self.is_ended and time.monotonic() < deadline:
            self.read_once(max(0.01, deadline - time.monotonic()))
        return bool(condition())

    def answer(self, stream: int, seconds: float = 60) -> Answer:
        """The whole answer of a stream, or what came of it until it was reset."""
        self.until(lambda: self.answers[stream].is_over, seconds)
        return self.answers[stream]

    def ask(self, method: str = "GET", path: str = "/healthz", body: bytes | None = None, **fields: str) -> Answer:
        stream = self.start(self.head(method, path, **fields), ends=body is None)
        if body is not None:
            self.give(stream, body, ends=True)
        answer = self.answer(stream)
        assert answer.is_whole, (answer.reset, self.goaways, self.is_ended)
        return answer


class FrameConnection:
    """Frames written out by hand; what the other side says is read as frames."""

    def __init__(self, system, patience: float = 60):
        self.socket = connect(system, patience)
        self.send(PREFACE + frame(4, 0, 0, b""))
        self.began = time.monotonic()

    def __enter__(self) -> "FrameConnection":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, data: bytes) -> bool:
        """False when the other side takes nothing any more."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def frames_to_end(self) -> list:
        """Every frame until the other side ends the connection."""
        read = b""
        with contextlib.suppress(OSError):
            while part := self.socket.recv(65536):
                read += part
        self.took = time.monotonic() - self.began
        found = []
        while len(read) >= 9:
            header, length = Frame.parse_frame_header(memoryview(read[:9]))
            if len(read) < 9 + length:
                break
            header.parse_body(memoryview(read[9:9 + length]))
            found.append(header)
            read = read[9 + length:]
        return found


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
