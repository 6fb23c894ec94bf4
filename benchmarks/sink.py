"""A database that takes everything, and counts: an HTTP server that answers 204 to each write.

A process of its own, `python -m benchmarks.sink`. It prints its port, and then an answer to each
line on its standard input: `lines` so far, `requests` so far, or, for `latencies SINCE [UNTIL]`, of
all lines that came since the last time it was asked and have a timestamp between (in seconds) the
median latency in milliseconds, the 99th percentile, the worst, and how many they are.
"""

import gzip
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TICKS = 1_000_000  # the daemon writes microseconds

lock = threading.Lock()
bodies: list[tuple[float, bytes]] = []
counts = {"lines": 0, "requests": 0}
keeps_bodies = False


class Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment an answer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with lock:
            counts["lines"] += body.count(b"\n") + (not body.endswith(b"\n"))
            counts["requests"] += 1
            if keeps_bodies:
                bodies.append((time.time(), body))
        self.send_response_only(204)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.wfile.flush()

    def do_GET(self) -> None:
        self.send_response_only(204)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


def latencies(since: float, until: float) -> str:
    """Return what the timestamps of all lines (nanoseconds) and their arrival are apart."""
    with lock:
        kept = list(bodies)
        bodies.clear()
    late = sorted(
        (arrived - instant) * 1000
        for arrived, body in kept
        for line in body.splitlines()
        if since <= (instant := int(line.rpartition(b" ")[2]) / TICKS) < until
    )
    if not late:
        return "nan nan nan 0"
    return f"{late[len(late) // 2]} {late[int(len(late) * 0.99)]} {late[-1]} {len(late)}"


def main() -> None:
    global keeps_bodies  # noqa: PLW0603
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = ThreadingHTTPServer(("127.0.0.1", port), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    for line in sys.stdin:
        match line.split():
            case ["latencies", since, *until]:
                print(latencies(float(since), float(*until or ("inf",))), flush=True)
                keeps_bodies = True
            case [what]:
                print(counts[what], flush=True)


if __name__ == "__main__":
    main()
