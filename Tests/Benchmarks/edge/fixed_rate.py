#!/usr/bin/env python3
"""Asks for one address at a fixed rate and prints how long each answer took, as JSON.

usage: fixed_rate.py HOST PORT PATH RATE SECONDS, the token in the environment as BENCH_TOKEN

A program of its own, so that what else the bench does takes no time from it. A request's time counts from the moment it was due,
not from when it was sent: a server that stands still for a second is late for everybody who came in that second.
"""

import json
import os
import selectors
import socket
import sys
import time

CONNECTIONS = 16


def main() -> None:
    host, port, path, rate, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), float(sys.argv[5])
    request = (f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {os.environ['BENCH_TOKEN']}\r\n\r\n").encode()
    selector = selectors.DefaultSelector()
    free = []
    for _ in range(CONNECTIONS):
        connection = socket.create_connection((host, port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        free.append(connection)
    began = time.perf_counter()
    total = int(rate * seconds)
    sent, latencies, wrong = 0, [], 0
    waiting: dict[socket.socket, list] = {}
    while len(latencies) < total:
        now = time.perf_counter() - began
        while sent < total and free and now >= sent / rate:
            connection = free.pop()
            connection.send(request)
            waiting[connection] = [sent / rate, bytearray()]
            selector.register(connection, selectors.EVENT_READ)
            sent += 1
        pause = sent / rate - (time.perf_counter() - began) if sent < total and free else 1
        for key, _ in selector.select(max(0, pause)):
            connection = key.fileobj
            due, received = waiting[connection]
            part = connection.recv(65536)
            if not part:
                sys.exit("fixed_rate: the server closed a connection")
            received += part
            split = received.find(b"\r\n\r\n")
            if split < 0:
                continue
            head = bytes(received[:split]).lower()
            length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
            if len(received) < split + 4 + length:
                continue
            latencies.append(time.perf_counter() - began - due)
            wrong += not head.startswith(b"http/1.1 200")
            selector.unregister(connection)
            del waiting[connection]
            free.append(connection)
    json.dump({"latencies": latencies, "wrong": wrong}, sys.stdout)


if __name__ == "__main__":
    main()
