"""The wiring: which stages run, and which channel joins them. The whole daemon on one screen.

connector ══changes══► processor ══batches══► keeper ─► spool ─► writer ─► sink
(one a Home Assistant)  (from the changes on: one of each a sink)

A relay has no home and no lane; how it is wired stands in relay/topology.py.

Each home and each lane is a part by itself, which comes, changes and goes as it is configured.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from math import inf
from typing import TYPE_CHECKING

import trio

from trio_ingest.config.model import Config
from trio_ingest.config.wanted import (
    WantedAdmin,
    WantedHome,
    WantedLane,
    WantedPublisher,
    WantedRelay,
    wanted_admin,
    wanted_homes,
    wanted_lanes,
    wanted_publishers,
    wanted_relays,
)
from trio_ingest.delivering import deliver
from trio_ingest.home_assistant.connector import Connector
from trio_ingest.home_assistant.outlet import Outlet
from trio_ingest.lane import Lane, Ledger, open_lane, open_sink
from trio_ingest.lane_settings import admits_others, make_settings
from trio_ingest.looking import look, read_registries
from trio_ingest.model.batch import Batch
from trio_ingest.model.notice import Told
from trio_ingest.model.progress import Progress
from trio_ingest.opening import enter_in_the_end
from trio_ingest.order import Order, unless
from trio_ingest.parts import Parts
from trio_ingest.processing.settings import Settings
from trio_ingest.river import River
from trio_ingest.spool.keeper import keep
from trio_ingest.spool.parked import say_all_parked, say_parked
from trio_ingest.supervision import ChannelEnd, Stage, run_stage
from trio_ingest.telemetry.about import about
from trio_ingest.telemetry.message_ids import CUT_OFF, UNACCOUNTED

if TYPE_CHECKING:
    from trio_ingest.relay.relay import Relay

log = logging.getLogger(__name__)

# A slot holds one burst. Home Assistant cuts off a reader that is 4,096 messages behind;
# the few slots bridge one commit to disk and keep latency and memory small.
CHANGES_CAPACITY = 16
# One batch being stored and one ready: more would only be memory.
BATCHES_CAPACITY = 2
# How long a lane may take to run dry at its end. What has not reached the sink by then stays
# in the spool; only what has not reached the disk would be lost, and that takes milliseconds.
DRAIN_SECONDS = 10.0


async def run_river(
    river: River,
    orders: Order[Config],
    *,
    begin: Callable[[Config], None],
    stand: Callable[[], None],
) -> None:
    """Carry out one configuration after the other, until none is ordered or all has to move.

    *begin* is called with each, and *stand* when all of it stands, or is being tried again. Raises
    what a stage raises that could not be kept running.
    """
    homes = Parts("home", partial(run_home, river))
    lanes = Parts("sink", partial(run_lane, river))
    relays = Parts("relay", partial(run_relay, river))
    publishers = Parts("publisher", partial(run_publisher, river))
    admin = Parts("server", partial(run_admin, river))

    def say(sentences: Sequence[str]) -> None:
        for sentence in sentences if river.stands else ():  # at the start all is new
            log.info("%s", sentence)

    async with trio.open_nursery() as nursery:

        async def carry_out(config: Config) -> None:
            wanted = wanted_homes(config)
            river.learn_of(wanted)
            say(homes.end_others(wanted))
            await homes.wait_ended()  # what they have told goes before the word that they are gone
            say(lanes.carry_out(wanted_lanes(config), nursery))
            say(relays.carry_out(wanted_relays(config), nursery))
            say(admin.carry_out(wanted_admin(config), nursery))
            with trio.move_on_after(DRAIN_SECONDS if river.stands else inf):
                await lanes.wait_done()
                await relays.wait_done()
                await admin.wait_done()
            say(homes.carry_out(wanted, nursery))
            await homes.wait_done()
            say(publishers.carry_out(wanted_publishers(config), nursery))

        directory = None
        while (config := orders.take()) is not None and directory in (None, config.state_directory):
            begin(config)
            if directory is None:
                directory = config.state_directory
                wanted = {**wanted_lanes(config), **wanted_relays(config)}
                await trio.to_thread.run_sync(say_all_parked, directory, wanted)
            if await unless(orders.changed, partial(carry_out, config)):
                river.standing.set()
                if not orders.changed.is_set():
                    stand()
            await orders.changed.wait()
        river.is_ending = config is None
        for parts in (publishers, homes, lanes, relays, admin):
            parts.end_others(())
            await parts.wait_ended()


async def run_home(river: River, name: str, order: Order[WantedHome]) -> None:
    """Follow a Home Assistant until something else is wanted."""
    wanted = order.take()
    assert wanted is not None
    registry, book = river.registries[name], river.books[name]
    connector = Connector(wanted.config, registry, river.outlets, book, only=wanted.only)
    with about(home=name), river.showing_home(name, connector):
        async with trio.open_nursery() as stages:
            task = f"{name} connector"
            stages.start_soon(run_stage, task, connector.run, name=task)
            # What else belongs to one home is to start here: it comes and goes with it.
            order.done.set()
            await order.changed.wait()
            stages.cancel_scope.cancel(reason="something else is wanted")


async def run_lane(river: River, name: str, order: Order[WantedLane]) -> None:
    """Record into a sink until it is not wanted any more, and then let the lane run dry."""
    wanted = order.take()
    assert wanted is not None
    async with AsyncExitStack() as resources:
        resources.enter_context(about(sink=name))
        make = partial(open_lane, wanted, river.registries, river.listeners)
        lane = await enter_in_the_end(resources, make, order, river, f"spool {name}")
        if lane is None:
            return
        with river.showing_lane(lane):
            async with trio.open_nursery() as stages:
                sink = Order(wanted)
                send_changes = wire_lane(stages, lane, partial(deliver, river, lane, sink))
                with river.open_outlet(Outlet(name, send_changes, Ledger(lane))) as outlet:
                    await exchange_settings(
                        river, lane, outlet, send_changes, order=order, sink=sink
                    )
                sink.give(None)
                stages.cancel_scope.deadline = trio.current_time() + DRAIN_SECONDS
            if stages.cancel_scope.cancelled_caught:
                log.warning(
                    "%s did not come to rest within %g s and was cut off",
                    name,
                    DRAIN_SECONDS,
                    extra=CUT_OFF,
                )
            tell_account(lane)
            points = lane.spool.statistics().points
            if points and order.wanted is None and not river.is_ending:
                say_parked(name, points, lane.wanted.spool_file)


def wire_lane(
    stages: trio.Nursery, lane: Lane, deliver: Stage
) -> trio.MemorySendChannel[Told | Settings]:
    """Start the stages of *lane* and return the end that takes its changes."""
    send_changes, changes = trio.open_memory_channel[Told | Settings](CHANGES_CAPACITY)
    send_batches, batches = trio.open_memory_channel[Batch | Progress](BATCHES_CAPACITY)

    def start(name: str, stage: Stage, *ends: ChannelEnd) -> None:
        full_name = f"{lane.name} {name}"
        stages.start_soon(run_stage, full_name, stage, *ends, name=full_name)

    start("processor", lane.processor.run, changes, send_batches)
    start("keeper", partial(keep, spool=lane.spool, pulse=lane.keeper), batches)
    stages.start_soon(deliver, name=f"{lane.name} delivery")
    return send_changes


async def exchange_settings(
    river: River,
    lane: Lane,
    outlet: Outlet,
    changes: trio.MemorySendChannel[Told | Settings],
    *,
    order: Order[WantedLane],
    sink: Order[WantedLane],
) -> None:
    """Have *lane* do as ordered, until it is not wanted, or as a sink of another kind.

    Its processor and its spool go on; only the sink is opened anew.
    """
    in_force = lane.wanted
    while True:
        await sink.done.wait()
        order.done.set()
        await order.changed.wait()
        wanted = order.take()
        if wanted is None or type(wanted.config) is not type(in_force.config):
            return  # what was encoded for one kind of sink is of no use to another
        lane.adopt(wanted)
        sink.give(wanted)
        settings = make_settings(wanted, river.registries)
        if await unless(order.changed, partial(changes.send, settings)):
            if admits_others(wanted.config, in_force.config):
                river.outlets.wish(outlet)
            in_force = wanted


async def run_relay(river: River, name: str, order: Order[WantedRelay]) -> None:
    """Relay from a stream into a sink until something else is wanted."""
    # Who records homes does without, and without NATS: 30 ms of each start.
    from trio_ingest.relay.topology import open_relay, run_stages  # noqa: PLC0415

    wanted = order.take()
    assert wanted is not None
    async with AsyncExitStack() as resources:
        resources.enter_context(about(sink=name))
        make = partial(open_relay, wanted, partial(open_sink, wanted.sink))
        relay = await enter_in_the_end(resources, make, order, river, f"relay {name}")
        if relay is None:
            return
        with river.showing_relay(relay):
            order.done.set()
            await run_stages(relay, order.changed)
            tell_account(relay)


async def run_publisher(river: River, name: str, order: Order[WantedPublisher]) -> None:
    """Tell another service of a home until something else is wanted."""
    # Few want this, and what it needs takes 30 ms of each start to import.
    from trio_ingest.publishing.publishers import (  # noqa: PLC0415
        keep_publishing,
        make_publisher,
    )

    wanted = order.take()
    assert wanted is not None
    publisher = make_publisher(wanted, river.registries)
    with about(home=publisher.home), river.showing_publisher(name, publisher):
        async with trio.open_nursery() as stages:
            stages.start_soon(keep_publishing, publisher, name=f"{publisher.home} publisher")
            order.done.set()
            await order.changed.wait()
            stages.cancel_scope.cancel(reason="something else is wanted")


async def run_admin(river: River, _: str, order: Order[WantedAdmin]) -> None:
    """Serve health and metrics until something else is wanted."""
    # Where nobody wants to see them it is not needed.
    from trio_ingest.admin.server import open_admin  # noqa: PLC0415

    wanted = order.take()
    assert wanted is not None
    look_at_it, rediscover = partial(look, river), partial(read_registries, river)
    serving = open_admin(
        wanted.config, look_at_it, rediscover, river.listeners, ready=river.standing
    )
    async with serving:
        order.done.set()
        await order.changed.wait()


def tell_account(lane: "Lane | Relay") -> None:
    """Say where everything is that has come. That something is missing is a bug."""
    account = lane.account()
    log.info("account of %s: %s", lane.name, account)
    if not account.is_balanced:
        log.error(
            "%s: %d points are unaccounted for, this is a bug; please report it",
            lane.name,
            account.missing,
            extra=UNACCOUNTED,
        )
