"""A stream of three copies: what it has acknowledged survives the end of a server."""

import pytest
import trio

from tests.support.nats import NatsCluster
from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.client import JetStream, open_jetstream
from trio_ingest.jetstream.errors import JetStreamUnreachable
from trio_ingest.jetstream.setting_up import set_up
from trio_ingest.jetstream.setup import Wanted

pytestmark = pytest.mark.servers

MESSAGES = 60
WANTED = Wanted(stream="HA_LP", subject="ha.lp.north", max_bytes=1024 * 1024)


async def publish_all(jetstream: JetStream, refusals: list[str]) -> None:
    """Publish the numbers, each until it is acknowledged, as a writer does."""
    for number in range(MESSAGES):
        while True:
            try:
                await jetstream.publish("ha.lp.north", b"%d" % number, {"Nats-Msg-Id": str(number)})
                break
            except JetStreamUnreachable as weather:
                refusals.append(str(weather))
                await trio.sleep(0.1)
        await trio.sleep(0.01)


async def receive_all(jetstream: JetStream) -> list[bytes]:
    """Take messages until every number has come."""
    received: list[bytes] = []
    while len(set(received)) < MESSAGES:
        delivery = await jetstream.next_message("writers")
        received.append(delivery.body)
        while True:
            try:
                await jetstream.ack(delivery)
                break
            except JetStreamUnreachable:
                await trio.sleep(0.1)
    return received


async def test_the_leader_is_killed(nats_cluster: NatsCluster) -> None:
    """Every message arrives, though its server was killed amid publishing and reading.

    In order, but for the one that the dead server had handed out and nobody had acknowledged to
    it: that comes again when the others have waited for long enough.
    """
    config = NatsConfig(servers=nats_cluster.urls, timeout=1.0)
    refusals: list[str] = []
    async with open_jetstream(config, "one") as one, open_jetstream(config, "other") as other:
        result = await set_up(one, WANTED, lambda _: None, only_checks=False)
        assert result.stream is not None
        assert 3 == result.stream.num_replicas
        leader = None
        while leader is None:
            leader = await trio.to_thread.run_sync(nats_cluster.leader, "HA_LP")
        received: list[bytes] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(publish_all, one, refusals)

            async def receive() -> None:
                received.extend(await receive_all(other))

            nursery.start_soon(receive)
            await trio.sleep(0.2)
            nats_cluster.kill(leader)
        await trio.to_thread.run_sync(nats_cluster.start, leader)
        info = await one.stream_info()

    assert refusals, "nobody has noticed"
    numbers = [int(body) for body in dict.fromkeys(received)]
    assert [*range(MESSAGES)] == sorted(numbers)
    late = [number for place, number in enumerate(numbers) if number < max(numbers[: place + 1])]
    assert len(late) <= 1, late
    assert info is not None
    assert (MESSAGES, 0) == (info.state.last_seq, info.state.messages)
