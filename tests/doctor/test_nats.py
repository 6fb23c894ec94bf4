"""The doctor at a stream."""

import pytest
from attrs import evolve

from tests.doctor.findings import not_ok, statuses, the
from tests.support.nats import NatsServer
from trio_ingest.config.common import Secret
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.config.sink_model import BatchConfig
from trio_ingest.doctor.finding import About
from trio_ingest.doctor.nats import check_nats, judge_stream
from trio_ingest.jetstream.api import (
    ClusterInfo,
    Discard,
    Peer,
    Retention,
    StreamConfig,
    StreamInfo,
    StreamState,
)
from trio_ingest.jetstream.client import open_jetstream
from trio_ingest.jetstream.setup import Wanted, new_consumer, new_stream

CONFIG = NatsSinkConfig(name="north", servers=(), stream="DOCTOR", subject="ha.lp.north")
GOOD = new_stream(Wanted(stream="DOCTOR", subject="ha.lp.north"), has_cluster=False)
MIB = 1024 * 1024


@pytest.fixture
def config(nats_server: NatsServer) -> NatsSinkConfig:
    return evolve(CONFIG, servers=(nats_server.url,))


@pytest.mark.servers
async def test_a_stream_is_missing_and_made(config: NatsSinkConfig) -> None:
    """Before setup it fails with that advice, after it all is well; nothing is changed by looking."""
    before = await check_nats(config)
    again = await check_nats(config)
    async with open_jetstream(config, "test") as jetstream:
        await jetstream.create_stream(
            StreamConfig(
                name="DOCTOR",
                subjects=GOOD.subjects,
                retention=Retention.WORK_QUEUE,
                discard=Discard.NEW,
                max_bytes=MIB,
            )
        )
        no_readers = await check_nats(config)
        await jetstream.create_consumer(new_consumer(Wanted(stream="DOCTOR")))
        after = await check_nats(config)

    assert {"stream": "failed"} == not_ok(before) == not_ok(again)
    assert "nats setup" in the("stream", before).advice
    assert {"readers": "warning"} == not_ok(no_readers)
    assert {} == not_ok(after)
    assert {
        "reachable", "credentials", "stream", "copies", "room", "readers", "message_size"
    } == statuses(after).keys()  # fmt: skip


@pytest.mark.servers
async def test_a_server_that_is_away(config: NatsSinkConfig) -> None:
    """It is one finding, and what to look at."""
    found = await check_nats(evolve(config, servers=("nats://127.0.0.1:1",)))
    tls = await check_nats(
        evolve(
            config,
            servers=(config.servers[0].replace("nats:", "tls:"),),
            token=Secret(value="a-secret"),
        )
    )

    assert {"reachable": "failed"} == statuses(found)
    assert "Connection refused" in the("reachable", found).what
    assert {"credentials": "failed"} == statuses(tls)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"subjects": ("other.>",)}, {"stream": "failed"}),
        ({"max_bytes": 1000}, {"room": "warning"}),
        ({"max_msg_size": 1000}, {"message_size": "warning"}),
        ({"num_replicas": 3}, {"copies": "warning"}),
    ],
)
def test_judgement(changes: dict[str, object], expected: dict[str, str]) -> None:
    """Each thing that is wrong is one finding."""
    info = StreamInfo(
        config=StreamConfig(
            name="DOCTOR", **{"subjects": ("ha.>",), "discard": Discard.NEW} | changes
        ),
        state=StreamState(messages=1, bytes=900, consumer_count=1),
        cluster=ClusterInfo(leader="a", replicas=(Peer(name="b", current=True), Peer(name="c"))),
    )
    config = evolve(CONFIG, batch=BatchConfig(max_bytes=4 * MIB))

    found = list(judge_stream(About("sink.north"), config, info, MIB))

    assert expected == not_ok(found)
