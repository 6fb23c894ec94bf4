"""The whole of an import on one screen: look around, open the spools, go through each past."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trio

from trio_ingest.config.model import Config, HomeAssistantConfig
from trio_ingest.home_assistant.pace import Pace
from trio_ingest.importing.bookmark import Bookmark, Task, hold_bookmarks, open_bookmark
from trio_ingest.importing.conversion import Registries, make_conversion, registries_of
from trio_ingest.importing.deposit import open_deposit
from trio_ingest.importing.home import import_home
from trio_ingest.importing.order import Delivery, HomeResult, ImportResult, Order, Tell
from trio_ingest.importing.past import Past, PastStates, PastStatistics, statistics_pace
from trio_ingest.importing.period import make_period, to_instant
from trio_ingest.importing.survey import Survey, survey
from trio_ingest.importing.walk import ImportLane, Walk
from trio_ingest.model.instant import to_microseconds
from trio_ingest.spool.known import known_entities

DIRECTORY = "import"


async def run_import(order: Order, config: Config, tell: Tell) -> ImportResult:
    """Do what *order* says, and *tell* how far it is.

    Raises ImportFailed, WrongPeriod, UnusableFileError or OSError, also in an exception group.
    """
    directory = None if order.is_dry_run else config.state_directory / DIRECTORY
    with nullcontext() if directory is None else hold_bookmarks(directory):
        surveys = {home.name: await survey(home) for home in order.homes}
        bookmarks = {
            name: bookmark_for(order, name, found, directory) for name, found in surveys.items()
        }
        registries = registries_of(config)
        for name, found in surveys.items():
            registries[name].value = found.registry
        async with open_lanes(order, config, registries) as lanes:
            results = {}
            for home in order.homes:
                found, bookmark = surveys[home.name], bookmarks[home.name]
                walk = Walk(home=home.name, bookmark=bookmark, lanes=lanes, tell=tell)
                pasts = await pasts_of(order, config, home, found, lanes)
                await import_home(home, walk, pasts, found.latest)
                results[home.name] = HomeResult(
                    first=bookmark.period.first, last=bookmark.period.last, read=walk.read
                )
            deliveries = await finish(lanes)
        if all(each.is_settled for each in deliveries.values()):
            for bookmark in bookmarks.values():
                bookmark.remove()
    counts = {lane.conversion.sink.name: lane.conversion.counts for lane in lanes}
    return ImportResult(homes=results, counts=counts, deliveries=deliveries)


def bookmark_for(order: Order, home: str, found: Survey, directory: Path | None) -> Bookmark:
    """Return where to begin or go on with a home. Raises WrongPeriod."""
    start = to_instant(order.start, found.zone)
    end = None if order.end is None else to_instant(order.end, found.zone)
    now = to_microseconds(datetime.now(UTC))
    period = make_period(start, end, newest=found.newest, now=now)
    sinks = [sink.name for sink in order.sinks]
    task = Task(home=home, sinks=sinks, first=start, asked_last=end)
    return open_bookmark(directory, task, period, anew=order.begins_anew)


@asynccontextmanager
async def open_lanes(
    order: Order, config: Config, registries: Registries
) -> AsyncGenerator[Sequence[ImportLane]]:
    """Open the spool of each sink, unless nothing is to be written."""
    async with AsyncExitStack() as stack:
        yield [
            ImportLane(
                make_conversion(sink, registries),
                None
                if order.is_dry_run
                else await stack.enter_async_context(open_deposit(sink, config)),
            )
            for sink in order.sinks
        ]


async def pasts_of(
    order: Order,
    config: Config,
    home: HomeAssistantConfig,
    found: Survey,
    lanes: Sequence[ImportLane],
) -> Sequence[Past[Any]]:
    """Return what is asked for: of those entities that a sink records."""
    selections = [lane.conversion.selection for lane in lanes]
    for change in found.snapshot:
        for selection in selections:
            selection.admits(home.name, change)  # which learns of device classes by it
    known: set[str] = set()
    for sink in order.sinks:
        path = config.state_directory / "spool" / f"{sink.name}.db"
        known.update(await trio.to_thread.run_sync(known_entities, path, home.name))
    admitted = [
        entity_id
        for entity_id in sorted(found.entities(known))
        if any(selection.admits_entity(home.name, entity_id) for selection in selections)
    ]
    states = PastStates(admitted, Pace(home.max_message_size))
    if not order.with_statistics:
        return [states]
    return [states, PastStatistics(found.statistics, statistics_pace(home.max_message_size))]


async def finish(lanes: Sequence[ImportLane]) -> Mapping[str, Delivery]:
    """Return where everything is, by sink; empty when nothing was written."""
    return {
        lane.conversion.sink.name: await lane.deposit.finish()
        for lane in lanes
        if lane.deposit is not None
    }
