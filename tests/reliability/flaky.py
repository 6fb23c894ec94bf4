"""A database and a network that fail at random, all from one seed."""

from collections import Counter
from random import Random

import trio
from attrs import define, field

from tests.faults.proxy import Proxy
from tests.faults.toxics import Down, Latency, ResetPeer, Timeout, Toxic
from tests.support.influx_double import HANG, RESET, Answer, Fault, InfluxDouble, Request

BUSY = Answer(503, b'{"error":"too busy"}')
TOO_MANY = Answer(429, b'{"error":"too many requests"}', [("Retry-After", "0")])
STORED_BUT_NOT_SAID = "stored but not said"
FAULTS = (BUSY, TOO_MANY, HANG, RESET, STORED_BUT_NOT_SAID)
CHANCE = 0.5


@define(kw_only=True)
class FlakyInflux(InfluxDouble):
    """Does its work with a chance of one half, unless it is calm; `struck` are the other times."""

    random: Random
    is_calm: bool = True
    struck: Counter[str] = field(factory=Counter)

    def answer(self, request: Request) -> Fault:
        if self.is_calm or self.random.random() >= CHANCE:
            return super().answer(request)
        fault = self.random.choice(FAULTS)
        self.struck[fault if isinstance(fault, str) else str(fault.status)] += 1
        if fault == STORED_BUT_NOT_SAID:
            super().answer(request)
            return RESET
        return fault


async def bad_weather(proxy: Proxy, server: FlakyInflux, random: Random) -> None:
    """Have something be wrong with the network now and then, whenever *server* is not calm."""
    kinds: tuple[Toxic, ...] = (
        Down(),
        ResetPeer(),
        ResetPeer(seconds=0.05),
        Timeout(),
        Latency(seconds=0.1, jitter_seconds=0.1),
    )
    while True:
        await trio.sleep(random.uniform(0.2, 2))
        if server.is_calm:
            continue
        with proxy.toxic(random.choice(kinds)):
            await trio.sleep(random.uniform(0, 0.5))
