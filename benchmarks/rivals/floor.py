"""The floor: the same frames received by trio-websocket, and their JSON made into dicts by msgspec.

Nothing else. What it costs is what any recorder on these libraries pays before it does anything.
"""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
import trio
from trio_websocket import WebSocketConnection, open_websocket

RECEIVE_BUFFER_SIZE = 64 * 1024  # as ours


@asynccontextmanager
async def open_changes(home: str, *, coalesces: bool) -> AsyncGenerator[WebSocketConnection]:
    """Yield a connection that has subscribed to all state changes."""
    async with open_websocket(
        "127.0.0.1",
        int(home),
        "/api/websocket",
        use_ssl=False,
        max_message_size=1 << 26,
        receive_buffer_size=RECEIVE_BUFFER_SIZE,
    ) as websocket:
        await websocket.get_message()
        await websocket.send_message('{"type":"auth","access_token":"simulated-token"}')
        await websocket.get_message()
        features = '{"id":1,"type":"supported_features","features":{"coalesce_messages":1}}'
        if coalesces:
            await websocket.send_message(features)
            await websocket.get_message()
        subscribe = '{"id":2,"type":"subscribe_events","event_type":"state_changed"}'
        await websocket.send_message(subscribe)
        await websocket.get_message()
        yield websocket


async def main(home: str, _sink: str, coalesces: bool, events: int) -> None:
    async with open_changes(home, coalesces=coalesces) as websocket:
        print("ready", flush=True)
        received = 0
        while received < events:
            decoded = msgspec.json.decode(await websocket.get_message())
            received += len(decoded) if isinstance(decoded, list) else 1
        print("done", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    trio.run(main, sys.argv[1], sys.argv[2], sys.argv[3] == "coalesced", int(sys.argv[4]))
