"""Whoever listens hears of each line, and never holds anything up."""

import pytest
import trio
from trio.testing import MockClock

from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.config.sink_model import AttributesConfig, BatchConfig, EntityPatterns
from trio_ingest.model.attributes import NO_ATTRIBUTES
from trio_ingest.model.batch import Batch
from trio_ingest.model.notice import Told
from trio_ingest.model.progress import Progress
from trio_ingest.model.state_change import Burst, HomeEvent, State, StateChange
from trio_ingest.processing.event_lines import EventLineEncoder
from trio_ingest.processing.processor import Processor
from trio_ingest.processing.selection import Selection
from trio_ingest.processing.settings import Settings
from trio_ingest.processing.tap import OVERHEAD_BYTES, Listener, Tap
from trio_ingest.processing.tidy import TidyEncoder

CHANGE = StateChange(
    entity_id="lock.a", time=1, state=State(value="open", attributes=NO_ATTRIBUTES)
)


def test_bounded() -> None:
    """What there is no room for is counted, and so is all behind it until the rest is taken."""
    listener = Listener(most_bytes=2 * OVERHEAD_BYTES + 10)
    for line in (b"123", b"456", b"123456789", b"7"):
        listener.hear("influx", (), line)

    assert ([("influx", b"123"), ("influx", b"456")], 2) == listener.take()
    listener.hear("influx", (), b"8")
    assert ([("influx", b"8")], 0) == listener.take()


def test_what_a_line_is_about() -> None:
    """A line is about its entity, that of an event about all that it names."""
    asked: list[object] = []

    def wants(sink: str, entities: object) -> bool:
        asked.append((sink, list(entities)))  # type: ignore[call-overload]
        return False

    tap = Tap("influx", [Listener(wants)])
    tap.tell(CHANGE, b"1")
    tap.tell(HomeEvent(event_type="x", time=1, data={"entity_id": ["light.b", "light.a"]}), b"2")

    assert [("influx", ["lock.a"]), ("influx", ["light.a", "light.b"])] == asked
    assert ([], 0) == tap.listeners[0].take()


@pytest.mark.parametrize("listens", [True, False])
async def test_a_processor_tells(listens: bool, autojump_clock: MockClock) -> None:
    """The line that leaves in a batch is the line that a listener hears; nothing without one."""
    listener = Listener()
    tap = Tap("influx", [listener] if listens else [])
    processor = Processor(
        selection=Selection(EntityPatterns(), EntityPatterns(), {}),
        encoder=TidyEncoder(
            registries={},
            attributes=AttributesConfig(),
            tags={},
            precision=Precision.US,
            home_tag=False,
        ),
        event_encoder=EventLineEncoder(tags={}, precision=Precision.US),
        limits=BatchConfig(),
        tap=tap,
    )
    send_changes, changes = trio.open_memory_channel[Told | Settings](1)
    send_batches, batches = trio.open_memory_channel[Batch | Progress](9)
    with send_changes:
        send_changes.send_nowait(Burst(home="home", changes=(CHANGE,)))

    await processor.run(changes, send_batches)

    batch = batches.receive_nowait()
    assert isinstance(batch, Batch)
    told, missed = listener.take()
    assert ([("influx", batch.lines()[0])] if listens else [], 0) == (told, missed)
