"""A simulator for each test, and the same as the subject of the contract suite."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest
from attrs import frozen
from trio.testing import MockClock

from tests.simulator.subject import Subject
from trio_ingest.simulator import Home, Simulator, open_simulator


@frozen
class SimulatedSubject:
    """The simulator, with the face that every Home Assistant has for the contract suite."""

    simulator: Simulator

    @property
    def url(self) -> str:
        return self.simulator.url

    @property
    def token(self) -> str:
        return self.simulator.token

    async def set_state(
        self,
        entity_id: str,
        state: str,
        attributes: Mapping[str, Any],
        *,
        force_update: bool = False,
    ) -> None:
        self.simulator.set_state(entity_id, state, attributes, force_update=force_update)

    async def remove(self, entity_id: str) -> None:
        self.simulator.remove(entity_id)


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=40), records_emissions=True) as simulator:
        yield simulator


@pytest.fixture
async def subject(simulator: Simulator) -> Subject:
    return SimulatedSubject(simulator)


@pytest.fixture
def fast_clock() -> MockClock:
    """Trio's clock, twenty times as fast; sockets do not mind."""
    return MockClock(rate=20)
