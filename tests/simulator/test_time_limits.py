"""The limits of time, with a clock that runs twenty times as fast."""

import trio
from trio.testing import MockClock

from tests.simulator.recording import conversation
from tests.simulator.subject import connect
from trio_ingest.simulator import Simulator, run_home
from trio_ingest.simulator.outbox import PEAK_PENDING, Outbox


async def test_who_says_nothing_is_closed_after_ten_seconds(
    fast_clock: MockClock, simulator: Simulator
):
    """Like the recorded silent client: close 1000, and not a word."""
    recorded = conversation("01_auth", "silent")

    async with connect(simulator.url) as client:
        code = await client.closed()
    connection = simulator.connections[0]
    await connection.ended.wait()

    assert code == recorded.close_code
    assert 10 <= connection.ended_at - connection.opened_at < 50


async def test_more_than_1024_pending_for_ten_seconds_is_too_much(autojump_clock):
    """The box ends after ten seconds above the peak, not before."""
    outbox = Outbox()
    for _ in range(PEAK_PENDING + 1):
        outbox.put(b"{}")

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outbox.watch_peak)
            await outbox.wait_over()

    assert 10 <= trio.current_time() <= 12
    assert await outbox.take() == []


async def test_a_peak_that_passes_does_no_harm(autojump_clock):
    """What falls below the peak in between counts anew."""
    outbox = Outbox()
    with trio.move_on_after(60) as minute:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outbox.watch_peak)
            while True:
                for _ in range(PEAK_PENDING + 1):
                    outbox.put(b"{}")
                await trio.sleep(8)
                while len(await outbox.take()) and outbox.number_pending:
                    pass
                await trio.sleep(2)

    assert minute.cancelled_caught


async def test_a_home_runs_at_its_rate(fast_clock: MockClock, simulator: Simulator):
    """At 20 changes a second there are 200 after ten seconds."""
    start = trio.current_time()
    with trio.move_on_after(10):
        await run_home(simulator, 20)
    seconds = trio.current_time() - start

    assert abs(simulator.emitted - 20 * seconds) <= 20
