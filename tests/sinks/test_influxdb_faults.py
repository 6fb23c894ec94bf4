"""The bad days of a server, and what the sink makes of them. Real sockets, so the real clock."""

import logging
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path

import pytest
import trio
import trustme
from attrs import evolve

from tests.sinks.influx_targets import V1, V2
from tests.support.influx_double import (
    GARBLED,
    HANG,
    RESET,
    WEB_PAGE,
    Answer,
    Fault,
    InfluxDouble,
    open_influx_double,
)
from tests.support.servers import free_port
from trio_ingest.config.common import Secret
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.delivery.writer import Writer
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.outcome import Accepted, Refused, TryLater
from trio_ingest.sinks.influx_bucket import Bucket, BucketUnseen, NoBucket, find_bucket
from trio_ingest.sinks.influx_request import read_authorization
from trio_ingest.sinks.influxdb import open_influxdb_sink
from trio_ingest.sinks.late_influxdb import open_late_influxdb_sink
from trio_ingest.sinks.sink import Sink
from trio_ingest.spool.memory import MemorySpool

BATCH = Batch.of_lines([b"m v=1 1"], encoding=Encoding.LINE_PROTOCOL_US, first=1, last=1)
TOKEN = "a-token-that-nobody-may-see"
OpenSink = Callable[[InfluxSinkConfig], AbstractAsyncContextManager[Sink]]


@pytest.fixture
async def double() -> AsyncGenerator[InfluxDouble]:
    """An InfluxDB 2 that knows TOKEN."""
    server = InfluxDouble(api=V2.api, authorization=f"Token {TOKEN}")
    async with open_influx_double(server):
        yield server


@pytest.fixture
def config(double: InfluxDouble, tmp_path: Path) -> InfluxSinkConfig:
    """A sink for `double`, with the token in a file."""
    file = tmp_path / "influx.token"
    file.write_text(f"{TOKEN}\n")
    return evolve(V2, url=double.url, secret=Secret(file=file))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Answer(503), TryLater(reason="HTTP 503: Service Unavailable")),
        (
            Answer(429, b'{"message": "quota"}', [("Retry-After", "7")]),
            TryLater(reason="HTTP 429: quota", retry_after_seconds=7),
        ),
        (
            Answer(400, b"<html>HTTPS please</html>"),
            TryLater(reason="HTTP 400: a web page", needs_operator=True),
        ),
    ],
)
async def test_one_bad_answer(
    double: InfluxDouble, config: InfluxSinkConfig, fault: Answer, expected: TryLater
) -> None:
    """A passing fault keeps the batch, which is taken at the next try."""
    double.faults.append(fault)

    async with open_influxdb_sink(config) as sink:
        first = await sink.write(BATCH)
        second = await sink.write(BATCH)

    assert first == expected
    assert second == Accepted()


async def test_a_web_page_is_no_success(double: InfluxDouble, config: InfluxSinkConfig) -> None:
    """An InfluxDB 2 that is spoken to as if it were a 3 answers 200 and stores nothing."""
    double.faults.append(WEB_PAGE)

    async with open_influxdb_sink(config) as sink:
        outcome = await sink.write(BATCH)

    assert isinstance(outcome, TryLater)
    assert outcome.needs_operator
    assert double.points == {}


async def test_a_server_that_hangs_is_not_waited_for(
    double: InfluxDouble, config: InfluxSinkConfig
) -> None:
    """After `timeout` the batch is tried again, on another connection."""
    double.faults.append(HANG)

    async with open_influxdb_sink(evolve(config, timeout=0.2)) as sink:
        first = await sink.write(BATCH)
    async with open_influxdb_sink(config) as sink:
        second = await sink.write(BATCH)

    assert first == TryLater(reason=f"{double.url}: no answer within 0.2 s")
    assert second == Accepted()


async def test_a_broken_connection_is_weather(
    double: InfluxDouble, config: InfluxSinkConfig
) -> None:
    """A server that closes in the middle may have stored the batch or not: it is sent again."""
    double.faults.append(RESET)

    async with open_influxdb_sink(config) as sink:
        first = await sink.write(BATCH)
        second = await sink.write(BATCH)

    assert first == TryLater(
        reason=f"{double.url}: Server disconnected without sending a response."
    )
    assert second == Accepted()


@pytest.mark.parametrize(
    ("line", "answers", "expected"),
    [
        (b'm a="\0" 1', [GARBLED, Answer(204), GARBLED], Refused),
        (b'm a="\0" 1', [GARBLED, Answer(204), Answer(204)], Accepted),
        (b'm a="\0" 1', [GARBLED, Answer(503)], TryLater),
        (b'm a="\0" 1', [GARBLED, GARBLED], TryLater),
        (b'm a="\0" 1', [GARBLED, RESET], TryLater),
        (b'm a="\0" 1', [GARBLED, Answer(204), RESET], TryLater),
        (b'm a="\0" 1', [RESET], TryLater),
        (b'm a="b" 1', [GARBLED], TryLater),
    ],
)
async def test_an_answer_that_cannot_be_read(
    double: InfluxDouble,
    config: InfluxSinkConfig,
    line: bytes,
    answers: list[Fault],
    expected: type,
) -> None:
    """It is a refusal only of a batch that can have caused it, and that does so again while the
    server is well; whatever else may have caused it is weather, and the batch is kept."""
    double.faults += answers
    batch = Batch.of_lines([line], encoding=Encoding.LINE_PROTOCOL_US, first=1, last=1)

    async with open_influxdb_sink(config) as sink:
        outcome = await sink.write(batch)

    assert type(outcome) is expected
    assert len(double.requests) == len(answers)
    if isinstance(outcome, Refused):
        assert outcome.bad_lines == {}
        assert "X-Influxdb-Error" in outcome.reason


async def test_nobody_listens() -> None:
    """The reason says where and why, in the system's own words."""
    url = f"http://127.0.0.1:{free_port()}"

    async with open_influxdb_sink(evolve(V2, url=url)) as sink:
        outcome = await sink.write(BATCH)

    assert outcome == TryLater(reason=f"{url}: Connection refused")


async def test_a_host_that_does_not_exist() -> None:
    """The network may not be up yet: this is weather too."""
    async with open_influxdb_sink(evolve(V2, url="http://influx.invalid:8086")) as sink:
        outcome = await sink.write(BATCH)

    assert isinstance(outcome, TryLater)
    assert outcome.reason.startswith("http://influx.invalid:8086: ")
    assert not outcome.needs_operator


async def test_one_connection_serves_many_batches(
    double: InfluxDouble, config: InfluxSinkConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is kept alive."""
    opened = 0
    serve = InfluxDouble.serve

    async def counted(self: InfluxDouble, stream: trio.abc.Stream) -> None:
        nonlocal opened
        opened += 1
        await serve(self, stream)

    monkeypatch.setattr(InfluxDouble, "serve", counted)
    async with (
        open_influx_double(InfluxDouble(api=V2.api, authorization=f"Token {TOKEN}")) as counting,
        open_influxdb_sink(evolve(config, url=counting.url)) as sink,
    ):
        outcomes = [await sink.write(BATCH) for _ in range(5)]

    assert outcomes == [Accepted()] * 5
    assert opened == 1


async def test_a_new_token_works_without_a_restart(
    double: InfluxDouble, config: InfluxSinkConfig
) -> None:
    """After a refusal the file is read again before the next try."""
    assert config.secret is not None
    assert config.secret.file is not None
    async with open_influxdb_sink(config) as sink:
        before = await sink.write(BATCH)
        double.authorization = "Token the-new-one"
        revoked = await sink.write(BATCH)
        config.secret.file.unlink()
        gone = await sink.write(BATCH)
        config.secret.file.write_text("the-new-one")
        after = await sink.write(BATCH)

    assert before == after == Accepted()
    assert revoked == TryLater(reason="HTTP 401: unauthorized access", needs_operator=True)
    assert isinstance(gone, TryLater)
    assert gone.needs_operator
    assert str(config.secret.file) in gone.reason


@pytest.mark.parametrize("open_sink", [open_influxdb_sink, open_late_influxdb_sink])
@pytest.mark.parametrize("trusted", [True, False])
async def test_tls_is_verified(
    double: InfluxDouble, tmp_path: Path, open_sink: OpenSink, *, trusted: bool
) -> None:
    """A certificate of one's own authority works with `ca_file`; without it someone has to look,
    and `verify_tls = false` looks away."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    ca_file = tmp_path / "ca.pem" if trusted else None
    config = evolve(
        V2, url=f"https://127.0.0.1:{port}", secret=Secret(value=TOKEN), ca_file=ca_file
    )

    async def serve_tls() -> None:
        async with listener:
            while True:
                stream = trio.SSLStream(await listener.accept(), context, server_side=True)
                with suppress(trio.BrokenResourceError):  # the client does not trust us
                    await double.serve(stream)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_tls)
        async with open_sink(config) as sink:
            outcome = await sink.write(BATCH)
        async with open_sink(evolve(config, verify_tls=False)) as sink:
            unverified = await sink.write(BATCH)
        nursery.cancel_scope.cancel(reason="the test is over")

    if trusted:
        assert outcome == Accepted()
    else:
        assert isinstance(outcome, TryLater)
        assert outcome.needs_operator
        assert "certificate verify failed" in outcome.reason
    assert unverified == Accepted()


@pytest.mark.parametrize("open_sink", [open_influxdb_sink, open_late_influxdb_sink])
async def test_an_authority_that_is_none(
    config: InfluxSinkConfig, tmp_path: Path, open_sink: OpenSink
) -> None:
    """It is said when the sink is opened, while whoever has started the daemon still looks."""
    (tmp_path / "ca.pem").write_text("no certificate")

    with pytest.raises(OSError):
        async with open_sink(evolve(config, ca_file=tmp_path / "ca.pem")):
            pass


async def test_secrets_stay_secret(
    double: InfluxDouble, config: InfluxSinkConfig, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong, and though the server repeats the token, nobody gets to see it."""
    caplog.set_level(logging.DEBUG, logger="trio_ingest")  # httpx and httpcore are kept quiet
    echo = f'{{"message": "unable to parse \'m v=1 1\': not with {TOKEN}"}}'.encode()
    double.faults += [
        Answer(401, echo),
        Answer(400, echo),
        Answer(503, TOKEN.encode()),
        Answer(302, headers=[("Location", f"http://db/?p={TOKEN}")]),
        Answer(301, headers=[("Location", f"http://db/{TOKEN}/")]),
        Answer(418, b"x" * 480 + TOKEN.encode()),
        RESET,
    ]
    seen = []

    async with open_influxdb_sink(config) as sink:
        while double.faults:
            seen.append(repr(await sink.write(BATCH)))
        await sink.write(BATCH)
        seen.append(repr(sink))
        spool, writer = MemorySpool(), Writer(name="influx")
        await spool.append(BATCH)
        spool.seal()
        double.faults.append(Answer(401, echo))
        await writer.run(spool, sink)
        seen += [repr(writer), repr(writer.statistics())]
    seen.append(repr(config))
    seen.append(
        repr(await trio.to_thread.run_sync(find_bucket, config, read_authorization(config)))
    )

    assert "not with ***" in seen[0]
    assert len(caplog.records) > 0
    for text in [*seen, *(record.getMessage() for record in caplog.records)]:
        assert TOKEN[:8] not in text


async def test_the_bucket_is_found(double: InfluxDouble, config: InfluxSinkConfig) -> None:
    """`doctor` hears how long the bucket keeps data, or why it does not hear it."""

    async def find(**changes: object) -> object:
        changed = evolve(config, **changes)
        return await trio.to_thread.run_sync(find_bucket, changed, read_authorization(changed))

    there = await find()
    missing = await find(bucket="nowhere")
    double.authorization = "Token another"
    denied = await find()
    away = await find(url=f"http://127.0.0.1:{free_port()}")

    assert there == Bucket(retention_seconds=720 * 3600)
    assert missing == NoBucket()
    assert denied == BucketUnseen(why="HTTP 401: unauthorized access")
    assert isinstance(away, BucketUnseen)
    assert "refused" in away.why


async def test_the_credential_reaches_the_server(
    double: InfluxDouble, config: InfluxSinkConfig
) -> None:
    """The request says who asks and how the body is packed."""
    async with open_influxdb_sink(config) as sink:
        await sink.write(BATCH)
        await sink.check()

    write, check = double.requests
    assert write.headers["authorization"] == read_authorization(config)
    assert write.headers["user-agent"].startswith("trio-ingest/")
    assert write.headers["content-encoding"] == "gzip"
    assert write.body == BATCH.body
    assert check.body == b""


async def test_no_proxy_leads_to_this_machine(
    double: InfluxDouble, config: InfluxSinkConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy in the environment is for the servers of others."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")

    async with open_influxdb_sink(config) as sink:
        here = await sink.write(BATCH)
    async with open_influxdb_sink(evolve(V1, url="http://influx.invalid")) as sink:
        elsewhere = await sink.write(BATCH)

    assert here == Accepted()
    assert isinstance(elsewhere, TryLater)
    assert elsewhere.reason.endswith("Connection refused")
