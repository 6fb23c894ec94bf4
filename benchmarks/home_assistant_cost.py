"""What recording costs a real Home Assistant: CPU time, and what it sends, for 100,000 changes.

The same load is made inside it with nobody there, with our daemon on either feed, with a client
that takes whole events one by one, and with its own `influxdb` integration; what is more than with
nobody there is the cost. Its recorder is switched off meanwhile: what that takes is no business of
theirs. Needs what the tests against a real Home Assistant need; takes some ten minutes.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import trio
from attrs import define, field, frozen
from trio_websocket import open_websocket_url

from benchmarks.figures import Figure
from benchmarks.influx_counter import Counter, counting
from benchmarks.processes import ROOT, cpu_seconds, running

NAMESPACE = "trio-ingest-ha"
WIRE = Path("/sys/class/net/trio-ingest-ha/statistics/rx_bytes")
OUR_ADDRESS = "198.51.100.1"
UNIT = 100_000
SETTLE_SECONDS = 3.0
PATIENCE_SECONDS = 300.0
CONFIGURATION = """
[home_assistant.home]
url = "{url}"
token = "{token}"
feed = "{feed}"

[sink.counted]
kind = "influxdb"
url = "http://127.0.0.1:{port}"
api = "v1"
database = "home"

[admin]
listen = ""
"""


@frozen
class Load:
    """Changes of 100 sensors, so many in a pass of the event loop, and the pause after it."""

    name: str
    per_tick: int
    pause: float
    pad: int = 8


LOADS = (Load("one by one", 1, 0.001), Load("50 at once", 50, 0.025))


@define
class Cost:
    """CPU seconds of Home Assistant, and of who records, and bytes that Home Assistant sent."""

    home_assistant: float
    sent: float
    recorder: float = 0.0


@define
class Contestant:
    """Who records: how many changes have come so far, and the process, if it is one of ours."""

    received: Callable[[], int] = lambda: 0
    pid: int | None = None


@define
class House:
    """A running Home Assistant, and what is told of it."""

    url: str
    ws_url: str
    token: str = field(repr=False)
    counter: Counter = field()

    async def call(self, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(headers=headers, timeout=PATIENCE_SECONDS) as client:
            answer = await client.post(f"{self.url}/api/{path}", json=body)
            answer.raise_for_status()
            return answer.json()

    async def delete(self, path: str) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(headers=headers, timeout=PATIENCE_SECONDS) as client:
            (await client.delete(f"{self.url}/api/{path}")).raise_for_status()


def measure(*, quick: bool) -> Sequence[Figure]:
    changes, rounds = (5_000, 1) if quick else (20_000, 2)
    best: dict[tuple[str, str], Cost] = {}
    with real_home_assistant() as told, counting() as counter:
        house = House(told["url"], told["ws_url"], told["admin_token"], counter)
        trio.run(run_all, house, changes, rounds, best)
    return figures_of(best)


@contextmanager
def real_home_assistant() -> Any:
    script = ROOT / "scripts" / "home-assistant"
    with subprocess.Popen([sys.executable, script, "run"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


async def run_all(
    house: House, changes: int, rounds: int, best: dict[tuple[str, str], Cost]
) -> None:
    await house.call("services/recorder/disable")
    for _ in range(rounds):
        for load in LOADS:
            for name, enter in CONTESTANTS.items():
                cost = await run(house, enter, load, changes)
                known = best.setdefault((load.name, name), cost)
                known.home_assistant = min(known.home_assistant, cost.home_assistant)
                known.recorder = min(known.recorder, cost.recorder)
                known.sent = min(known.sent, cost.sent)
                print(load.name, name, cost, file=sys.stderr)


async def run(
    house: House,
    enter: Callable[[House], AbstractAsyncContextManager[Contestant]],
    load: Load,
    changes: int,
) -> Cost:
    process = process_of_home_assistant()
    async with enter(house) as contestant:
        await trio.sleep(SETTLE_SECONDS)
        at_first = contestant.received()
        before, sent_before = cpu_seconds(process), bytes_sent()
        ours_before = cpu_seconds(contestant.pid) if contestant.pid else 0.0
        await house.call(
            "services/loadgen/burst",
            n=changes,
            entities=100,
            per_tick=load.per_tick,
            pause=load.pause,
            pad=load.pad,
        )
        if at_first or contestant.received():
            with trio.fail_after(PATIENCE_SECONDS):
                while contestant.received() < at_first + changes:  # noqa: ASYNC110 - a process
                    await trio.sleep(0.05)
        share = UNIT / changes
        return Cost(
            (cpu_seconds(process) - before) * share,
            (bytes_sent() - sent_before) * share,
            (cpu_seconds(contestant.pid) - ours_before) * share if contestant.pid else 0.0,
        )


def process_of_home_assistant() -> int:
    listed = subprocess.run(
        ["ip", "netns", "pids", NAMESPACE], check=True, stdout=subprocess.PIPE, text=True
    )
    for pid in listed.stdout.split():
        if b"bin/hass" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return int(pid)
    raise ProcessLookupError("Home Assistant does not run")


def bytes_sent() -> int:
    """Return what has come over the virtual cable, with all that TCP adds."""
    return int(WIRE.read_text())


@asynccontextmanager
async def nobody(_: House) -> AsyncGenerator[Contestant]:
    yield Contestant()


def daemon(feed: str) -> Callable[[House], AbstractAsyncContextManager[Contestant]]:
    @asynccontextmanager
    async def enter(house: House) -> AsyncGenerator[Contestant]:
        with tempfile.TemporaryDirectory() as directory:
            config = Path(directory) / "trio-ingest.toml"
            config.touch(0o600)
            config.write_text(
                CONFIGURATION.format(
                    url=house.url, token=house.token, feed=feed, port=house.counter.port
                )
            )
            before = house.counter.lines
            with running(
                *("-m", "trio_ingest", "run", "--config", str(config)),
                environment={"STATE_DIRECTORY": f"{directory}/state"},
                log=Path(directory) / "daemon.log",
            ) as process:
                with trio.fail_after(60):
                    while house.counter.lines < before + 100:  # noqa: ASYNC110
                        await trio.sleep(0.05)
                yield Contestant(lambda: house.counter.lines, process.pid)

    return enter


@asynccontextmanager
async def plain_client(house: House) -> AsyncGenerator[Contestant]:
    """Take whole events, each in a frame of its own, as clients do that ask for nothing better."""
    frames = 0

    async def listen(websocket: Any) -> None:
        nonlocal frames
        while True:
            await websocket.get_message()
            frames += 1

    async with open_websocket_url(house.ws_url, max_message_size=1 << 26) as websocket:
        await websocket.get_message()
        await websocket.send_message(json.dumps({"type": "auth", "access_token": house.token}))
        await websocket.get_message()
        subscribe = {"id": 1, "type": "subscribe_events", "event_type": "state_changed"}
        await websocket.send_message(json.dumps(subscribe))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen, websocket)
            yield Contestant(lambda: frames)
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def own_integration(house: House) -> AsyncGenerator[Contestant]:
    """Have Home Assistant write into InfluxDB 1 itself, from inside."""
    flow = await house.call("config/config_entries/flow", handler="influxdb")
    at = f"config/config_entries/flow/{flow['flow_id']}"
    await house.call(at, next_step_id="configure_v1")
    url = f"http://{OUR_ADDRESS}:{house.counter.port}"
    made = await house.call(at, url=url, database="home", verify_ssl=False)
    assert made["type"] == "create_entry", made
    try:
        yield Contestant(lambda: house.counter.lines)
    finally:
        with trio.move_on_after(60, shield=True):
            await house.delete(f"config/config_entries/entry/{made['result']['entry_id']}")


CONTESTANTS: dict[str, Callable[[House], AbstractAsyncContextManager[Contestant]]] = {
    "nobody": nobody,
    'trio-ingest, feed "events"': daemon("events"),
    'trio-ingest, feed "entities"': daemon("entities"),
    "whole events, one a frame": plain_client,
    "its own influxdb integration": own_integration,
}


def figures_of(best: dict[tuple[str, str], Cost]) -> Sequence[Figure]:
    found = []
    for (load, name), cost in best.items():
        nobody_there = best[load, "nobody"]
        more = cost.home_assistant - nobody_there.home_assistant
        found.append(Figure(name=f"{load}: {name}: CPU of HA", value=cost.home_assistant, unit="s"))
        if name == "nobody":
            continue
        found.append(Figure(name=f"{load}: {name}: more than with nobody", value=more, unit="s"))
        sent = (cost.sent - nobody_there.sent) / 1e6
        found.append(Figure(name=f"{load}: {name}: sent", value=sent, unit="MB"))
        if cost.recorder:
            found.append(Figure(name=f"{load}: {name}: our CPU", value=cost.recorder, unit="s"))
    return found
