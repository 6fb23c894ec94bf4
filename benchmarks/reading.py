"""What reading costs: libraries that receive WebSocket messages, and decoders of their JSON.

Prints CPU time for the same 20,000 recorded events, as ratios to the best in this run:

    python -m benchmarks.reading
"""

import gzip
import json
import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec
import trio
from rich.console import Console
from rich.table import Table
from trio_websocket import open_websocket
from websockets.server import ServerProtocol
from websockets.trio.client import connect

from benchmarks.home import as_frame, in_chunks
from trio_ingest.home_assistant.address import Address
from trio_ingest.home_assistant.connection import converse, dial
from trio_ingest.home_assistant.messages import Event, decode_frame, to_state_change

Receive = Callable[[int, int], Awaitable[None]]
EVENTS = 20_000
MAX_MESSAGE_SIZE = 1 << 26
GOODBYE = b"\x88\x00"
COALESCED = 250  # events a frame, as Home Assistant joins them in a burst
CORPUS = Path(__file__).parent.parent / "tests" / "samples" / "corpus.jsonl.gz"


def recorded_events() -> list[str]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        events = [line.strip() for line in islice(lines, EVENTS) if len(line) < 20_000]
    return (events * (EVENTS // len(events) + 1))[:EVENTS]


async def with_trio_websocket(port: int, messages: int) -> None:
    async with open_websocket(
        "127.0.0.1",
        port,
        "/",
        use_ssl=False,
        max_message_size=MAX_MESSAGE_SIZE,
        receive_buffer_size=64 * 1024,  # at its own 4 KiB large frames cost 1.6 times as much
    ) as websocket:
        for _ in range(messages):
            await websocket.get_message()


async def with_websockets(port: int, messages: int) -> None:
    url = f"ws://127.0.0.1:{port}/"
    async with connect(
        url, compression=None, max_size=MAX_MESSAGE_SIZE, ping_interval=None, proxy=None
    ) as websocket:
        for _ in range(messages):
            await websocket.recv(decode=False)


async def with_ours(port: int, messages: int) -> None:
    address = Address(host="127.0.0.1", port=port, tls=False, path="/")
    async with converse(
        await dial(address, None),
        address,
        upgrade_seconds=5,
        goodbye_seconds=1,
        max_message_size=MAX_MESSAGE_SIZE,
    ) as websocket:
        received = 0
        while received < messages:
            received += len(await websocket.receive())


async def receive(how: Receive, frames: list[str]) -> float:
    """Return the CPU seconds of receiving *frames*, which a server in this process has ready."""
    chunks = in_chunks([as_frame(frame.encode()) for frame in frames])

    async def serve(stream: trio.SocketStream) -> None:
        protocol = ServerProtocol()
        protocol.receive_data(await stream.receive_some())
        [request] = protocol.events_received()
        protocol.send_response(protocol.accept(request))
        for data in (*protocol.data_to_send(), *chunks):
            await stream.send_all(data)
        await stream.send_all(GOODBYE)
        await stream.receive_some()  # the answer

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        started = time.process_time()
        await how(port, len(frames))
        seconds = time.process_time() - started
        nursery.cancel_scope.cancel()
    return seconds


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
        receivers = {
            "trio-websocket": with_trio_websocket,
            "websockets.trio": with_websockets,
            "ours": with_ours,
        }
        show(
            f"receiving {name} frames",
            {each: trio.run(receive, how, frames) for each, how in receivers.items()},
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
