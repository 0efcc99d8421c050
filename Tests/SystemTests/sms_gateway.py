"""An SMS gateway on this machine that keeps what it is given."""

import contextlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SMSGateway:
    def __init__(self):
        self.requests: list[dict] = []
        self.status = 202
        # Cleared while it answers nobody.
        self.answers = threading.Event()
        self.answers.set()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gateway.requests.append({"path": self.path, "headers": dict(self.headers), **json.loads(body)})
                gateway.answers.wait(30)
                with contextlib.suppress(OSError):
                    self.send_response(gateway.status)
                    self.send_header("Content-Length", "0")
                    if gateway.status in (301, 302, 307):
                        self.send_header("Location", "/elsewhere")
                    self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/messages"

    @classmethod
    @contextlib.contextmanager
    def running(cls):
        made = cls()
        thread = threading.Thread(target=made.server.serve_forever, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.answers.set()
            made.server.shutdown()
            made.server.server_close()

    def code(self, phone: str) -> str:
        """The code that was sent to a telephone last."""
        text = next(request["text"] for request in reversed(self.requests) if request["to"] == phone)
        return re.search(r"\b[0-9]{6}\b", text)[0]
