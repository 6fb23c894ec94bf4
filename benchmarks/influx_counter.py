"""An InfluxDB 1 that another machine may write to: it takes everything, and counts the lines."""

import gzip
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from attrs import define

DATABASES = {"results": [{"series": [{"columns": ["name"], "values": [["home"]]}]}]}


@define
class Counter:
    """How many lines have come, and where."""

    port: int
    lines: int = 0


@contextmanager
def counting() -> Generator[Counter]:
    """Listen on all addresses, until the block is left."""
    counter = Counter(0)

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            counter.lines += body.strip().count(b"\n") + bool(body.strip())
            self.answer(204, b"")

        def do_GET(self) -> None:
            self.answer(200, json.dumps(DATABASES).encode())

        def answer(self, status: int, body: bytes) -> None:
            self.send_response_only(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("0.0.0.0", 0), Answers)
    counter.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield counter
    finally:
        server.shutdown()
        server.server_close()
