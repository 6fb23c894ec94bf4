"""What a real Home Assistant has sent, all of it, through the stage."""

import gzip
from pathlib import Path

import pytest
import trio

from tests.support.line_parser import parse_strictly
from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.config.sink_model import AttributesConfig, BatchConfig, EntityPatterns
from trio_ingest.home_assistant.messages import Event, decode_frame, to_state_change
from trio_ingest.model.batch import Batch
from trio_ingest.model.state_change import Burst, StateChange
from trio_ingest.processing.event_lines import EventLineEncoder
from trio_ingest.processing.processor import Processor
from trio_ingest.processing.selection import Selection
from trio_ingest.processing.tidy import TidyEncoder

CORPUS = Path(__file__).parent.parent / "samples" / "corpus.jsonl.gz"


@pytest.fixture(scope="module")
def recorded() -> list[StateChange]:
    """The state changes of the recorded frames."""
    with gzip.open(CORPUS, "rt", encoding="utf-8") as frames:
        messages = [message for frame in frames for message in decode_frame(frame)]
    events = [message.event for message in messages if isinstance(message, Event)]
    return [to_state_change(event) for event in events]


@pytest.mark.parametrize("nested", ["drop", "json"])
async def test_the_recorded_corpus(recorded: list[StateChange], nested: str) -> None:
    """Every recorded change becomes a valid line, in order, and no field changes its type."""
    encoder = TidyEncoder(
        registries={},
        attributes=AttributesConfig(nested=nested),
        tags={},
        precision=Precision.US,
        home_tag=False,
    )
    processor = Processor(
        selection=Selection(EntityPatterns(), EntityPatterns()),
        encoder=encoder,
        event_encoder=EventLineEncoder(tags={}, precision=Precision.US),
        limits=BatchConfig(max_points=500),
    )
    send_changes, receive_changes = trio.open_memory_channel[Burst](len(recorded))
    send_batches, receive_batches = trio.open_memory_channel[Batch](len(recorded))
    with send_changes:
        for change in recorded:
            send_changes.send_nowait(Burst(home="home", changes=[change]))

    await processor.run(receive_changes, send_batches)

    statistics = processor.statistics()
    assert statistics.failed == statistics.filtered == statistics.in_flight == 0
    assert statistics.received == statistics.encoded == len(recorded) > 2000
    batches = [batch async for batch in receive_batches]
    points = [parse_strictly(line.decode()) for batch in batches for line in batch.lines()]
    assert [(point.tags["entity_id"], point.time) for point in points] == [
        (change.entity_id, change.time) for change in recorded
    ]
    types: dict[str, type] = {}
    for point in points:
        for field, value in point.fields.items():
            assert types.setdefault(field, type(value)) is type(value), field
    assert batches[-1].progress.checkpoint == {"home": max(change.time for change in recorded)}
