"""A simulated home with a past, and little patience."""

import logging
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import trio

from tests.importing.homes import Clock, Scene
from trio_ingest.home_assistant import recorder as recorder_module
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.recorder import Recorder
from trio_ingest.simulator.server import open_simulator

ENTITIES = 120  # more than one question is about


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Look often whether the recorder has the newest states; see all that is logged."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(recorder_module, "INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(recorder_module, "USUAL_LAG_SECONDS", 0.2)
    monkeypatch.setattr(recorder_module, "LONGEST_LAG_SECONDS", 2.0)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncGenerator[Scene]:
    home = Home(number_of_entities=ENTITIES)
    async with open_simulator(
        home, records_emissions=True, recorder=Recorder(1_000_000), clock=Clock()
    ) as simulator:
        simulator.step()
        with trio.fail_after(60):
            yield Scene(simulator=simulator, directory=tmp_path)
