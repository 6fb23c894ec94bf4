"""A real Home Assistant is killed, and forgets what its recorder had not committed.

What it remembers has to be recorded, and what we heard before it was killed; nothing else can be.
"""

import re
from pathlib import Path

import httpx
import pytest
import trio

from tests.real_home_assistant.test_gaps import (
    PATIENCE_SECONDS,
    all_recorded,
    configuration,
    is_repaired,
    recorded,
)
from tests.support.clock import now
from tests.support.daemon import DaemonProcess, running_daemon
from tests.support.home_assistant import HomeAssistant

pytestmark = [pytest.mark.home_assistant, pytest.mark.slow]

STATES = 40
MAY_BE_UNSENT = 10


async def heard(daemon: DaemonProcess) -> float:
    """Return how many state changes it received."""
    async with httpx.AsyncClient(base_url=daemon.admin_address()) as client:
        text = (await client.get("/metrics")).text
    found = re.findall(
        r"^trio_ingest_home_received_events_total.*state_changed\S* (\S+)$", text, re.MULTILINE
    )
    return sum(map(float, found))


async def test_killed_while_we_listen(home_assistant: HomeAssistant, tmp_path: Path) -> None:
    """What was heard just before the kill is recorded, also where Home Assistant forgets it.

    It answers who sets a state before it sends the change to who listens, so that of the very last
    ones nobody may have heard; but what we have of them has no hole.
    """
    entity_id = "sensor.heard_before_the_kill"
    listening = f'admin.listen = "127.0.0.1:0"\n{configuration(home_assistant)}'
    async with running_daemon(tmp_path, listening) as daemon:
        await daemon.wait_log("connected to")
        await home_assistant.set_state(entity_id, "awaited")
        await all_recorded(home_assistant, tmp_path, [entity_id], 0)
        start, known = now(), await heard(daemon)
        for number in range(STATES):
            await home_assistant.set_state(entity_id, str(number))
        with trio.fail_after(PATIENCE_SECONDS):
            while await heard(daemon) < known + STATES:
                await trio.sleep(0.01)
        for number in range(STATES, STATES + MAY_BE_UNSENT):
            await home_assistant.set_state(entity_id, str(number))
        await home_assistant.kill()
        with trio.fail_after(PATIENCE_SECONDS):
            while daemon.log().count("connected to") < 2:
                await trio.sleep(0.1)
        await is_repaired(daemon, 1)
        await home_assistant.set_state("sensor.after_the_kill", "1")
        await all_recorded(home_assistant, tmp_path, ["sensor.after_the_kill"], start)
        assert await daemon.stop() == 0

    *states, last = [each.state for each in recorded(tmp_path, [entity_id], start)]
    assert [str(number) for number in range(len(states))] == states
    assert STATES <= len(states) <= STATES + MAY_BE_UNSENT
    assert last is None, "it was not restored, so it is gone"


async def test_killed_while_we_are_away(home_assistant: HomeAssistant, tmp_path: Path) -> None:
    """Of what happened before and after the kill, all that it remembers is recorded."""
    before, after = "sensor.before_a_kill", "sensor.after_a_kill"
    start = now()
    async with running_daemon(tmp_path, configuration(home_assistant)) as daemon:
        await daemon.wait_log("connected to")
        await home_assistant.set_state(before, "live")
        await all_recorded(home_assistant, tmp_path, [before], start)
        assert await daemon.stop() == 0

    for number in range(STATES):
        await home_assistant.set_state(before, str(number))
    remembered = await home_assistant.history(before, since=start)  # waits until it is committed
    for number in range(STATES):
        await home_assistant.set_state(before, f"perhaps forgotten {number}")
    await home_assistant.kill()
    for number in range(STATES):
        await home_assistant.set_state(after, str(number))

    async with running_daemon(tmp_path, configuration(home_assistant)) as daemon:
        await is_repaired(daemon, 1)
        await all_recorded(home_assistant, tmp_path, [after], start)
        found = recorded(tmp_path, [before], start)
        assert await daemon.stop() == 0

    assert set(remembered) <= set(found)
    assert len(remembered) == STATES + 1
