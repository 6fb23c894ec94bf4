"""A recorder as many people write it: aiohttp, json, influxdb-client."""

import asyncio
import json
import sys

import aiohttp
from batching import open_writer
from points import point_of


async def main(home: str, sink: str, coalesces: bool, events: int) -> None:
    with open_writer(sink) as writer:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                f"http://127.0.0.1:{home}/api/websocket", max_msg_size=1 << 26
            ) as websocket,
        ):
            await websocket.receive_json()
            await websocket.send_json({"type": "auth", "access_token": "simulated-token"})
            await websocket.receive_json()
            if coalesces:
                features = {"coalesce_messages": 1}
                await websocket.send_json(
                    {"id": 1, "type": "supported_features", "features": features}
                )
                await websocket.receive_json()
            await websocket.send_json(
                {"id": 2, "type": "subscribe_events", "event_type": "state_changed"}
            )
            await websocket.receive_json()
            print("ready", flush=True)
            received = 0
            while received < events:
                decoded = json.loads((await websocket.receive()).data)
                for message in decoded if isinstance(decoded, list) else [decoded]:
                    writer.write(bucket="home", record=point_of(message["event"]))
                    received += 1
    print("done", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] == "coalesced", int(sys.argv[4])))
