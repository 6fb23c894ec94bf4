"""Restart is for bugs; giving up is for bugs that do not go away. Virtual time."""

import logging

import pytest
import trio
import trio.testing

from trio_ingest.supervision import RestartPolicy, keep_running, run_stage

POLICY = RestartPolicy(limit=3, window_seconds=60, pause_seconds=2)


async def test_a_crashed_stage_begins_anew(autojump_clock: trio.testing.MockClock) -> None:
    """A stage that crashes is started again after the pause, and its channel has lost nothing."""
    numbers_in, numbers = trio.open_memory_channel[int](10)
    seen: list[int] = []

    async def stage(numbers: trio.MemoryReceiveChannel[int]) -> None:
        with numbers:
            async for number in numbers:
                seen.append(number)
                if number == 2:
                    raise ZeroDivisionError

    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: run_stage("test", stage, numbers, policy=POLICY))
        for number in range(5):
            await numbers_in.send(number)
        numbers_in.close()

    assert seen == [0, 1, 2, 3, 4]
    assert trio.current_time() == 2


async def test_a_stage_that_keeps_crashing_is_given_up(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """After the limit the last crash is raised, and the journal has a traceback of each."""

    async def attempt() -> None:
        raise ZeroDivisionError

    with pytest.RaisesGroup(ZeroDivisionError):
        await keep_running("test", attempt, POLICY)

    assert trio.current_time() == 4
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 3 + [logging.CRITICAL]


async def test_rare_crashes_are_never_too_many(autojump_clock: trio.testing.MockClock) -> None:
    """Crashes that are further apart than the window are restarted for ever."""
    crashes = 0

    async def attempt() -> None:
        nonlocal crashes
        crashes += 1
        if crashes <= 10:
            await trio.sleep(40)
            raise ZeroDivisionError

    await keep_running("test", attempt, POLICY)

    assert crashes == 11


async def test_cancellation_is_not_a_crash(autojump_clock: trio.testing.MockClock) -> None:
    """A cancelled stage is not restarted."""
    attempts = 0

    async def attempt() -> None:
        nonlocal attempts
        attempts += 1
        await trio.sleep_forever()

    with trio.move_on_after(5) as scope:
        await keep_running("test", attempt, POLICY)

    assert scope.cancelled_caught
    assert attempts == 1


async def test_the_end_of_a_stage_is_the_end_of_its_channels() -> None:
    """When a stage has returned, its neighbours see their channels end."""
    sender, receiver = trio.open_memory_channel[int](0)

    async def stage(sender: trio.MemorySendChannel[int]) -> None:
        with sender:
            await trio.lowlevel.checkpoint()

    await run_stage("test", stage, sender)

    with pytest.raises(trio.EndOfChannel):
        await receiver.receive()
