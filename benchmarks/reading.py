"""What reading costs: the receive buffer of the WebSocket, and the decoder of its frames.

Prints CPU time for the same 20,000 recorded events, as ratios to the best in this run:

    python benchmarks/reading.py
"""

import gzip
import json
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec
import trio
from rich.console import Console
from rich.table import Table
from trio_websocket import ConnectionClosed, WebSocketRequest, open_websocket, serve_websocket

from trio_ingest.home_assistant.messages import Event, decode_frame, to_state_change

EVENTS = 20_000
COALESCED = 250  # events a frame, as Home Assistant joins them in a burst
CORPUS = Path(__file__).parent.parent / "tests" / "samples" / "corpus.jsonl.gz"


def recorded_events() -> list[str]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        events = [line.strip() for line in islice(lines, EVENTS) if len(line) < 20_000]
    return (events * (EVENTS // len(events) + 1))[:EVENTS]


async def receive(frames: list[str], buffer_size: int) -> float:
    """Return the CPU seconds of sending and receiving *frames* in one process."""

    async def send(request: WebSocketRequest) -> None:
        websocket = await request.accept()
        for frame in frames:
            await websocket.send_message(frame)
        await websocket.aclose()

    async with trio.open_nursery() as nursery:
        server = await nursery.start(
            partial(serve_websocket, send, "127.0.0.1", 0, ssl_context=None)
        )
        started = time.process_time()
        async with open_websocket(
            "127.0.0.1",
            server.port,
            "/",
            use_ssl=False,
            max_message_size=1 << 26,
            receive_buffer_size=buffer_size,
        ) as websocket:
            try:
                while True:
                    await websocket.get_message()
            except ConnectionClosed:
                pass
        nursery.cancel_scope.cancel()
    return time.process_time() - started


def decode_json(frames: list[str]) -> None:
    for frame in frames:
        json.loads(frame)


def decode_msgspec_dicts(frames: list[str]) -> None:
    for frame in frames:
        msgspec.json.decode(frame)


def decode_ours(frames: list[str]) -> None:
    for frame in frames:
        for message in decode_frame(frame):
            if isinstance(message, Event):
                to_state_change(message.event)


def timed(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def show(title: str, seconds: dict[str, float]) -> None:
    best = min(seconds.values())
    table = Table("", "CPU s", "ratio to the best", title=title)
    for name, value in seconds.items():
        table.add_row(name, f"{value:.2f}", f"{value / best:.2f}")
    Console().print(table)


def main() -> None:
    singles = recorded_events()
    coalesced = [
        "[" + ",".join(singles[i : i + COALESCED]) + "]" for i in range(0, EVENTS, COALESCED)
    ]
    for name, frames in {"single": singles, "coalesced": coalesced}.items():
        sizes = [4, 16, 64, 256, 1024]
        show(
            f"receive buffer, {name} frames (server and client in one process)",
            {f"{kib} KiB": trio.run(receive, frames, kib * 1024) for kib in sizes},
        )
        show(
            f"decoder, {name} frames",
            {
                "json to dicts": timed(partial(decode_json, frames)),
                "msgspec to dicts": timed(partial(decode_msgspec_dicts, frames)),
                "ours, to StateChange": timed(partial(decode_ours, frames)),
            },
        )


if __name__ == "__main__":
    main()
