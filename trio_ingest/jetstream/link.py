"""Connects to one of several servers whenever somebody needs it, and again after each loss."""

import logging
from collections.abc import Sequence

import trio
from attrs import define, field, frozen

from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.address import Address
from trio_ingest.jetstream.connection import Connection, open_connection
from trio_ingest.jetstream.errors import JetStreamRefused, JetStreamUnreachable

log = logging.getLogger(__name__)


@define(eq=False)
class _Attempt:
    """One round through the servers: how it ended, for all who wait for it."""

    wanted: trio.Event = field(factory=trio.Event)
    over: trio.Event = field(factory=trio.Event)
    connection: Connection | None = None
    trouble: Exception | None = None

    @property
    def is_spent(self) -> bool:
        """Say whether its connection was had, and is lost: whoever asks begins another."""
        return self.connection is not None and self.connection.is_lost


@frozen
class _Way:
    """The servers in the order in which they are tried: the one that was good comes first."""

    addresses: Sequence[Address]

    def behind(self, address: Address) -> "_Way":
        """Return the way that begins behind *address*, which has just been lost."""
        at = self.addresses.index(address) + 1
        return _Way((*self.addresses[at:], *self.addresses[:at]))


@define(eq=False)
class Link:
    """Nobody connects but the task that runs `run`; all others ask for its connection.

    How long to wait between two tries is the business of those who ask.
    """

    config: NatsConfig
    name: str
    addresses: Sequence[Address]
    _attempt: _Attempt = field(factory=_Attempt)

    async def connection(self) -> Connection:
        """Return a connection that works as far as we know, after one round at the most.

        Raises JetStreamUnreachable or JetStreamRefused as the last server of the round had it.
        """
        if self._attempt.is_spent:
            # Whoever holds the connection is told of its loss later than those who used it.
            self._attempt = _Attempt()
        attempt = self._attempt
        attempt.wanted.set()
        await attempt.over.wait()
        if attempt.connection is None:
            assert isinstance(attempt.trouble, JetStreamUnreachable | JetStreamRefused)
            raise type(attempt.trouble)(str(attempt.trouble))
        return attempt.connection

    async def run(self) -> None:
        """Connect whenever somebody asks, for ever."""
        way = _Way(self.addresses)
        while True:
            await self._attempt.wanted.wait()
            way = await self._round(way)

    async def _round(self, way: _Way) -> _Way:
        """Hold the connection to the first server that has one; return the way to go on."""
        troubles: list[JetStreamUnreachable | JetStreamRefused] = []
        for address in way.addresses:
            try:
                async with open_connection(address, self.config, self.name) as connection:
                    log.info("%s is connected to %s", self.name, address)
                    self._attempt.connection = connection
                    self._attempt.over.set()
                    await connection.lost.wait()
                    if self._attempt.is_spent:
                        self._attempt = _Attempt()
                    log.info("%s has lost its connection: %s", self.name, connection.trouble())
                return way.behind(address)
            except (JetStreamUnreachable, JetStreamRefused) as trouble:
                troubles.append(trouble)
        attempt, self._attempt = self._attempt, _Attempt()
        # A server that knows us better than another that is away: what it says is worth more.
        refusals = [each for each in troubles if isinstance(each, JetStreamRefused)]
        attempt.trouble = (refusals or troubles)[-1]
        attempt.over.set()
        return way
