"""Lets things happen in a simulated home at a steady rate."""

import trio

from trio_ingest.simulator.simulator import Simulator

TICK_SECONDS = 0.005
MOST_PER_TICK = 1000  # below what cuts off a client; after a pause we catch up over some ticks


async def run_home(simulator: Simulator, rate: float) -> None:
    """Emit *rate* changes a second, for ever."""
    start = trio.current_time()
    done = 0
    while True:
        next_due = start + (done + 1) / rate
        await trio.sleep_until(max(next_due, trio.current_time() + TICK_SECONDS))
        due = int((trio.current_time() - start) * rate)
        for _ in range(min(due - done, MOST_PER_TICK)):
            simulator.step()
            done += 1
