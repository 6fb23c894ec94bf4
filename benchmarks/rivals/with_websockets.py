"""A recorder as many people write it: websockets, json, influxdb-client."""

import asyncio
import json
import sys

from batching import open_writer
from points import point_of
from websockets.asyncio.client import connect


async def main(home: str, sink: str, coalesces: bool, events: int) -> None:
    url = f"ws://127.0.0.1:{home}/api/websocket"
    with open_writer(sink) as writer:
        async with connect(url, max_size=1 << 26) as websocket:
            await websocket.recv()
            await websocket.send('{"type":"auth","access_token":"simulated-token"}')
            await websocket.recv()
            if coalesces:
                features = {"id": 1, "type": "supported_features"}
                await websocket.send(json.dumps({**features, "features": {"coalesce_messages": 1}}))
                await websocket.recv()
            await websocket.send('{"id":2,"type":"subscribe_events","event_type":"state_changed"}')
            await websocket.recv()
            print("ready", flush=True)
            received = 0
            while received < events:
                decoded = json.loads(await websocket.recv())
                for message in decoded if isinstance(decoded, list) else [decoded]:
                    writer.write(bucket="home", record=point_of(message["event"]))
                    received += 1
    print("done", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] == "coalesced", int(sys.argv[4])))
