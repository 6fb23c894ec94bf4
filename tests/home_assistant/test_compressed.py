"""The wire format of `subscribe_entities`, held against recorded frames and a simulated home."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.json import encode

from tests.simulator.recording import server_frames
from trio_ingest.home_assistant.compressed import EntitiesEvent, decode_frame
from trio_ingest.home_assistant.entity_copies import EntityCopies, Taken
from trio_ingest.home_assistant.frames import Unreadable
from trio_ingest.home_assistant.messages import OtherEvent, Rendered, Result
from trio_ingest.model.instant import to_microseconds
from trio_ingest.model.state_change import Context
from trio_ingest.simulator import compressed, wire
from trio_ingest.simulator.states import StateMachine
from trio_ingest.simulator.ticker import Ticker

SAMPLES = Path(__file__).parent.parent / "samples"
ENTITIES = ("light.a", "light.b", "sensor.c")


def events(frames: Iterator[str] | list[str]) -> Iterator[EntitiesEvent]:
    for frame in frames:
        for message in decode_frame(frame):
            if isinstance(message, EntitiesEvent):
                yield message
            else:
                assert not isinstance(message, Unreadable), message


def taken(copies: EntityCopies, body: object) -> Taken:
    (event,) = events([json.dumps({"type": "event", "event": body, "id": 1})])
    return copies.take(event.event)


def of_one(**state: Any) -> EntityCopies:
    copies = EntityCopies()
    copies.begin({"light.a": Raw(encode({"s": "on", "a": {}, "lc": 1.0, "c": "01"} | state))})
    return copies


def test_recorded_frames_fit_each_other() -> None:
    """Of 900 frames of a real Home Assistant every one is read, and differs from what was there."""
    with gzip.open(SAMPLES / "subscribe_entities.jsonl.gz", "rt", encoding="utf-8") as file:
        snapshot, *others = events([line.rstrip("\n") for line in file])
    copies = EntityCopies()

    first = copies.begin(snapshot.event.a)
    rest = [copies.take(other.event) for other in others]

    assert len(first.changes) > 100
    assert [] == [unreadable for each in rest for unreadable in each.amiss]
    assert all(len(each.changes) + len(each.gone) == 1 for each in rest)
    assert sum(len(each.gone) for each in rest) > 10
    assert all(gone.state is not None for each in rest for gone in each.gone)
    changes = [change for each in rest for change in each.changes]
    assert all(change.state != change.old_state for change in changes)
    assert any(change.context.user_id for change in changes)
    assert changes == sorted(changes, key=lambda change: change.time)


def test_a_recorded_difference_is_the_recorded_state() -> None:
    """The time is that of the state to the microsecond; what is not told stays as it was."""
    snapshot, *others = events(server_frames("05_subscribe_entities")[:10])
    copies = EntityCopies()
    before = {c.entity_id: c.state for c in copies.begin(snapshot.event.a).changes}[
        "sensor.odd_seconds"
    ]
    odd = next(each for each in others if "sensor.odd_seconds" in each.event.c)

    (change,) = copies.take(odd.event).changes

    assert before is not None
    assert change.state is not None
    assert change.old_state == before
    assert {
        **before.attributes.by_name,
        "second": 7,
        "as_text": "7 s",
    } == change.state.attributes.by_name
    assert (change.time, change.state.last_changed) == (1795436347268351, 1795436347268351)
    assert change.context == Context(id="01M845GZW4XMTGKYXG73HFF852")


texts = st.text(max_size=3)
values = st.one_of(st.none(), st.integers(0, 2), st.lists(st.integers(0, 2), max_size=1), texts)
contexts = st.builds(
    wire.Context,
    st.sampled_from(["01", "02"]),
    st.sampled_from([None, "03"]),
    st.sampled_from([None, "04", "05"]),
)
writes = st.tuples(
    st.sampled_from(ENTITIES),
    st.none() | st.tuples(texts, st.dictionaries(st.sampled_from(["x", "y", ""]), values)),
    contexts,
    st.booleans(),
    st.integers(0, 3_000_000),
)


@given(st.lists(writes, min_size=2, max_size=20), st.integers(0, 20))
def test_differences_lead_to_what_there_is(story: list[Any], begun: int) -> None:
    """Snapshot and differences, wherever the one ends and the others begin, are all there is."""
    now = 1_795_436_346.363222
    begun %= len(story) + 1
    ticker = Ticker(lambda: now)
    home, copies = StateMachine(), EntityCopies()
    for number, (entity_id, written, context, force, later) in enumerate(story):
        if number == begun:
            begin(copies, home)
        now += later / 1_000_000
        change = (
            home.remove(entity_id)
            if written is None
            else home.set(entity_id, *written, tick=ticker.tick(), context=context, force=force)
        )
        if change is not None and number >= begun:
            (event,) = events([wire.event(1, wire.encode(compressed.told(change))).decode()])
            told = copies.take(event.event)
            assert told.amiss == []
            assert [gone.entity_id for gone in told.gone] == ([] if change.new else [entity_id])
    if begun == len(story):
        begin(copies, home)

    assert facts_of(home) == {
        (c.entity_id, c.state.value, json.dumps(c.state.attributes.by_name, sort_keys=True), c.time,
         c.state.last_changed, c.context) for c in copies.present() if c.state
    }  # fmt: skip


def begin(copies: EntityCopies, home: StateMachine) -> None:
    body = {state.entity_id: compressed.whole(state) for state in home.all()}
    (event,) = events([wire.snapshot(1, {"a": body}).decode()])
    assert copies.begin(event.event.a).amiss == []


def facts_of(home: StateMachine) -> set[tuple[Any, ...]]:
    return {
        (s.entity_id, s.value, json.dumps(s.attributes, sort_keys=True), to_microseconds(s.updated.moment),
         to_microseconds(s.changed.moment), Context(id=s.context.id, parent_id=s.context.parent_id,
         user_id=s.context.user_id)) for s in home.all()
    }  # fmt: skip


def test_other_messages_of_a_session_are_read_as_ever() -> None:
    """Answers, registry events and renderings are told from what happened to entities."""
    context = {"id": "01", "parent_id": None, "user_id": None}
    other = {
        "event_type": "area_registry_updated",
        "data": {"action": "update"},
        "origin": "LOCAL",
        "time_fired": "2026-11-23T10:00:00.000002+00:00",
        "context": context,
    }
    frame = [
        {"id": 1, "type": "result", "success": True, "result": None},
        {"type": "event", "event": other, "id": 2},
        {"id": 3, "type": "event", "event": {"result": "text", "listeners": {}}},
        {"type": "event", "event": {"r": ["light.a"]}, "id": 1},
        {"type": "event", "event": {"c": {"light.a": {"+": {"s": 5}}}}, "id": 1},
    ]

    kinds = [type(message) for message in decode_frame(json.dumps(frame))]

    assert [Result, OtherEvent, Rendered, EntitiesEvent, Unreadable] == kinds


def test_a_difference_of_nobody_is_amiss() -> None:
    """What differs from something that is not there is told to be so, and changes nothing."""
    copies = EntityCopies()

    told = taken(copies, {"c": {"light.a": {"+": {"s": "on", "lc": 2.0}}}})

    assert (list(told.changes), len(told.amiss), len(copies)) == ([], 1, 0)


@pytest.mark.parametrize("time", [1e300, -1e18])
def test_a_time_that_is_none(time: float) -> None:
    """Who has a time out of the calendar is not known any more, for a difference leads on."""
    copies = of_one()

    assert len(taken(copies, {"c": {"light.a": {"+": {"lc": time}}}}).amiss) == 1
    assert len(taken(copies, {"a": {"light.a": {"s": "on", "lc": time}}}).amiss) == 1
    assert len(copies) == 0


def test_one_that_cannot_be_read_costs_no_other() -> None:
    """A snapshot is taken but for what is wrong in it."""
    copies = EntityCopies()
    good = Raw(b'{"s":"on","a":{},"c":"01","lc":1.5}')

    told = copies.begin({"light.a": Raw(b'{"s":1,"lc":1}'), "light.b": good})

    assert ["light.b"] == [change.entity_id for change in told.changes]
    assert len(told.amiss) == 1


def test_a_second_snapshot_tells_what_is_new() -> None:
    """Who is as he was is not told again; who is not in it is not said to be gone."""
    copies = of_one()

    told = copies.begin({"light.b": Raw(b'{"s":"on","a":{},"c":"01","lc":1.5}')})
    again = copies.begin({"light.b": Raw(b'{"s":"on","a":{},"c":"01","lc":1.5}')})

    assert ["light.b"] == [change.entity_id for change in told.changes]
    assert [] == list(told.gone)
    assert [] == list(again.changes)


def test_when_somebody_went_stands_in_for() -> None:
    """The time of what was heard last, and in any case after the last state of who is gone."""
    copies = of_one()
    late = taken(copies, {"r": ["light.a"], "a": {"light.b": {"s": "on", "lc": 3.0}}}).gone
    early = taken(copies, {"r": ["light.b"]}).gone
    nobody = taken(copies, {"r": ["light.x"]}).gone

    assert [3_000_000, 3_000_001, 3_000_000] == [g.stand_in for g in (*late, *early, *nobody)]
