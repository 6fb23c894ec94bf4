"""Three homes into a stream of three copies, two relays, one database: any of them may be killed."""

import signal
from pathlib import Path

import pytest
import trio

from tests.reliability.long_way import Edge, open_long_way, redelivered_to, something_happens
from tests.support.daemon import until

pytestmark = [pytest.mark.servers, pytest.mark.slow]

IN_TROUBLE = "It is tried again until it works"


async def test_each_is_killed_in_turn(tmp_path: Path) -> None:
    """The stream's leader, the database, a relay: every point of every home is stored, once."""
    async with (
        open_long_way(tmp_path, ["north", "south", "west"]) as long_way,
        long_way.running_relay("relay_a") as relay_a,
    ):
        async with long_way.running_relay("relay_b") as relay_b:
            await long_way.settle()
            async with something_happens(long_way):
                leader = await long_way.wait_leader()
                await trio.to_thread.run_sync(long_way.cluster.kill, leader)
                await long_way.settle()
                assert leader != await long_way.wait_leader()
                await trio.to_thread.run_sync(long_way.cluster.start, leader)
                await long_way.wait_three_copies()

                await trio.to_thread.run_sync(long_way.database.kill)
                for each in (relay_a, relay_b):  # each has something in hand then
                    await each.wait_log(f"{IN_TROUBLE} (points in hand")
                relay_b.send(signal.SIGKILL)
                await relay_b.wait()
                await trio.to_thread.run_sync(long_way.database.start)
                await relay_a.wait_log("influx: delivers again after")
        async with long_way.running_relay("relay_b") as relay_b:
            await relay_b.wait_log("health and metrics at", times=2)
            await long_way.settle()
            redelivered = await redelivered_to(relay_a) + await redelivered_to(relay_b)
            await long_way.finish(relay_a, relay_b)
        left = await long_way.state()

    assert 0 == left.messages
    assert redelivered > 0, "the relay that was killed had nothing in hand"


async def test_both_followers_are_down(tmp_path: Path) -> None:
    """One server of three acknowledges nothing; what happens waits at the edge, and all arrives."""
    async with open_long_way(tmp_path, ["north"]) as long_way:
        [edge] = long_way.edges
        async with long_way.running_relay("relay") as relay:
            await long_way.settle()
            leader = await long_way.wait_leader()
            followers = [number for number in range(3) if number != leader]
            async with something_happens(long_way):
                troubles = edge.daemon.log().count(IN_TROUBLE)  # a busy machine may be one
                for number in followers:
                    await trio.to_thread.run_sync(long_way.cluster.kill, number)
                await edge.daemon.wait_log(IN_TROUBLE, troubles + 1)
                before = edge.spool()
                await until(lambda: edge.spool().points >= before.points + 30)
                waiting = edge.spool()
                for number in followers:
                    await trio.to_thread.run_sync(long_way.cluster.start, number)
                await edge.daemon.wait_log("delivers again after", troubles + 1)
            await long_way.finish(relay)

    assert before.oldest == waiting.oldest, "something was acknowledged"
    assert_is_empty(edge)


def assert_is_empty(edge: Edge) -> None:
    """Assert that the edge has let go of all of it."""
    left = edge.spool()
    assert (0, 0) == (left.points, left.quarantined_lines)
