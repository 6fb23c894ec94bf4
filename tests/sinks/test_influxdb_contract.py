"""What the InfluxDB sink promises, against doubles of three versions and against real servers."""

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from attrs import evolve

from tests.sinks.influx_targets import ALL_TARGETS, STRICT_TARGETS, Target
from trio_ingest.config.common import Secret
from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.delivery.writer import Writer
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.outcome import Accepted, Refused, TryLater
from trio_ingest.sinks.influx_request import ENCODINGS
from trio_ingest.sinks.influxdb import open_influxdb_sink
from trio_ingest.spool.memory import MemorySpool

OpenTarget = Callable[[], AbstractAsyncContextManager[Target]]
NOW_MS = 1_790_000_000_123
NOW_NS = NOW_MS * 10**6


def batch_of(*lines: str, encoding: Encoding = Encoding.LINE_PROTOCOL_MS) -> Batch:
    encoded = [line.encode() for line in lines]
    return Batch.of_lines(encoded, encoding=encoding, first=0, last=0)


@pytest.fixture
def measurement(request: pytest.FixtureRequest) -> str:
    """A measurement that no other test writes to."""
    name = request.node.originalname
    return f"{name}_{random.Random().randrange(10**9)}"


@pytest.fixture(params=STRICT_TARGETS)
def open_strict_target(request: pytest.FixtureRequest) -> OpenTarget:
    return request.param(request.getfixturevalue)


@pytest.fixture(params=ALL_TARGETS)
def open_target(request: pytest.FixtureRequest) -> OpenTarget:
    return request.param(request.getfixturevalue)


@pytest.fixture
async def strict_target(open_strict_target: OpenTarget) -> AsyncGenerator[Target]:
    """A server that says which lines it does not take."""
    async with open_strict_target() as target:
        yield target


@pytest.fixture
async def target(open_target: OpenTarget) -> AsyncGenerator[Target]:
    """Any server."""
    async with open_target() as target:
        yield target


async def deliver(target: Target, batch: Batch) -> MemorySpool:
    """Let a writer bring *batch* to the target, and return the emptied spool."""
    spool = MemorySpool()
    await spool.append(batch)
    spool.seal()
    async with open_influxdb_sink(target.config) as sink:
        await Writer(name="influx").run(spool, sink)
    assert spool.statistics().batches == 0
    return spool


async def test_a_batch_is_stored(target: Target, measurement: str) -> None:
    """What was accepted can be read again, with its tags and at its time."""
    batch = batch_of(f"{measurement},room=hall value=21.5,power=3 {NOW_MS}")

    async with open_influxdb_sink(target.config) as sink:
        outcome = await sink.write(batch)

    assert outcome == Accepted()
    assert target.rows(measurement) == {NOW_NS: {"room": "hall", "value": 21.5, "power": 3}}


async def test_a_batch_is_stored_without_gzip(target: Target, measurement: str) -> None:
    """With `gzip = false` the body is sent as plain text."""
    async with open_influxdb_sink(evolve(target.config, gzip=False)) as sink:
        outcome = await sink.write(batch_of(f"{measurement} value=1 {NOW_MS}"))

    assert outcome == Accepted()
    assert target.rows(measurement) == {NOW_NS: {"value": 1}}


async def test_unicode_arrives(target: Target, measurement: str) -> None:
    """Tags may be in any script, with blanks and commas."""
    batch = batch_of(rf"{measurement},room=寝室\,\ Küche value=1 {NOW_MS}")

    async with open_influxdb_sink(target.config) as sink:
        outcome = await sink.write(batch)

    assert outcome == Accepted()
    assert target.rows(measurement) == {NOW_NS: {"room": "寝室, Küche", "value": 1}}


async def test_strings_arrive(strict_target: Target, measurement: str) -> None:
    """String fields keep quotation marks, backslashes and emoji."""
    batch = batch_of(rf'{measurement} state="a \"b\" \\ 🌡 é" {NOW_MS}')

    async with open_influxdb_sink(strict_target.config) as sink:
        outcome = await sink.write(batch)

    assert outcome == Accepted()
    assert strict_target.rows(measurement) == {NOW_NS: {"state": 'a "b" \\ 🌡 é'}}


@pytest.mark.parametrize(
    ("precision", "stamp", "nanoseconds"),
    [
        (Precision.NS, 1_790_000_000_123_456_789, 1_790_000_000_123_456_789),
        (Precision.US, 1_790_000_000_123_457, 1_790_000_000_123_457_000),
        (Precision.MS, 1_790_000_000_124, 1_790_000_000_124_000_000),
        (Precision.S, 1_790_000_001, 1_790_000_001_000_000_000),
    ],
)
async def test_precision_is_exact(
    strict_target: Target, measurement: str, precision: Precision, stamp: int, nanoseconds: int
) -> None:
    """A timestamp means what its batch says, whatever the configuration says by now."""
    batch = batch_of(f"{measurement} value=1 {stamp}", encoding=ENCODINGS[precision])

    for configured in Precision:
        async with open_influxdb_sink(evolve(strict_target.config, precision=configured)) as sink:
            assert await sink.write(batch) == Accepted()

    assert strict_target.rows(measurement) == {nanoseconds: {"value": 1}}


async def test_to_send_again_changes_nothing(strict_target: Target, measurement: str) -> None:
    """A batch that is sent twice, because an answer was lost, is stored once."""
    batch = batch_of(f"{measurement} value=1 {NOW_MS}", f"{measurement} value=2 {NOW_MS + 1}")

    async with open_influxdb_sink(strict_target.config) as sink:
        await sink.write(batch)
        once = strict_target.rows(measurement)
        await sink.write(batch)

    assert strict_target.rows(measurement) == once
    assert len(once) == 2


async def test_check_writes_nothing_and_accepts(target: Target) -> None:
    """A check goes as far as a write would, with an empty body."""
    async with open_influxdb_sink(target.config) as sink:
        outcome = await sink.check()

    assert outcome == Accepted()


async def test_a_wrong_credential_keeps_the_batch(target: Target, measurement: str) -> None:
    """Someone has to look; nothing is lost meanwhile, and `check` says the same."""
    config = evolve(target.config, secret=Secret(value="not-the-right-one"))

    async with open_influxdb_sink(config) as sink:
        outcome = await sink.write(batch_of(f"{measurement} value=1 {NOW_MS}"))
        checked = await sink.check()

    assert isinstance(outcome, TryLater)
    assert outcome.needs_operator
    assert outcome.reason.startswith("HTTP 401: ")
    assert checked == outcome
    assert target.rows(measurement) == {}


async def test_a_missing_database_keeps_the_batch(strict_target: Target, measurement: str) -> None:
    """Where databases are not made by writing to them, someone has to make it."""
    config = evolve(strict_target.config, database="nowhere", bucket="nowhere")

    async with open_influxdb_sink(config) as sink:
        outcome = await sink.write(batch_of(f"{measurement} value=1 {NOW_MS}"))

    if strict_target.creates_databases:
        assert outcome == Accepted()
    else:
        assert isinstance(outcome, TryLater)
        assert outcome.needs_operator
        assert outcome.reason.startswith(("HTTP 404: ", "HTTP 403: "))


async def test_bad_lines_cost_themselves_only(strict_target: Target, measurement: str) -> None:
    """The good lines are stored, and the bad ones quarantined with the server's own words."""
    bad = ["this is bad", f"{measurement} value=3u {NOW_MS}", f"{measurement},room='': x value=y 1"]
    good = [f"{measurement},room=it's value={number} {NOW_MS + number}" for number in range(7)]
    batch = batch_of(*good[:3], bad[0], *good[3:6], *bad[1:], good[6])

    spool = await deliver(strict_target, batch)

    assert [refused.line.decode() for refused in spool.quarantine] == bad
    assert all(refused.reason.startswith("invalid ") for refused in spool.quarantine)
    assert {row["value"] for row in strict_target.rows(measurement).values()} == set(range(7))


async def test_a_batch_of_nothing_but_bad_lines(strict_target: Target) -> None:
    """All of it is quarantined, and the batch is done with."""
    spool = await deliver(strict_target, batch_of("bad one", "bad two"))

    assert [refused.line for refused in spool.quarantine] == [b"bad one", b"bad two"]


async def test_a_type_conflict_costs_its_line_only(strict_target: Target, measurement: str) -> None:
    """A field that has another type already is found, though most servers do not say where."""
    numbers = range(5)
    good = [f"{measurement} value={number} {NOW_MS + number}" for number in numbers]
    conflict = f'{measurement} value="a string" {NOW_MS + 5}'

    spool = await deliver(strict_target, batch_of(*good[:2], conflict, *good[2:]))

    assert [refused.line.decode() for refused in spool.quarantine] == [conflict]
    assert "type" in spool.quarantine[0].reason
    assert {row["value"] for row in strict_target.rows(measurement).values()} == set(numbers)


async def test_a_type_conflict_costs_one_field(strict_target: Target, measurement: str) -> None:
    """What else is in the line is stored; each field that has another type already is quarantined."""
    first = f"{measurement},room=a b=1,c=1 {NOW_MS}"
    both = f'{measurement},room=a a="kept",b="no",c="neither",d=4 {NOW_MS + 1}'
    one = f'{measurement},room=a b="not this",e="but this" {NOW_MS + 2}'

    spool = await deliver(strict_target, batch_of(first, both, one))

    assert [refused.line.decode() for refused in spool.quarantine] == [
        f'{measurement},room=a b="no" {NOW_MS + 1}',
        f'{measurement},room=a c="neither" {NOW_MS + 1}',
        f'{measurement},room=a b="not this" {NOW_MS + 2}',
    ]
    assert all("type" in refused.reason for refused in spool.quarantine)
    assert strict_target.rows(measurement) == {
        NOW_NS: {"room": "a", "b": 1, "c": 1},
        NOW_NS + 10**6: {"room": "a", "a": "kept", "d": 4},
        NOW_NS + 2 * 10**6: {"room": "a", "e": "but this"},
    }


async def test_a_batch_that_is_too_large_is_parted(strict_target: Target, measurement: str) -> None:
    """All lines arrive, though together they were more than the server takes in one body."""
    noise = random.Random(1)
    batch = batch_of(
        *(f'{measurement} text="{noise.randbytes(500).hex()}" {NOW_MS + n}' for n in range(300))
    )
    async with open_influxdb_sink(strict_target.config) as sink:
        outcome = await sink.write(batch)

    spool = await deliver(strict_target, batch)

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("HTTP 413: ")
    assert outcome.bad_lines == {}
    assert spool.quarantine == []
    assert len(strict_target.rows(measurement)) == 300


async def test_lines_for_another_sink_are_not_sent(target: Target) -> None:
    """A batch of rows, for the embedded database, is refused line by line without a request."""
    spool = await deliver(target, batch_of("[1]", "[2]", encoding=Encoding.ROWS))

    assert [refused.line for refused in spool.quarantine] == [b"[1]", b"[2]"]
    assert "line protocol" in spool.quarantine[0].reason
