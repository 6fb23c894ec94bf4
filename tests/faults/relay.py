"""Carries bytes between two streams, through toxics that may come and go meanwhile."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from random import Random

import trio
from attrs import define, field

from tests.faults.toxics import Chain, Data, Direction, End, How, Item, Toxic

# What may be under way in one direction: enough that latency does not look like bandwidth.
CHUNK_SIZE = 32 * 1024
CHUNKS_UNDER_WAY = 64


def _nothing() -> None:
    """Do nothing."""


@define
class Toxics:
    """The toxics that are in, in the order in which they were put in."""

    when_changed: Callable[[], None] = _nothing
    active: Sequence[Toxic] = ()
    changed: trio.Event = field(factory=trio.Event, init=False)
    """Is set at the next change; then there is a new one."""

    def add(self, toxic: Toxic) -> None:
        """Put *toxic* in; it works at once, also on connections that there are."""
        self._change([*self.active, toxic])

    def remove(self, toxic: Toxic) -> None:
        """Take *toxic* out. What was held back at this moment goes on at once."""
        self._change([each for each in self.active if each is not toxic])

    def _change(self, active: Sequence[Toxic]) -> None:
        self.active = active
        self.when_changed()
        self.changed.set()
        self.changed = trio.Event()


@define
class Traffic:
    """How many bytes were handed on."""

    upstream: int = 0
    downstream: int = 0

    def count(self, direction: Direction, size: int) -> None:
        if direction is Direction.UPSTREAM:
            self.upstream += size
        else:
            self.downstream += size


async def relay(
    client: trio.abc.HalfCloseableStream,
    server: trio.abc.HalfCloseableStream,
    toxics: Toxics,
    traffic: Traffic,
    seed: object = 0,
) -> How:
    """Carry bytes both ways until both have ended, or one is broken, or a toxic strikes.

    Returns how the streams shall now be closed; it does not close them. Jitter and slices depend
    on *seed* alone.
    """
    upstream = Chain(Direction.UPSTREAM, Random(f"{seed} upstream"))
    downstream = Chain(Direction.DOWNSTREAM, Random(f"{seed} downstream"))
    send, endings = trio.open_memory_channel[How](3)
    with send, endings:
        async with trio.open_nursery() as nursery:
            for task in (
                _Pump(upstream, client, server, toxics, traffic).run,
                _Pump(downstream, server, client, toxics, traffic).run,
                partial(_wait_strike, [upstream, downstream], toxics),
            ):
                nursery.start_soon(_tell, task, send)
            how = await endings.receive()
            if how is How.END_OF_STREAM:  # of one direction; the other may go on
                how = await endings.receive()
            nursery.cancel_scope.cancel(reason="the connection is over")
    return How.CLOSE if how is How.END_OF_STREAM else how


async def _tell(task: Callable[[], Awaitable[How]], endings: trio.MemorySendChannel[How]) -> None:
    endings.send_nowait(await task())


async def _wait_strike(chains: Sequence[Chain], toxics: Toxics) -> How:
    """Wait until a toxic ends the connection by itself."""
    while True:
        for chain in chains:
            chain.update(toxics.active, trio.current_time())
        strikes = filter(None, (chain.strike() for chain in chains))
        strike = min(strikes, key=lambda end: end.due, default=None)
        with trio.move_on_at(strike.due if strike else float("inf")) as patience:
            await toxics.changed.wait()
        if strike and patience.cancelled_caught:
            return strike.how


@define
class _Pump:
    """Carries one direction of one connection."""

    chain: Chain
    source: trio.abc.ReceiveStream
    sink: trio.abc.HalfCloseableStream
    toxics: Toxics
    traffic: Traffic

    async def run(self) -> How:
        """Carry everything, to the end of the stream or of the connection."""
        ended = How.END_OF_STREAM
        send, arrived = trio.open_memory_channel[Item](CHUNKS_UNDER_WAY)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read, send)
            with arrived:
                async for item in arrived:
                    how = await self._pass_on(item)
                    if how is not None:
                        ended = how
                        nursery.cancel_scope.cancel(reason="the connection is over")
        return ended

    async def _read(self, arrived: trio.MemorySendChannel[Item]) -> None:
        with arrived:
            how = How.END_OF_STREAM
            try:
                while chunk := await self.source.receive_some(CHUNK_SIZE):
                    await arrived.send(Data(trio.current_time(), bytes(chunk)))
            except trio.BrokenResourceError:
                how = How.RESET
            await arrived.send(End(trio.current_time(), how))

    async def _pass_on(self, arrived: Item) -> How | None:
        """Do with what *arrived* as the toxics say. Return how the connection ended, if it did."""
        known, now = self.toxics.active, trio.current_time()
        self.chain.update(known, now)
        try:
            for item in self.chain.shape(arrived, now):
                await self._hold_back(item.due, known)
                if isinstance(item, Data):
                    await self.sink.send_all(item.content)
                    self.traffic.count(self.chain.direction, len(item.content))
                elif item.how is How.END_OF_STREAM:
                    await self.sink.send_eof()
                else:
                    return item.how
        except trio.BrokenResourceError:
            return How.RESET
        return None

    async def _hold_back(self, until: float, known: Sequence[Toxic]) -> None:
        """Wait until then, or until one of the *known* toxics is taken out."""
        with trio.move_on_at(until):
            while all(toxic in self.toxics.active for toxic in known):
                await self.toxics.changed.wait()
