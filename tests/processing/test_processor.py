"""The stage, in virtual time."""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.config.sink_model import BatchConfig, EntityPatterns
from trio_ingest.model.attributes import NO_ATTRIBUTES
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.state_change import Burst, HomeEvent, State, StateChange
from trio_ingest.processing.encoder import Encoder
from trio_ingest.processing.processor import Processor, ProcessorStatistics
from trio_ingest.processing.selection import Selection
from trio_ingest.processing.settings import Settings
from trio_ingest.processing.tap import Listener

EXCLUDED, BROKEN, ODD = "sensor.excluded", "sensor.broken", "sensor.odd"
POINTLESS = "sensor.pointless"
LINGER = 5.0
ROOM_FOR_ALL = 10
TOO_LONG = 1_000_000.0
"""Seconds of virtual time, which pass at once when nothing else happens."""


class PlainEncoder(Encoder):
    """Writes the time of a change; has a bug that two entities bring to light."""

    encoding = Encoding.LINE_PROTOCOL_US

    def encode_all(self, home: str, changes: Sequence[StateChange]) -> list[str | None]:
        return [self.line(change) for change in changes]

    def line(self, change: StateChange) -> str | None:
        if change.entity_id == BROKEN:
            raise LookupError("a bug")
        if change.entity_id == POINTLESS:
            return None
        return "\ud800" if change.entity_id == ODD else str(change.time)


class PlainEventEncoder:
    """Writes the time of an event; has a bug that one type of event brings to light."""

    def encode(self, home: str, event: HomeEvent) -> str:
        if event.event_type == BROKEN:
            raise LookupError("a bug")
        return str(event.time)


def make_processor(**limits: float) -> Processor:
    return Processor(
        selection=Selection(EntityPatterns(), EntityPatterns(entities=(EXCLUDED,))),
        encoder=PlainEncoder(),
        event_encoder=PlainEventEncoder(),
        limits=BatchConfig(**{"linger": LINGER, **limits}),  # type: ignore[arg-type]
    )


def burst(*times: int, entity_id: str = "sensor.x") -> Burst:
    changes = [StateChange(entity_id=entity_id, time=time, state=None) for time in times]
    return Burst(home="home", changes=changes)


def times_of(batch: Batch) -> list[int]:
    return [int(line) for line in batch.lines()]


@asynccontextmanager
async def running(
    processor: Processor,
) -> AsyncGenerator[tuple[trio.MemorySendChannel[Burst], trio.MemoryReceiveChannel[Batch]], None]:
    """Run the stage on fresh channels; its input ends with the block, if not before."""
    send_changes, receive_changes = trio.open_memory_channel[Burst](0)
    send_batches, receive_batches = trio.open_memory_channel[Batch](0)
    with trio.fail_after(TOO_LONG):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(processor.run, receive_changes, send_batches)
            with send_changes:
                yield send_changes, receive_batches


async def processed(processor: Processor, bursts: list[Burst]) -> list[Batch]:
    """Run the stage until it has no more input; return what comes out."""
    send_changes, receive_changes = trio.open_memory_channel[Burst](len(bursts))
    send_batches, receive_batches = trio.open_memory_channel[Batch](ROOM_FOR_ALL)
    with send_changes:
        for each in bursts:
            send_changes.send_nowait(each)
    with trio.fail_after(TOO_LONG):
        await processor.run(receive_changes, send_batches)
        return [batch async for batch in receive_batches]


async def test_full_batches_leave_at_once(autojump_clock: trio.testing.MockClock) -> None:
    """A burst of more points than a batch may have leaves as full batches, without waiting."""
    async with running(make_processor(max_points=2)) as (changes, batches):
        await changes.send(burst(1, 2, 3, 4, 5))

        assert times_of(await batches.receive()) == [1, 2]
        assert times_of(await batches.receive()) == [3, 4]
        assert trio.current_time() == 0.0

        assert times_of(await batches.receive()) == [5]
        assert trio.current_time() == LINGER


async def test_linger(autojump_clock: trio.testing.MockClock) -> None:
    """A batch leaves when its first point has lingered, however many have come since."""

    async def change_every_two_seconds(changes: trio.MemorySendChannel[Burst]) -> None:
        with changes:
            for time in range(6):
                await trio.sleep(2.0)
                await changes.send(burst(time))

    async with running(make_processor()) as (changes, batches), trio.open_nursery() as nursery:
        nursery.start_soon(change_every_two_seconds, changes)
        received = [(trio.current_time(), times_of(batch)) async for batch in batches]

    assert received == [(7.0, [0, 1, 2]), (12.0, [3, 4, 5])]


async def test_the_end_of_the_input(autojump_clock: trio.testing.MockClock) -> None:
    """When the input ends the rest leaves at once, and the stage ends and closes its output."""
    (batch,) = await processed(make_processor(), [burst(1, 2)])

    assert times_of(batch) == [1, 2]
    assert trio.current_time() == 0.0


async def test_an_input_that_says_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """Without changes there is no batch, no end and nothing to wake up for."""
    processor = make_processor()

    async with running(processor) as (_, batches):
        with trio.move_on_after(TOO_LONG / 2) as patience:
            await batches.receive()

    assert patience.cancelled_caught
    assert processor.statistics() == ProcessorStatistics()


async def test_filtered_changes(autojump_clock: trio.testing.MockClock) -> None:
    """What is filtered makes no point and no batch, but the next batch says it was followed."""
    processor = make_processor()

    (batch,) = await processed(
        processor,
        [burst(7, 8, entity_id=EXCLUDED), burst(3), burst(9, entity_id=EXCLUDED)],
    )

    assert times_of(batch) == [3]
    assert batch.progress.checkpoint == {"home": 9}
    assert processor.statistics() == ProcessorStatistics(
        received=4, filtered=3, encoded=1, batches=1
    )


async def test_changes_without_a_point(autojump_clock: trio.testing.MockClock) -> None:
    """What the schema has no point for is counted apart, and the next batch says it was followed."""
    processor = make_processor()

    (batch,) = await processed(processor, [burst(3), burst(8, entity_id=POINTLESS)])

    assert times_of(batch) == [3]
    assert batch.progress.checkpoint == {"home": 8}
    assert processor.statistics() == ProcessorStatistics(
        received=2, unwritten=1, encoded=1, batches=1
    )


async def test_states_that_no_database_takes(autojump_clock: trio.testing.MockClock) -> None:
    """States that spell NaN or an infinity are counted, whatever the schema makes of them."""
    processor = make_processor()
    states = ["nan", " -Infinity ", "+INF", "1.5", "nancy", "", "12,5"]
    changes = [
        StateChange(
            entity_id="sensor.x", time=time, state=State(value=value, attributes=NO_ATTRIBUTES)
        )
        for time, value in enumerate(states)
    ]

    async with running(processor) as (send_changes, batches):
        await send_changes.send(Burst(home="home", changes=changes))
        send_changes.close()
        assert [batch.points async for batch in batches] == [len(states)]

    assert processor.statistics().not_finite == 3


def told(time: int, event_type: str = "x", **data: object) -> Burst:
    return Burst(
        home="home", changes=[], events=[HomeEvent(event_type=event_type, time=time, data=data)]
    )


async def test_events_travel_with_the_changes(autojump_clock: trio.testing.MockClock) -> None:
    """Events become points of the same batches, after the changes of their burst, and count."""
    processor = make_processor()
    both = Burst(home="home", changes=burst(1, 2).changes, events=told(5).events)

    (batch,) = await processed(processor, [both, told(7)])

    assert times_of(batch) == [1, 2, 5, 7]
    assert (batch.first, batch.last, batch.progress.checkpoint) == (1, 7, {"home": 7})
    assert processor.statistics() == ProcessorStatistics(received=4, encoded=4, batches=1)


async def test_events_of_excluded_entities(autojump_clock: trio.testing.MockClock) -> None:
    """An event is filtered when it names entities and none of them is recorded."""
    processor = make_processor()

    (batch,) = await processed(
        processor,
        [
            told(1),
            told(2, entity_id=EXCLUDED),
            told(3, entity_id=[EXCLUDED, "sensor.x"]),
            told(4, service_data={"entity_id": [EXCLUDED]}),
        ],
    )

    assert times_of(batch) == [1, 3]
    assert batch.progress.checkpoint == {"home": 4}
    assert processor.statistics() == ProcessorStatistics(
        received=4, filtered=2, encoded=2, batches=1
    )


async def test_a_bug_costs_one_event(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """An event that cannot be encoded is counted and named by its type; the others go on."""
    processor = make_processor()

    (batch,) = await processed(processor, [told(1, event_type=BROKEN), told(2)])

    assert times_of(batch) == [2]
    assert processor.statistics() == ProcessorStatistics(received=2, failed=1, encoded=1, batches=1)
    assert f"Cannot encode an event of type {BROKEN}" in caplog.text


async def test_a_bug_costs_one_change(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A change that cannot be encoded is counted and said once a kind; the others go on."""
    processor = make_processor()
    entities = [BROKEN, BROKEN, "sensor.x", ODD, ODD]

    (batch,) = await processed(
        processor, [burst(time, entity_id=each) for time, each in enumerate(entities)]
    )

    assert times_of(batch) == [2]
    assert batch.progress.checkpoint == {"home": 4}
    assert processor.statistics() == ProcessorStatistics(received=5, failed=4, encoded=1, batches=1)
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert [each in caplog.text for each in (BROKEN, ODD, "sensor.x")] == [True, True, False]


async def test_cancelled_runs_lose_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """What a cancelled run has gathered, also the rest of a burst, is sent by the next one."""
    processor = make_processor(max_points=2)
    with trio.move_on_after(1.0):
        async with running(processor) as (changes, _):
            await changes.send(burst(1, 2, 3, 4, 5))
            await trio.sleep_forever()
    before = processor.statistics()

    batches = await processed(processor, [])

    assert before == ProcessorStatistics(received=5, encoded=5, in_flight=5)
    assert [times_of(batch) for batch in batches] == [[1, 2], [3, 4], [5]]
    assert processor.statistics() == ProcessorStatistics(received=5, encoded=5, batches=3)


async def test_crashed_runs_lose_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """A batch that nobody took, for the stage behind is gone, is sent at once by the next run."""
    processor = make_processor(max_points=1)
    send_changes, receive_changes = trio.open_memory_channel[Burst](1)
    send_batches, receive_batches = trio.open_memory_channel[Batch](0)
    receive_batches.close()
    await send_changes.send(burst(1))
    with pytest.raises(trio.BrokenResourceError):
        await processor.run(receive_changes, send_batches)

    async with running(processor) as (_, batches):
        batch = await batches.receive()

    assert times_of(batch) == [1]
    assert trio.current_time() == 0.0


async def test_channel_ends_are_closed(autojump_clock: trio.testing.MockClock) -> None:
    """However a run ends, whoever is at the other ends of its channels notices."""
    send_changes, receive_changes = trio.open_memory_channel[Burst](0)
    send_batches, receive_batches = trio.open_memory_channel[Batch](0)

    with trio.move_on_after(1.0):
        await make_processor().run(receive_changes, send_batches)

    with trio.fail_after(TOO_LONG):
        with pytest.raises(trio.BrokenResourceError):
            await send_changes.send(burst(1))
        with pytest.raises(trio.EndOfChannel):
            await receive_batches.receive()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.5, 3.0, 20.0]), st.integers(min_value=0, max_value=7))
    ),
    st.integers(min_value=1, max_value=5),
    st.sampled_from([0.0, 1.0, 30.0]),
)
def test_no_point_is_lost_late_or_out_of_order(
    plan: list[tuple[float, int]], max_points: int, stall: float
) -> None:
    """With pauses between bursts and a slow stage behind, every point arrives, in order.

    As long as that stage keeps up, none waits longer than its batch may linger.
    """
    sent: list[tuple[int, float]] = []
    received: list[tuple[int, float]] = []
    processor = make_processor(max_points=max_points)

    async def feed(changes: trio.MemorySendChannel[Burst]) -> None:
        with changes:
            for pause, size in plan:
                await trio.sleep(pause)
                times = range(len(sent), len(sent) + size)
                sent.extend((time, trio.current_time()) for time in times)
                await changes.send(burst(*times))

    async def drain(batches: trio.MemoryReceiveChannel[Batch]) -> None:
        with batches:
            async for batch in batches:
                assert batch.points <= max_points
                assert batch.progress.checkpoint == {"home": times_of(batch)[-1]}
                received.extend((time, trio.current_time()) for time in times_of(batch))
                await trio.sleep(stall)

    async def main() -> None:
        send_changes, receive_changes = trio.open_memory_channel[Burst](2)
        send_batches, receive_batches = trio.open_memory_channel[Batch](0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(feed, send_changes)
            nursery.start_soon(processor.run, receive_changes, send_batches)
            nursery.start_soon(drain, receive_batches)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))

    assert [time for time, _ in received] == [time for time, _ in sent]
    assert stall or waits(sent, received) <= LINGER
    statistics = processor.statistics()
    assert statistics.received == statistics.encoded == len(sent)
    assert statistics.in_flight == 0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([EXCLUDED, POINTLESS, BROKEN, "sensor.a", "sensor.b"]))),
    st.integers(min_value=1, max_value=6),
    st.integers(min_value=1, max_value=20),
)
def test_together_and_one_by_one(bursts: list[list[str]], max_points: int, max_bytes: int) -> None:
    """A burst that is taken together is recorded and counted as if it were taken singly."""
    together = make_processor(max_points=max_points, max_bytes=max_bytes)
    singly = make_processor(max_points=max_points, max_bytes=max_bytes)
    singly.tap.listeners.append(Listener())  # who wants to hear of each

    time = 0
    for entities in bursts:
        changes = []
        for entity_id in entities:
            time += 1
            changes.append(StateChange(entity_id=entity_id, time=time, state=None))
        together._take_burst(Burst(home="home", changes=changes), 0.0)
        singly._take_burst(Burst(home="home", changes=changes), 0.0)

    together._gathering.close()
    singly._gathering.close()
    assert singly.statistics() == together.statistics()
    assert recorded(singly) == recorded(together)
    assert known_too_early(together) == set()


def recorded(processor: Processor) -> list[tuple[list[bytes], int, int]]:
    batches = [each for each in processor._gathering.ready if isinstance(each, Batch)]
    return [(batch.lines(), batch.first, batch.last) for batch in batches]


def known_too_early(processor: Processor) -> set[int]:
    """Return the times that are said to be known before their lines have left."""
    early: set[int] = set()
    written: set[int] = set()
    for each in processor._gathering.ready:
        written |= set(times_of(each)) if isinstance(each, Batch) else set()
        progress = each.progress if isinstance(each, Batch) else each
        known = progress.known.get("home", {})
        early |= {
            news.time for entity_id, news in known.items() if entity_id in ("sensor.a", "sensor.b")
        } - written
    return early


def waits(sent: Sequence[tuple[int, float]], received: Sequence[tuple[int, float]]) -> float:
    """Return the longest time that a point took."""
    pairs = zip(sent, received, strict=True)
    return max((arrived - left for (_, left), (_, arrived) in pairs), default=0.0)


class ShoutingEncoder(PlainEncoder):
    """Another schema."""

    def line(self, change: StateChange) -> str | None:
        return f"{change.time}!"


async def test_other_settings_apply_from_where_they_were_told(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """What was told before is selected and encoded as before, what comes after otherwise; all counts."""
    processor = make_processor()
    other = Settings(
        selection=Selection(EntityPatterns(), EntityPatterns(entities=("sensor.y",))),
        encoder=ShoutingEncoder(),
        event_encoder=PlainEventEncoder(),
        limits=BatchConfig(max_points=2),
        drops_noise=False,
        heartbeat_seconds=None,
    )
    before = [burst(1), burst(2, entity_id="sensor.y"), burst(3, entity_id=EXCLUDED)]
    after = [burst(4), burst(5, entity_id="sensor.y"), burst(6, 7, entity_id=EXCLUDED)]

    batches = await processed(processor, [*before, other, *after])  # type: ignore[list-item]

    assert [batch.lines() for batch in batches] == [[b"1", b"2"], [b"4!", b"6!"], [b"7!"]]
    statistics = processor.statistics()
    assert (statistics.received, statistics.filtered, statistics.encoded) == (7, 2, 5)
