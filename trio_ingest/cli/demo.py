"""`trio-ingest demo`: a simulated home, the whole daemon, the embedded database, and its rows."""

import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import trio
from rich.console import Console
from rich.live import Live

from trio_ingest.cli.demo_screen import Screen, count_rows, query_command, show_recorded
from trio_ingest.config.common import Secret
from trio_ingest.config.model import AdminConfig, Config, HomeAssistantConfig, LoggingConfig
from trio_ingest.config.sink_model import BatchConfig, SqliteSinkConfig
from trio_ingest.order import Order
from trio_ingest.river import River
from trio_ingest.simulator import Home, Simulator, open_simulator, run_home
from trio_ingest.telemetry.logging import set_up_logging
from trio_ingest.topology import run_river

ENTITIES = 60
# How long the last changes may be under way from the simulator to the disk.
ARRIVAL_SECONDS = 10.0
FRAME_SECONDS = 0.1


def demo_command(seconds: float, rate: float, directory: Path) -> None:
    """Record for *seconds*, show the rows, and leave with 1 if any change is missing."""
    console = Console()
    directory.mkdir(parents=True, exist_ok=True)
    database = directory / "home.db"
    before = count_rows(database)
    with (directory / "demo.log").open("w", encoding="utf-8") as log_file:
        set_up_logging(LoggingConfig(), log_file)
        made = trio.run(record, console, database, seconds, rate)
        logging.shutdown()
    found = count_rows(database) - before
    show_recorded(console, database)
    colour, verdict = ("green", "nothing is missing") if found == made else ("red", "a bug!")
    console.print(f"\n[{colour}]{made} states made, {found} rows found: {verdict}[/]")
    console.print(f"Everything is in [bold]{directory}[/]. To look at the newest states:\n")
    console.print(query_command(database), soft_wrap=True, highlight=False)
    sys.exit(0 if found == made else 1)


async def record(console: Console, database: Path, seconds: float, rate: float) -> int:
    """Run home and daemon side by side and return how many states the home has had."""
    river = River()
    async with (
        open_simulator(Home(number_of_entities=ENTITIES)) as simulator,
        trio.open_nursery() as nursery,
    ):
        orders, stands = Order(configure(simulator, database)), trio.Event()
        wiring = partial(run_river, river, orders, begin=lambda _: None, stand=stands.set)
        nursery.start_soon(wiring, name="river")
        await stands.wait()
        await watch(console, simulator, river, seconds, rate)
        orders.give(None)
    return ENTITIES + simulator.emitted


async def watch(
    console: Console, simulator: Simulator, river: River, seconds: float, rate: float
) -> None:
    """Let the home live for *seconds* and draw what becomes of it, until all has arrived."""
    (connector,), (lane,) = river.connectors.values(), river.lanes.values()
    await until(lambda: connector.statistics().received >= ENTITIES)  # the home as it stood
    screen = Screen(seconds=seconds, started=trio.current_time())

    async def draw(live: Live) -> None:
        while True:
            written = lane.writer.statistics().written_points
            made = ENTITIES + simulator.emitted
            live.update(screen.draw(trio.current_time(), made, written))
            await trio.sleep(FRAME_SECONDS)

    with Live(console=console, refresh_per_second=8) as live:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(draw, live, name="screen")
            with trio.move_on_after(seconds):
                await run_home(simulator, rate)
            await until(
                lambda: lane.writer.statistics().written_points >= ENTITIES + simulator.emitted
            )
            await trio.sleep(2 * FRAME_SECONDS)  # for the eye: the last figures
            nursery.cancel_scope.cancel(reason="the demo is over")


async def until(condition: Callable[[], bool]) -> None:
    """Look now and then whether *condition* holds; give up quietly when it takes too long."""
    with trio.move_on_after(ARRIVAL_SECONDS):
        while not condition():  # noqa: ASYNC110 - counters do not ring
            await trio.sleep(FRAME_SECONDS)


def configure(simulator: Simulator, database: Path) -> Config:
    """Return the configuration that somebody with this home would have."""
    home = HomeAssistantConfig(name="home", url=simulator.url, token=Secret(value=simulator.token))
    sink = SqliteSinkConfig(name="embedded", path=database, batch=BatchConfig(linger=0.25))
    return Config(
        source=None,
        state_directory=database.parent,
        home_assistants=(home,),
        sinks=(sink,),
        admin=AdminConfig(listen=""),
    )
