"""A real Home Assistant is killed, and forgets what its recorder had not committed.

What it remembers has to be recorded, and what we heard before it was killed; nothing else can be.
"""

from pathlib import Path

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
from tests.support.daemon import running_daemon
from tests.support.home_assistant import HomeAssistant

pytestmark = [pytest.mark.home_assistant, pytest.mark.slow]

STATES = 40


async def test_killed_while_we_listen(home_assistant: HomeAssistant, tmp_path: Path) -> None:
    """What was heard just before the kill is recorded, also where Home Assistant forgets it."""
    entity_id = "sensor.heard_before_the_kill"
    async with running_daemon(tmp_path, configuration(home_assistant)) as daemon:
        await daemon.wait_log("connected to")
        start = now()
        for number in range(STATES):
            await home_assistant.set_state(entity_id, str(number))
        await home_assistant.kill()
        with trio.fail_after(PATIENCE_SECONDS):
            while daemon.log().count("connected to") < 2:
                await trio.sleep(0.1)
        await is_repaired(daemon, 1)
        await home_assistant.set_state("sensor.after_the_kill", "1")
        await all_recorded(home_assistant, tmp_path, ["sensor.after_the_kill"], start)
        assert await daemon.stop() == 0

    states = [each.state for each in recorded(tmp_path, [entity_id], start)]
    assert [str(number) for number in range(STATES)] == [each for each in states if each]
    assert [None] == states[STATES:], "it was not restored, so it is gone"


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
