"""The doctor at the stream of a relay, and what setting up makes of its file."""

from pathlib import Path

import pytest
import trio
from click.testing import CliRunner

from tests.doctor.findings import not_ok, statuses, the
from tests.support.nats import NatsServer, free_ports
from trio_ingest.cli import main
from trio_ingest.config.relay_model import RelayConfig
from trio_ingest.doctor.relay import check_relay, judge_consumer
from trio_ingest.jetstream.api import NANOSECONDS, AckPolicy, ConsumerConfig, ConsumerInfo
from trio_ingest.jetstream.client import open_jetstream
from trio_ingest.jetstream.setup import ACK_WAIT_SECONDS, MAX_ACK_PENDING

GOOD = ConsumerInfo(
    name="writers",
    config=ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=60 * NANOSECONDS),
    num_pending=7,
    num_ack_pending=1,
)


@pytest.mark.servers
async def test_what_is_missing_is_made(nats_server: NatsServer, tmp_path: Path) -> None:
    """Setting up takes the file of a relay, and gives the consumer what that says."""
    config = RelayConfig(servers=(nats_server.url,), stream="RELAY", consumer="loft", ack_wait=40.0)
    file = tmp_path / "relay.toml"
    file.write_text(f"""
        [relay]
        servers = ["{nats_server.url}"]
        stream = "RELAY"
        consumer = "loft"
        ack_wait = "40s"
        max_ack_pending = 77
        [sink.influx]
        kind = "influxdb"
        api = "v1"
        url = "http://127.0.0.1:1"
        database = "home"
    """)
    before = await check_relay(config, 30.0)

    command = ["nats", "setup", "--config", str(file)]
    done = [
        await trio.to_thread.run_sync(CliRunner().invoke, main, [*command, *more])
        for more in (("--max-bytes", "1 MiB"), ("--check",))
    ]

    after = await check_relay(config, 30.0)
    async with open_jetstream(config, "test") as jetstream:
        consumer = await jetstream.consumer_info("loft")
    assert [0, 0] == [each.exit_code for each in done], [each.output for each in done]
    assert "consumer loft: created" in done[0].output
    assert {"stream": "failed"} == not_ok(before)
    assert {} == not_ok(after)
    assert {
        "reachable", "credentials", "stream", "copies", "room", "consumer", "ack_wait", "pending"
    } == statuses(after).keys()  # fmt: skip
    assert consumer is not None
    assert (40 * NANOSECONDS, 77) == (consumer.config.ack_wait, consumer.config.max_ack_pending)


async def test_nobody_answers() -> None:
    """That is all that there is to say then."""
    url = f"nats://127.0.0.1:{free_ports(1)[0]}"

    found = await check_relay(RelayConfig(servers=(url,)), 30.0)

    assert {"reachable": "failed"} == not_ok(found)


def test_a_consumer() -> None:
    """It says what waits; one that gives up too early, or is of another kind, is said."""
    good = [*judge_consumer(GOOD, 30.0)]
    early = [*judge_consumer(GOOD, 60.0)]
    other = ConsumerInfo(name="writers", config=ConsumerConfig(ack_wait=60 * NANOSECONDS))

    assert {} == not_ok(good)
    assert "7 messages wait, and 1 message are in" in the("pending", good).what
    assert {"ack_wait": "warning"} == not_ok(early)
    assert {"consumer": "failed"} == not_ok([*judge_consumer(other, 30.0)])


def test_both_mean_the_same() -> None:
    """Without a word of it a consumer is as a relay would have it."""
    usual = RelayConfig(servers=())

    assert (ACK_WAIT_SECONDS, MAX_ACK_PENDING) == (usual.ack_wait, usual.max_ack_pending)
