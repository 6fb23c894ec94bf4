"""The wiring of a relay: which stages run, and which channel joins them.

stream ─► fetcher ══batches══► writer ─► sink          hand: what was taken, and not acknowledged
             └─ foreign ─► quarantine ◄─ refused ─┘
                           quarantine ─ retried ─► writer ─► sink
"""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

import trio

from trio_ingest.config.wanted import WantedRelay
from trio_ingest.delivery.writer import Writer
from trio_ingest.jetstream.client import open_jetstream
from trio_ingest.model.spooled import SpooledBatch
from trio_ingest.relay.arrivals import Arrivals
from trio_ingest.relay.farewell import Farewell
from trio_ingest.relay.fetcher import Fetcher
from trio_ingest.relay.foreign import Foreigners
from trio_ingest.relay.hand import Hand
from trio_ingest.relay.keeping import Keeping
from trio_ingest.relay.prefetch import Prefetch
from trio_ingest.relay.relay import SPOOL, Relay, Sinks
from trio_ingest.relay.stream import Stream
from trio_ingest.relay.weather import StreamWeather
from trio_ingest.sinks.sink import Sink
from trio_ingest.spool.durable import open_durable_spool
from trio_ingest.spool.spool import Spool
from trio_ingest.supervision import run_stage
from trio_ingest.telemetry.message_ids import CUT_OFF

log = logging.getLogger(__name__)

# How long the request that is under way may take, once it is time to leave.
DRAIN_SECONDS = 10.0
# How long a request for messages may take then: what it brings is given back. Of one that is cut
# off the stream does not know that nobody has what it has sent.
INTAKE_SECONDS = 0.2
# And then, to give back what is in hand.
GOODBYE_SECONDS = 3.0

MakeSink = Callable[[], AbstractAsyncContextManager[Sink]]


@asynccontextmanager
async def open_relay(wanted: WantedRelay, make_sink: MakeSink) -> AsyncGenerator[Relay]:
    """Open all that a relay has. Neither the stream nor the database is asked yet.

    Raises UnusableFileError or OSError for what is on this machine.
    """
    async with AsyncExitStack() as stack:
        spool = await stack.enter_async_context(open_durable_spool(wanted.spool_file, SPOOL))
        sinks = Sinks(
            of_stream=await stack.enter_async_context(make_sink()),
            of_quarantine=await stack.enter_async_context(make_sink()),
        )
        client_name = f"trio-ingest relay {wanted.sink.name}"
        stream = await stack.enter_async_context(open_jetstream(wanted.config, client_name))
        yield make_relay(wanted, stream, spool, sinks)


def make_relay(wanted: WantedRelay, stream: Stream, spool: Spool, sinks: Sinks) -> Relay:
    """Return a relay that begins with empty hands."""
    config, name, hand = wanted.config, wanted.sink.name, Hand()
    farewell = Farewell(name=name, stream=stream, hand=hand, patience_seconds=config.ack_wait)
    waiting = spool.statistics()
    return Relay(
        wanted=wanted,
        stream=stream,
        sinks=sinks,
        spool=spool,
        hand=hand,
        farewell=farewell,
        keeping=Keeping(wanted=wanted, hand=hand, stream=stream),
        fetcher=Fetcher(
            consumer=config.consumer,
            stream=stream,
            hand=hand,
            prefetch=Prefetch(messages=config.prefetch, size_bytes=config.prefetch_size),
            foreigners=Foreigners(name=name, quarantine=spool, farewell=farewell),
            weather=StreamWeather(name, config.stream),
        ),
        writer=Writer(name=name, where="hand", grows_to=wanted.sink.batch),
        retries=Writer(name=f"{name} retries", grows_to=wanted.sink.batch),
        carried_over=waiting.points + sum(waiting.dropped_points.values()),
    )


async def run_stages(relay: Relay, leave: trio.Event) -> None:
    """Relay until it is time to *leave*, and then hand back what is not delivered yet.

    While that takes, the stream is told that it is still being worked at.
    """
    async with trio.open_nursery() as keeping:
        name = f"{relay.name} keeping"
        keeping.start_soon(run_stage, name, relay.keeping.run, name=name)
        await relay_until(relay, leave)
        with trio.move_on_after(GOODBYE_SECONDS):
            await relay.farewell.give_all_back()
        keeping.cancel_scope.cancel(reason="nothing is in hand")


async def relay_until(relay: Relay, leave: trio.Event) -> None:
    """Run the stages. Once it is time to leave, end what is under way, and take nothing more."""
    capacity = relay.wanted.config.prefetch
    send_batches, batches = trio.open_memory_channel[SpooledBatch](capacity)
    intake = trio.CancelScope()

    async def fetch() -> None:
        with intake:
            await run_stage(f"{relay.name} fetcher", relay.fetcher.run, send_batches)

    async with trio.open_nursery() as stages:
        stages.start_soon(fetch, name=f"{relay.name} fetcher")
        writer, retries = f"{relay.name} writer", f"{relay.name} retries"
        stages.start_soon(run_stage, writer, partial(write, relay=relay), batches, name=writer)
        stages.start_soon(run_stage, retries, partial(send_again, relay), name=retries)
        await leave.wait()
        relay.hand.seal()
        relay.spool.seal()
        intake.deadline = trio.current_time() + INTAKE_SECONDS
        stages.cancel_scope.deadline = trio.current_time() + DRAIN_SECONDS
    if stages.cancel_scope.cancelled_caught:
        log.warning(
            "%s did not come to rest within %g s and was cut off",
            relay.name,
            DRAIN_SECONDS,
            extra=CUT_OFF,
        )


async def write(batches: trio.MemoryReceiveChannel[SpooledBatch], relay: Relay) -> None:
    """Deliver what comes from the stream, until it is time to leave."""
    with batches:
        arrivals = Arrivals(
            batches=batches, hand=relay.hand, quarantine=relay.spool, farewell=relay.farewell
        )
        await relay.writer.run(arrivals, relay.sinks.of_stream)


async def send_again(relay: Relay) -> None:
    """Deliver what commands put back from the quarantine."""
    await relay.retries.run(relay.spool, relay.sinks.of_quarantine)
