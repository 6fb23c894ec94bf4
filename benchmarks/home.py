"""A Home Assistant for load: it has its events ready, and sends them as fast as the client reads.

A process of its own, `python -m benchmarks.home ENTITIES EVENTS`. It prints its port, and then does
what lines on its standard input say: `send FRAMES EVENTS RATE` sends the next so many events to
everybody who has subscribed, FRAMES to a frame, RATE a second (0: as fast as they go), and prints
`sent`. All that is asked of it is answered as by the simulated Home Assistant.
"""

import struct
import sys
import time
from itertools import islice

import msgspec
import trio
from attrs import define, field
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage

from trio_ingest.simulator import Home, Recorder, wire
from trio_ingest.simulator.core import Core
from trio_ingest.simulator.entrance import Entrance
from trio_ingest.simulator.outbox import Outbox
from trio_ingest.simulator.server import VERSION
from trio_ingest.simulator.session import Session
from trio_ingest.simulator.ticker import Ticker

CHUNK_BYTES = 64 * 1024


@define(eq=False)
class Client:
    """One connection; `subscription` is that to state changes, whole or compressed."""

    stream: trio.SocketStream
    subscription: int = 0
    is_compressed: bool = False
    outbox: Outbox = field(factory=Outbox)
    _sending: trio.Lock = field(factory=trio.Lock)

    async def send(self, data: bytes) -> None:
        """Send *data* when nobody else is sending: a ping is answered in the midst of a load."""
        async with self._sending:
            await self.stream.send_all(data)


@define(eq=False)
class LoadedHome:
    """The events that are ready, and who is to get them."""

    core: Core
    events: list[bytes]
    compressed: list[bytes]
    """The same events as `subscribe_entities` tells them."""
    clients: list[Client] = field(factory=list)
    _next: int = 0

    async def serve(self, stream: trio.SocketStream) -> None:
        client = Client(stream)
        websocket = WSConnection(ConnectionType.SERVER)
        session = Session(self.core, client.outbox)
        try:
            while data := await stream.receive_some():
                websocket.receive_data(data)
                for event in websocket.events():
                    match event:
                        case Request():
                            await client.send(websocket.send(AcceptConnection()))
                            await client.send(as_frame(wire.auth_required(VERSION)))
                        case TextMessage(data=text):
                            await self._obey(client, session, msgspec.json.decode(text))
                        case Ping() | CloseConnection():
                            await client.send(websocket.send(event.response()))
        except trio.BrokenResourceError:
            pass
        finally:
            if client in self.clients:
                self.clients.remove(client)
            session.close()

    async def _obey(self, client: Client, session: Session, message: dict) -> None:
        if message["type"] == "auth":
            await client.send(as_frame(wire.auth_ok(VERSION)))
            return
        session.receive(message)
        while client.outbox.number_pending:
            for answer in await client.outbox.take():
                await client.send(as_frame(answer))
        client.is_compressed = message["type"] == "subscribe_entities"
        if client.is_compressed or message.get("event_type") == "state_changed":
            client.subscription = message["id"]
            self.clients.append(client)

    async def send(self, per_frame: int, number: int, rate: float) -> None:
        first = self._next
        self._next = (first + number) % len(self.events)
        for client in list(self.clients):
            ready = self.compressed if client.is_compressed else self.events
            events = list(islice(ready, first, first + number))
            events += ready[: number - len(events)]
            frames = [
                as_frame(wire.frame(each).encode()) for each in in_groups(client, events, per_frame)
            ]
            if rate:
                await send_paced(client, frames, rate / per_frame)
            else:
                for chunk in in_chunks(frames):
                    await client.send(chunk)


def in_groups(client: Client, events: list[bytes], size: int) -> list[list[bytes]]:
    messages = [wire.event(client.subscription, body) for body in events]
    return [messages[start : start + size] for start in range(0, len(messages), size)]


def in_chunks(frames: list[bytes]) -> list[bytes]:
    chunks, chunk = [], bytearray()
    for frame in frames:
        chunk += frame
        if len(chunk) >= CHUNK_BYTES:
            chunks.append(bytes(chunk))
            chunk.clear()
    return [*chunks, bytes(chunk)]


async def send_paced(client: Client, frames: list[bytes], rate: float) -> None:
    """Send each frame at its time; those that are late go together, as from a busy server."""
    began, done = trio.current_time(), 0
    while done < len(frames):
        await trio.sleep_until(began + (done + 1) / rate)
        due = min(len(frames), max(done + 1, int((trio.current_time() - began) * rate)))
        await client.send(b"".join(frames[done:due]))
        done = due


def as_frame(message: bytes) -> bytes:
    """Return *message* as one frame of WebSocket text, from a server."""
    size = len(message)
    if size < 126:
        head = struct.pack("!BB", 0x81, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x81, 126, size)
    else:
        head = struct.pack("!BBQ", 0x81, 127, size)
    return head + message


def make_home(entities: int, number: int) -> LoadedHome:
    core = Core(VERSION, Entrance("simulated-token"), Ticker(time.time), Recorder())
    home = Home(number_of_entities=entities, seed=1)
    core.furnish(home)
    events: list[bytes] = []
    compressed: list[bytes] = []
    stop = core.subscribe("state_changed", events.append)
    stop_compressed = core.subscribe_entities(lambda _, body: compressed.append(body))
    while len(events) < number:
        change = home.step()
        if change.state is None:
            core.remove(change.entity_id)
        else:
            core.set_state(change.entity_id, change.state, change.attributes)
    for entity in home.entities:  # all are there in the end, as they were at first: it can go round
        if core.states.get(entity.entity_id) is None:
            core.set_state(entity.entity_id, "back", {})
    stop()
    stop_compressed()
    return LoadedHome(core, events, compressed)


async def main(entities: int, number: int) -> None:
    home = make_home(entities, number)
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, home.serve, listeners)
        print(listeners[0].socket.getsockname()[1], flush=True)
        while line := await trio.to_thread.run_sync(sys.stdin.readline):
            match line.split():
                case ["send", per_frame, events, rate]:
                    await home.send(int(per_frame), int(events), float(rate))
                    print("sent", flush=True)
                case ["clients"]:
                    print(len(home.clients), flush=True)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]), int(sys.argv[2]))
