"""One request that stores rows, and what its answer must be."""

import sys
import time

from dashboard.product import Connection

ROUTE = "/api/v1/detections"


def post(connection: Connection, kind: str, body: bytes) -> float:
    """Seconds from the first byte sent to the last of the answer, which must be success."""
    head = connection.head.replace("application/json", kind)
    began = time.perf_counter()
    connection.socket.sendall(f"POST {ROUTE} {head}Content-Length: {len(body)}\r\n\r\n".encode())
    connection.socket.sendall(body)
    received = b""
    while b"\r\n\r\n" not in received or not received.endswith(b"}"):
        received += connection.receive()
    took = time.perf_counter() - began
    if not received.startswith(b"HTTP/1.1 200 ") or b'"rejected_count":0' not in received.replace(b" ", b""):
        sys.exit(f"ingest: {kind}: {received[:600]!r}")
    return took
