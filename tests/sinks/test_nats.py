"""What the NATS sink promises, against a real server."""

import random
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import trio
from attrs import evolve

from tests.support.nats import NatsServer, running_nats
from trio_ingest.config.common import Secret
from trio_ingest.config.line_protocol_model import Precision, Schema
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.delivery.writer import Writer
from trio_ingest.jetstream.api import Discard, Retention, StreamConfig
from trio_ingest.jetstream.client import JetStream, open_jetstream
from trio_ingest.jetstream.envelope import batch_of
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.outcome import Accepted, Refused, TryLater
from trio_ingest.sinks.nats import open_nats_sink
from trio_ingest.spool.memory import MemorySpool

pytestmark = pytest.mark.servers

NOW = 1_790_000_000_000_123
TOKEN = "the-token-of-the-server"


def lines_at(*instants: int, encoding: Encoding = Encoding.LINE_PROTOCOL_US) -> Batch:
    return Batch.of_lines(
        [f"sensor,entity_id=sensor.a value=1 {instant}".encode() for instant in instants],
        encoding=encoding,
        first=min(instants),
        last=max(instants),
        homes=("north",),
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[NatsServer]:
    """A server that asks for a token, and takes messages of up to 20 kB."""
    settings = f'authorization {{ token: "{TOKEN}" }}\nmax_payload: 20000'
    with running_nats(tmp_path_factory.mktemp("nats"), settings) as server:
        yield server


@pytest.fixture
def config(server: NatsServer) -> NatsSinkConfig:
    """A sink that publishes to a stream of its own."""
    number = random.Random().randrange(10**9)
    return NatsSinkConfig(
        name="north",
        servers=(server.url,),
        stream=f"S{number}",
        subject=f"ha.lp.{number}",
        token=Secret(value=TOKEN),
        timeout=2.0,
    )


@pytest.fixture
async def stream(config: NatsSinkConfig) -> AsyncGenerator[JetStream]:
    """That stream, and somebody who looks at it."""
    async with open_jetstream(config, "test") as jetstream:
        await jetstream.create_stream(
            StreamConfig(
                name=config.stream,
                subjects=(config.subject,),
                retention=Retention.WORK_QUEUE,
                discard=Discard.NEW,
            )
        )
        yield jetstream


async def stored_in(stream: JetStream) -> list[Batch]:
    """Return the batches in the stream, in order."""
    info = await stream.stream_info()
    assert info is not None
    return [
        batch_of(message.body, message.headers)
        for number in range(1, info.state.last_seq + 1)
        if (message := await stream.message(number)) is not None
    ]


async def test_a_batch_is_stored_as_it_lies(config: NatsSinkConfig, stream: JetStream) -> None:
    """What was accepted is in the stream: the same bytes, and all that is known of them."""
    batch = lines_at(NOW, NOW + 1)

    async with open_nats_sink(evolve(config, schema=Schema.HOMEIQ)) as sink:
        outcome = await sink.write(batch)

    assert outcome == Accepted()
    assert [batch] == await stored_in(stream)
    message = await stream.message(1)
    assert message is not None
    assert config.subject == message.subject
    assert batch.body == message.body
    headers = dict(message.headers)
    assert headers.pop("Nats-Msg-Id")
    assert {
        "Content-Encoding": "gzip",
        "Nats-Expected-Stream": config.stream,
        "Trio-Ingest-Encoding": "line-protocol/us",
        "Trio-Ingest-Schema": "homeiq",
        "Trio-Ingest-Points": "2",
        "Trio-Ingest-Raw-Bytes": str(batch.raw_bytes),
        "Trio-Ingest-Crc32": f"{batch.crc32:08x}",
        "Trio-Ingest-First": str(NOW),
        "Trio-Ingest-Last": str(NOW + 1),
        "Trio-Ingest-Homes": "north",
    } == headers


async def test_the_unit_is_what_the_batch_says(config: NatsSinkConfig, stream: JetStream) -> None:
    """Whatever the configuration says by now."""
    batch = lines_at(NOW, encoding=Encoding.LINE_PROTOCOL_S)

    async with open_nats_sink(evolve(config, precision=Precision.NS)) as sink:
        assert Accepted() == await sink.write(batch)

    assert [batch] == await stored_in(stream)


async def test_to_send_again_changes_nothing(config: NatsSinkConfig, stream: JetStream) -> None:
    """A batch that is sent twice, because an answer was lost, is stored once, also by another."""
    batch = lines_at(NOW)

    for _ in range(2):
        async with open_nats_sink(config) as sink:
            assert Accepted() == await sink.write(batch)

    assert [batch] == await stored_in(stream)


async def test_a_batch_that_is_too_large_is_parted(
    config: NatsSinkConfig, stream: JetStream
) -> None:
    """All lines arrive, though together they were more than the server takes in one message."""
    noise = random.Random(1)
    lines = [f'm text="{noise.randbytes(100).hex()}" {NOW + n}'.encode() for n in range(400)]
    batch = Batch.of_lines(lines, encoding=Encoding.LINE_PROTOCOL_US, first=NOW, last=NOW + 399)
    spool = MemorySpool()
    await spool.append(batch)
    spool.seal()

    async with open_nats_sink(config) as sink:
        outcome = await sink.write(batch)
        await Writer(name="north").run(spool, sink)

    assert isinstance(outcome, Refused)
    assert outcome.bad_lines == {}
    assert [] == spool.quarantine
    stored = await stored_in(stream)
    assert len(stored) > 1
    assert lines == [line for each in stored for line in each.lines()]


async def test_without_a_stream_someone_has_to_look(config: NatsSinkConfig) -> None:
    """It is said what would help; nothing is lost meanwhile."""
    async with open_nats_sink(config) as sink:
        outcome = await sink.write(lines_at(NOW))

    assert isinstance(outcome, TryLater)
    assert outcome.needs_operator
    assert outcome.reason.startswith(f"there is no stream {config.stream}; trio-ingest nats setup")


async def test_a_wrong_token_needs_someone_and_a_right_one_helps(
    config: NatsSinkConfig, stream: JetStream, tmp_path: Path
) -> None:
    """The file is read again with each try, and what is in it is not said."""
    file = tmp_path / "token"
    file.write_text("a-wrong-one")

    async with open_nats_sink(evolve(config, token=Secret(file=file))) as sink:
        outcome = await sink.write(lines_at(NOW))
        file.unlink()
        unreadable = await sink.write(lines_at(NOW))
        file.write_text(TOKEN)
        after = await sink.write(lines_at(NOW))

    assert isinstance(outcome, TryLater)
    assert outcome.needs_operator
    assert "Authorization Violation" in outcome.reason
    assert "a-wrong-one" not in outcome.reason
    assert isinstance(unreadable, TryLater)
    assert unreadable.needs_operator
    assert Accepted() == after


async def test_weather(config: NatsSinkConfig, stream: JetStream, server: NatsServer) -> None:
    """Nobody listens: try later. When the server is back, the same sink goes on."""
    async with open_nats_sink(config) as sink:
        assert Accepted() == await sink.write(lines_at(NOW))
        server.kill()
        outcome = await sink.write(lines_at(NOW + 1))
        await trio.to_thread.run_sync(server.start)
        after = await sink.write(lines_at(NOW + 1))

    assert isinstance(outcome, TryLater)
    assert not outcome.needs_operator
    assert Accepted() == after
    assert [lines_at(NOW), lines_at(NOW + 1)] == await stored_in(stream)


async def test_a_server_that_comes_later(
    config: NatsSinkConfig, stream: JetStream, server: NatsServer
) -> None:
    """The sink opens without a server, and begins when there is one."""
    await stream.stream_info()
    server.kill()
    async with open_nats_sink(config) as sink:
        outcome = await sink.write(lines_at(NOW))
        await trio.to_thread.run_sync(server.start)
        after = await sink.write(lines_at(NOW))

    assert isinstance(outcome, TryLater)
    assert Accepted() == after


async def test_lines_for_another_sink_are_not_sent(config: NatsSinkConfig) -> None:
    """A batch of rows, for the embedded database, is refused line by line without a server."""
    async with open_nats_sink(evolve(config, servers=("nats://127.0.0.1:1",))) as sink:
        outcome = await sink.write(lines_at(NOW, NOW + 1, encoding=Encoding.ROWS))

    assert isinstance(outcome, Refused)
    assert {0, 1} == outcome.bad_lines.keys()
