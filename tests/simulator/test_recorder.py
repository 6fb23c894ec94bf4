"""What the recorder keeps."""

from trio_ingest.simulator.recorder import Question, Recorder, Row

EVERYTHING = Question(
    start=0.0, end=1000.0, include_start_time_state=False, significant_changes_only=False
)


def row(value: str, updated: float) -> Row:
    return Row(value, {}, updated, updated)


def test_the_oldest_row_of_all_gives_way():
    """Capacity counts the rows of all entities together."""
    recorder = Recorder(capacity=2)
    recorder.add("sensor.a", row("1", 1.0))
    recorder.add("sensor.b", row("2", 2.0))
    recorder.add("sensor.b", row("3", 3.0))

    answer = recorder.answer(["sensor.a", "sensor.b"], EVERYTHING, now=10.0)

    assert {"sensor.b"} == set(answer)
    assert ["2", "3"] == [found["s"] for found in answer["sensor.b"]]


def test_an_excluded_entity_has_no_history():
    """As in a house whose recorder leaves it out."""
    recorder = Recorder(excluded={"sensor.a"})
    recorder.add("sensor.a", row("1", 1.0))

    assert recorder.answer(["sensor.a"], EVERYTHING, now=10.0) == {}


def test_a_thermostat_is_significant_with_every_attribute():
    """For climate, rows that changed only attributes come also when only significant ones do."""
    recorder = Recorder()
    for entity_id in ("climate.a", "sensor.a"):
        recorder.add(entity_id, Row("heat", {"t": 1}, 1.0, 1.0))
        recorder.add(entity_id, Row("heat", {"t": 2}, 2.0, 1.0))

    answer = recorder.answer(["climate.a", "sensor.a"], Question(start=0.5, end=9.0), now=10.0)

    assert [{"t": 1}, {"t": 2}] == [found["a"] for found in answer["climate.a"]]
    assert [{"t": 1}] == [found["a"] for found in answer["sensor.a"]]
