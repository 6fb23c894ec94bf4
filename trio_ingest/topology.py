"""The wiring: which stages run, and which channel joins them. The whole daemon on one screen.

connector ══changes══► processor ══batches══► keeper ─► spool ─► writer ─► sink
(one a Home Assistant)  (from the changes on: one of each a sink)
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial

import trio
from attrs import frozen

from trio_ingest.admin.server import open_admin
from trio_ingest.config.model import Config
from trio_ingest.home_assistant.connector import Connector
from trio_ingest.lane import Lane, Ledger, open_lane
from trio_ingest.looking import look
from trio_ingest.model.batch import Batch
from trio_ingest.model.notice import Told
from trio_ingest.model.progress import Progress
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.pulse import Pulse
from trio_ingest.spool.keeper import keep
from trio_ingest.supervision import ChannelEnd, Stage, run_stage
from trio_ingest.telemetry.about import about
from trio_ingest.telemetry.message_ids import CUT_OFF, UNACCOUNTED
from trio_ingest.telemetry.reloads import Reloads

log = logging.getLogger(__name__)

# A slot holds one frame's changes. Home Assistant cuts off a reader that is 4,096 messages behind;
# the few slots bridge one commit to disk and keep latency and memory small.
CHANGES_CAPACITY = 16
# One batch being stored and one ready: more would only be memory.
BATCHES_CAPACITY = 2
# How long the river may take to run dry at the end. What has not reached the sink by then stays
# in the spool; only what has not reached the disk would be lost, and that takes milliseconds.
DRAIN_SECONDS = 10.0


@frozen(kw_only=True)
class River:
    """What is running, for those who want to look at it."""

    connectors: Sequence[Connector]
    lanes: Sequence[Lane]

    def pulses(self) -> Mapping[str, Pulse]:
        """Return the pulse of each stage, by the name of its task."""
        homes = {f"{each.config.name} connector": each.pulse for each in self.connectors}
        return {**homes, **{name: p for lane in self.lanes for name, p in lane.pulses().items()}}


async def run_river(
    config: Config,
    stop: trio.Event,
    *,
    reloads: Reloads | None = None,
    task_status: trio.TaskStatus[River] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run all stages of *config* until *stop* is set, then let the river run dry.

    Started once spools, sinks and the admin server are open and the stages wired; Home Assistant
    and the database may be away. Raises what a stage raises that could not be kept running.
    """
    registries = {home.name: Latest(Registry()) for home in config.home_assistants}
    async with AsyncExitStack() as resources:
        lanes = [
            await resources.enter_async_context(open_lane(sink, config, registries))
            for sink in config.sinks
        ]
        ledgers = [
            Ledger(lane=lane, sink=sink) for lane, sink in zip(lanes, config.sinks, strict=True)
        ]
        connectors = [
            Connector(home, registries[home.name], ledgers) for home in config.home_assistants
        ]
        await resources.enter_async_context(
            open_admin(
                config.admin,
                partial(look, config, connectors, lanes, reloads or Reloads()),
                partial(read_registries, connectors),
            )
        )
        async with trio.open_nursery() as stages:
            intakes = [wire_lane(stages, lane) for lane in lanes]
            stages.start_soon(run_intake, connectors, intakes, stop, name="intake")
            task_status.started(River(connectors=connectors, lanes=lanes))
            await stop.wait()
            stages.cancel_scope.deadline = trio.current_time() + DRAIN_SECONDS
        if stages.cancel_scope.cancelled_caught:
            log.warning(
                "not everything came to rest within %g s and was cut off",
                DRAIN_SECONDS,
                extra=CUT_OFF,
            )
        for lane in lanes:
            tell_account(lane)


async def read_registries(connectors: Sequence[Connector]) -> None:
    """Have all registries read anew. Raises SessionLost when a home is not there."""
    for connector in connectors:
        await connector.read_registries()


def tell_account(lane: Lane) -> None:
    """Say where everything is that *lane* was told of. That something is missing is a bug."""
    account = lane.account()
    log.info("account of %s: %s", lane.name, account)
    if not account.is_balanced:
        log.error(
            "%s: %d points are unaccounted for, this is a bug; please report it",
            lane.name,
            account.missing,
            extra=UNACCOUNTED,
        )


def wire_lane(stages: trio.Nursery, lane: Lane) -> trio.MemorySendChannel[Told]:
    """Start the stages of *lane* and return the end that takes its changes."""
    send_changes, changes = trio.open_memory_channel[Told](CHANGES_CAPACITY)
    send_batches, batches = trio.open_memory_channel[Batch | Progress](BATCHES_CAPACITY)

    def start(name: str, stage: Stage, *ends: ChannelEnd) -> None:
        full_name = f"{lane.name} {name}"
        with about(sink=lane.name):
            stages.start_soon(run_stage, full_name, stage, *ends, name=full_name)

    start("processor", lane.processor.run, changes, send_batches)
    start("keeper", partial(keep, spool=lane.spool, pulse=lane.keeper), batches)
    start("writer", partial(lane.writer.run, lane.spool, lane.sink))
    return send_changes


async def run_intake(
    connectors: Sequence[Connector],
    intakes: Sequence[trio.MemorySendChannel[Told]],
    stop: trio.Event,
) -> None:
    """Run the connectors until *stop*. That closes the first channels, and all else follows."""
    async with trio.open_nursery() as nursery:
        for connector in connectors:
            ends = [intake.clone() for intake in intakes]
            name = f"{connector.config.name} connector"
            with about(home=connector.config.name):
                nursery.start_soon(run_stage, name, connector.run, *ends, name=name)
        for intake in intakes:
            intake.close()
        await stop.wait()
        nursery.cancel_scope.cancel(reason="drain")
