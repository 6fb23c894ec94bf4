"""The writer in virtual time: when it tries, what it keeps, and what it says."""

import logging
import sqlite3
import zlib
from collections.abc import Sequence

import pytest
import trio
import trio.testing
from attrs import define, evolve, field
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.delivery.scripted import ScriptedSink, batch_of, refuse_if_any, refuse_strings_in
from trio_ingest.backoff import Backoff
from trio_ingest.delivery.writer import Writer
from trio_ingest.model.batch import Batch
from trio_ingest.model.gap import Gap, GapReason
from trio_ingest.model.outcome import Accepted, Outcome, Refused, TryLater
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.spool.memory import MemorySpool

AWAY = TryLater(reason="http://db:8086: Connection refused")
DENIED = TryLater(reason="HTTP 401: authorization failed", needs_operator=True)


def exact_writer() -> Writer:
    """Return a writer that always waits as long as it may."""

    def longest(_shortest: float, longest: float) -> float:
        return longest

    return Writer(
        name="influx",
        weather=Backoff(draw=longest),
        operator=Backoff(first_seconds=60, longest_seconds=60, draw=longest),
    )


async def sealed_after(spool: MemorySpool, seconds: float) -> None:
    await trio.sleep(seconds)
    spool.seal()


async def deliver(spool: MemorySpool, sink: ScriptedSink, *batches: Sequence[bytes]) -> Writer:
    """Run a writer over *batches* until all of them are settled."""
    for lines in batches:
        await spool.append(batch_of(*lines))
    writer = exact_writer()
    with trio.fail_after(3600):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.run, spool, sink)
            while spool.statistics().batches:
                await trio.sleep(0.5)
            spool.seal()
    return writer


async def test_batches_arrive_in_order(autojump_clock: trio.testing.MockClock) -> None:
    """What went into the spool first reaches the sink first, and then leaves the spool."""
    spool, sink = MemorySpool(), ScriptedSink()

    writer = await deliver(spool, sink, [b"1", b"2"], [b"3"], [b"4"])

    assert sink.stored == [b"1", b"2", b"3", b"4"]
    assert writer.statistics().written_points == 4
    assert writer.statistics().written_batches == 3
    assert writer.statistics().last_success == 0


async def test_tries_come_at_growing_distances(autojump_clock: trio.testing.MockClock) -> None:
    """In bad weather the waits double from one second to a minute, and there is no last try."""
    sink = ScriptedSink([AWAY] * 9)

    writer = await deliver(MemorySpool(), sink, [b"1"])

    assert sink.times == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    assert sink.stored == [b"1"]
    assert writer.statistics().retries == 9


async def test_waits_are_short_again_after_a_success(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Each spell of bad weather begins with a short wait."""
    sink = ScriptedSink([AWAY, AWAY, Accepted(), AWAY, Accepted()])

    await deliver(MemorySpool(), sink, [b"1"], [b"2"])

    assert sink.times == [0, 1, 3, 3, 4]


async def test_retry_after_is_the_least_wait(autojump_clock: trio.testing.MockClock) -> None:
    """No try comes before the moment that the server named."""
    sink = ScriptedSink([TryLater(reason="HTTP 429: quota", retry_after_seconds=200), AWAY])

    await deliver(MemorySpool(), sink, [b"1"])

    assert sink.times == [0, 200, 202]


async def test_what_needs_an_operator_is_tried_slowly(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """A wrong token is not tried each second, but within a minute after it was mended."""
    spool, sink = MemorySpool(), ScriptedSink([DENIED, DENIED])

    await deliver(spool, sink, [b"1"])

    assert sink.times == [0, 60, 120]
    assert sink.stored == [b"1"]


async def test_the_slow_path_is_never_quick(autojump_clock: trio.testing.MockClock) -> None:
    """However the dice fall, a quarter of a minute passes between tries."""
    writer = Writer(name="influx", operator=Backoff(60, 60, draw=lambda low, _: low))
    spool, sink = MemorySpool(), ScriptedSink([DENIED])
    await spool.append(batch_of(b"1"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run, spool, sink)
        nursery.start_soon(sealed_after, spool, 20)

    assert sink.times == [0, 15]


async def test_statistics_tell_the_present_trouble(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """A problem shows while it lasts, and is gone with the first delivery."""
    spool, sink, writer = MemorySpool(), ScriptedSink([AWAY, DENIED]), exact_writer()
    await spool.append(batch_of(b"1"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run, spool, sink)
        await trio.sleep(0.5)
        first = writer.statistics()
        await trio.sleep(1)
        second = writer.statistics()
        await trio.sleep(60)
        third = writer.statistics()
        spool.seal()

    assert (first.last_problem, first.needs_operator) == (AWAY.reason, False)
    assert (second.last_problem, second.needs_operator) == (DENIED.reason, True)
    assert (third.last_problem, third.needs_operator) == (None, False)
    assert (first.written_points, second.written_points, third.written_points) == (0, 0, 1)
    assert third.last_success == 61


async def test_a_refused_batch_never_blocks_the_ones_behind_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """A bad line goes to the quarantine without a wait, and the next batch follows."""
    spool, sink = MemorySpool(), ScriptedSink(otherwise=refuse_if_any(lambda line: line == b"bad"))

    writer = await deliver(spool, sink, [b"1", b"bad", b"2"], [b"bad"], [b"3"])

    assert sink.stored == [b"1", b"2", b"3"]
    assert set(sink.times) == {0}
    assert spool.quarantine == [RefusedLine(line=b"bad", reason="bad line")] * 2
    assert writer.statistics().written_points == 3
    assert writer.statistics().quarantined_points == 2
    assert writer.statistics().written_batches == 2


async def test_a_batch_that_is_too_large_is_halved_until_it_fits(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """413 halves down to single lines; one that is still too large is quarantined."""

    def at_most_two_bytes(lines: list[bytes]) -> Outcome:
        small_enough = sum(map(len, lines)) <= 2
        return Accepted() if small_enough else Refused(reason="HTTP 413: too large")

    spool, sink = MemorySpool(), ScriptedSink(otherwise=at_most_two_bytes)

    await deliver(spool, sink, [b"1", b"2", b"3", b"4", b"large"])

    assert sink.stored == [b"1", b"2", b"3", b"4"]
    assert spool.quarantine == [RefusedLine(line=b"large", reason="HTTP 413: too large")]
    assert [lines for _, lines in sink.tries] == [
        [b"1", b"2", b"3", b"4", b"large"],
        [b"1", b"2"],
        [b"3", b"4", b"large"],
        [b"3"],
        [b"4", b"large"],
        [b"4"],
        [b"large"],
    ]


async def test_a_field_that_conflicts_costs_itself_only(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Its point is written without it and counts as written; the field is counted and kept."""
    spool, sink = MemorySpool(), ScriptedSink(otherwise=refuse_strings_in("ab"))

    writer = await deliver(spool, sink, [b"m a=1 1", b'm a="x",b="y",c=3 2', b"m a=2 3"])

    assert sink.stored == [b"m a=1 1", b"m c=3 2", b"m a=2 3"]
    assert spool.quarantine == [
        RefusedLine(line=b'm a="x" 2', reason="field type conflict: a"),
        RefusedLine(line=b'm b="y" 2', reason="field type conflict: b"),
    ]
    counts = writer.statistics()
    assert (counts.written_points, counts.quarantined_points) == (3, 0)
    assert counts.stripped_fields == 2
    [warning] = caplog.records
    assert warning.getMessage() == (
        "influx: some fields were refused and went to the quarantine, the rest of their points is "
        "written (2): field type conflict: a"
    )


async def test_a_point_of_which_nothing_is_left(autojump_clock: trio.testing.MockClock) -> None:
    """When the last field conflicts as well, the point counts as quarantined, its fields do not."""
    spool, sink = MemorySpool(), ScriptedSink(otherwise=refuse_strings_in("ab"))

    writer = await deliver(spool, sink, [b'm a="x",b="y" 1', b"m a=1 2"])

    assert sink.stored == [b"m a=1 2"]
    assert sorted(refused.line for refused in spool.quarantine) == [b'm a="x" 1', b'm b="y" 1']
    counts = writer.statistics()
    assert (counts.written_points, counts.quarantined_points) == (1, 1)
    assert counts.stripped_fields == 0


async def test_bad_weather_between_a_field_and_its_point(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """When the server goes away after it has refused the field, nothing is forgotten."""
    script = [
        Refused(reason="no", bad_lines={0: "no"}, conflicts={0: "a"}),
        AWAY,
    ]
    spool, sink = MemorySpool(), ScriptedSink(script)

    writer = await deliver(spool, sink, [b'm a="x",b=1 1'])

    assert sink.stored == [b"m b=1 1"]
    assert [refused.line for refused in spool.quarantine] == [b'm a="x" 1']
    assert writer.statistics().stripped_fields == 1


async def test_bad_weather_in_the_middle_of_narrowing(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """When the server goes away between two halves, the writer goes on with the second."""
    script = [Refused(reason="no"), Accepted(), AWAY, Accepted()]
    spool, sink = MemorySpool(), ScriptedSink(script)

    await deliver(spool, sink, [b"1", b"2"])

    assert [(time, lines) for time, lines in sink.tries] == [
        (0, [b"1", b"2"]),
        (0, [b"1"]),
        (0, [b"2"]),
        (1, [b"2"]),
    ]
    assert sink.stored == [b"1", b"2"]


async def test_to_seal_the_spool_cuts_a_wait_short(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """At the end the writer does not sit out the bad weather; the batch stays for next time."""
    spool, sink = MemorySpool(), ScriptedSink(otherwise=lambda _: DENIED)
    await spool.append(batch_of(b"1"))

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(exact_writer().run, spool, sink)
            nursery.start_soon(sealed_after, spool, 7)

    assert trio.current_time() == 7
    assert spool.statistics().points == 1
    assert spool.quarantine == []


async def test_a_sealed_spool_is_emptied(autojump_clock: trio.testing.MockClock) -> None:
    """What can be delivered at the end is delivered; the writer then ends by itself."""
    spool, sink = MemorySpool(), ScriptedSink()
    await spool.append(batch_of(b"1"))
    await spool.append(batch_of(b"2"))
    spool.seal()

    await exact_writer().run(spool, sink)

    assert sink.stored == [b"1", b"2"]
    assert spool.statistics().batches == 0


async def test_a_damaged_batch_is_quarantined_as_a_whole(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """A batch whose checksum no longer fits is never sent, but counted and kept as it is."""
    spool, sink = MemorySpool(), ScriptedSink()
    damaged = evolve(batch_of(b"1", b"2", b"3"), crc32=0, homes=("home",), first=5, last=7)
    await spool.append(damaged)

    writer = await deliver(spool, sink, [b"4"])

    assert sink.stored == [b"4"]
    assert [refused.line for refused in spool.quarantine] == [damaged.body]
    missing = Gap(home="home", first=4, last=7, reason=GapReason.SPOOL_DAMAGED)
    assert await spool.lost() == (missing,)
    assert writer.statistics().quarantined_points == 3
    assert writer.statistics().written_points == 1
    assert writer.statistics().written_batches == 1


@pytest.mark.parametrize("unpacks", [True, False], ids=["by the sink", "once it is refused"])
async def test_a_batch_that_nobody_can_read_is_quarantined_as_a_whole(
    autojump_clock: trio.testing.MockClock, *, unpacks: bool
) -> None:
    """Its checksum fits, so that is found by whoever unpacks it; it does not block the next."""

    @define
    class Refusing(ScriptedSink):
        async def write(self, batch: Batch) -> Outcome:
            if batch.body == unreadable.body and not unpacks:
                return Refused(reason="HTTP 400: invalid gzip")
            return await super().write(batch)

    body = b"no gzip"
    unreadable = evolve(batch_of(b"1", b"2"), body=body, crc32=zlib.crc32(body), homes=("home",))
    spool, sink = MemorySpool(), Refusing()
    await spool.append(unreadable)

    writer = await deliver(spool, sink, [b"3"])

    assert sink.stored == [b"3"]
    assert [refused.line for refused in spool.quarantine] == [body]
    assert "cannot be decompressed" in spool.quarantine[0].reason
    assert [gap.reason for gap in await spool.lost()] == [GapReason.SPOOL_DAMAGED]
    assert writer.statistics().quarantined_points == 2
    assert writer.statistics().written_points == 1


async def test_a_damaged_batch_is_never_sent(autojump_clock: trio.testing.MockClock) -> None:
    """Whatever the sink would say of it: some servers take what they can read of a torn body."""
    spool, sink = MemorySpool(), ScriptedSink()
    await spool.append(evolve(batch_of(b"1", b"2"), crc32=0))

    await deliver(spool, sink, [b"3"])

    assert [lines for _, lines in sink.tries] == [[b"3"]]


async def test_a_bug_in_a_sink_is_not_swallowed(autojump_clock: trio.testing.MockClock) -> None:
    """What a sink raises is the supervisor's business; the batch stays, the counts too."""

    def broken(_: list[bytes]) -> Outcome:
        raise ZeroDivisionError

    spool, writer = MemorySpool(), exact_writer()
    await spool.append(batch_of(b"1"))
    with pytest.raises(ZeroDivisionError):
        await writer.run(spool, ScriptedSink(otherwise=broken))
    spool.seal()

    await writer.run(spool, ScriptedSink())

    assert writer.statistics().written_points == 1


@define(eq=False)
class SpoolOnFullDisk(MemorySpool):
    """Cannot let go of a batch the first few times."""

    failures: int = field(default=3, kw_only=True)

    async def settle(
        self, number: int, refused: Sequence[RefusedLine] = (), *, is_damaged: bool = False
    ) -> None:
        if self.failures:
            self.failures -= 1
            raise sqlite3.OperationalError("database or disk is full")
        await super().settle(number, refused, is_damaged=is_damaged)


async def test_a_full_disk_is_waited_out(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A batch that is delivered but cannot be deleted is not sent again, nor counted twice."""
    spool, sink = SpoolOnFullDisk(), ScriptedSink()

    writer = await deliver(spool, sink, [b"1"], [b"2"])

    assert sink.times == [0, 180]
    assert writer.statistics().written_points == 2
    assert "disk is full" in caplog.text


async def test_trouble_is_told_once_and_so_is_its_end(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """An outage is two lines in the journal, however many tries it took."""
    caplog.set_level(logging.INFO)

    await deliver(MemorySpool(), ScriptedSink([AWAY] * 5), [b"1", b"2"])

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "WARNING",
            f"influx: {AWAY.reason}. It is tried again until it works (points in the spool: 2)",
        ),
        ("INFO", "influx: delivers again after 0:00:31 (points in the spool: 2)"),
    ]


async def test_an_operator_is_called_again_only_for_another_reason(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The same problem is an error in the journal once; a new one is worth another."""
    missing = TryLater(reason="HTTP 404: database not found", needs_operator=True)
    caplog.set_level(logging.INFO)

    await deliver(
        MemorySpool(), ScriptedSink([AWAY, DENIED, DENIED, AWAY, DENIED, missing]), [b"1"]
    )

    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR", "ERROR", "INFO"]
    assert "HTTP 401: authorization failed" in caplog.records[1].getMessage()
    assert "HTTP 404: database not found" in caplog.records[2].getMessage()


async def test_an_entity_that_is_always_refused_does_not_flood_the_journal(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused points are told at most once a minute, with how many they were since."""
    spool, writer = MemorySpool(), exact_writer()
    sink = ScriptedSink(otherwise=refuse_if_any(lambda line: line == b"bad"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run, spool, sink)
        for _ in range(62):
            await spool.append(batch_of(b"bad"))
            await trio.sleep(1)
        spool.seal()

    assert [record.getMessage() for record in caplog.records] == [
        "influx: some points were refused and went to the quarantine (1): bad line",
        "influx: some points were refused and went to the quarantine (60): bad line",
    ]


lines_and_faults = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(
    batches=st.lists(lines_and_faults, min_size=1, max_size=3),
    weather=st.lists(st.sampled_from([AWAY, DENIED]), max_size=3),
)
def test_every_line_finds_its_place_once(
    batches: list[list[tuple[bool, bool]]], weather: list[Outcome]
) -> None:
    """For any set of bad lines, named by the server or not, every good line is delivered in order
    and every bad one quarantined once."""
    bad: set[bytes] = set()
    named: set[bytes] = set()
    sent: list[list[bytes]] = []
    for lines in batches:
        sent.append([])
        for is_bad, is_named in lines:
            line = b"%d" % sum(map(len, sent))
            sent[-1].append(line)
            if is_bad:
                bad.add(line)
            if is_bad and is_named:
                named.add(line)

    def judge(lines: list[bytes]) -> Outcome:
        if bad.isdisjoint(lines):
            return Accepted()
        words = {number: "named" for number, line in enumerate(lines) if line in named}
        return Refused(reason="unnamed", bad_lines=words)

    async def run() -> tuple[MemorySpool, ScriptedSink, Writer]:
        spool, sink = MemorySpool(), ScriptedSink(weather, judge)
        return spool, sink, await deliver(spool, sink, *sent)

    spool, sink, writer = trio.run(run, clock=trio.testing.MockClock(autojump_threshold=0))

    everything = [line for lines in sent for line in lines]
    assert sink.stored == [line for line in everything if line not in bad]
    assert sorted(refused.line for refused in spool.quarantine) == sorted(bad)
    assert {refused.line for refused in spool.quarantine if refused.reason == "named"} == named
    counts = writer.statistics()
    assert counts.written_points + counts.quarantined_points == len(everything)
