"""A recorder as short as they get: hass-client and influxdb-client. It knows single frames only."""

import asyncio
import sys

from batching import open_writer
from hass_client import HomeAssistantClient
from points import point_of


async def main(home: str, sink: str, _coalesces: bool, events: int) -> None:
    done, received = asyncio.Event(), 0

    def write(message: dict) -> None:
        nonlocal received
        writer.write(bucket="home", record=point_of(message["event"]))
        received += 1
        if received == events:
            done.set()

    with open_writer(sink) as writer:
        url = f"ws://127.0.0.1:{home}/api/websocket"
        async with HomeAssistantClient(url, "simulated-token") as client:
            await client.subscribe(write, "subscribe_events", event_type="state_changed")
            print("ready", flush=True)
            await done.wait()
    print("done", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] == "coalesced", int(sys.argv[4])))
