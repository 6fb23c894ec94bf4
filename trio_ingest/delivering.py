"""The delivering end of a lane: one sink after the other, as they are configured."""

from contextlib import AsyncExitStack
from functools import partial

import trio

from trio_ingest.config.wanted import WantedLane
from trio_ingest.lane import Lane, open_sink
from trio_ingest.opening import enter_in_the_end
from trio_ingest.order import Order
from trio_ingest.river import River
from trio_ingest.sinks.sink import Sink
from trio_ingest.supervision import run_stage


async def deliver(river: River, lane: Lane, order: Order[WantedLane]) -> None:
    """Run the writer of *lane* with the sink that is ordered, until none is and all is delivered.

    What the writer has in hand when another sink is ordered stays in the spool, for that one.
    """
    while (wanted := order.take()) is not None:
        async with AsyncExitStack() as stack:
            make = partial(open_sink, wanted.config, lane.writer.pulse)
            sink = await enter_in_the_end(stack, make, order, river, f"sink {lane.name}")
            if sink is not None:
                await write(lane, sink, order)


async def write(lane: Lane, sink: Sink, order: Order[WantedLane]) -> None:
    """Run the writer until another sink is ordered, or none is and it has come to its end."""
    name = f"{lane.name} writer"
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_stage, name, partial(lane.writer.run, lane.spool, sink), name=name)
        order.done.set()
        await order.changed.wait()
        if order.wanted is not None:
            nursery.cancel_scope.cancel(reason="another sink is wanted")
