"""docs/schemas.md."""

from pathlib import Path

import pytest

from tests.docs.examples import EXAMPLES, FRAMES, Example, happening_of, happenings
from tests.docs.schemas import line_of, page, sink_of
from tests.support.line_parser import parse_strictly
from trio_ingest.config.line_protocol_model import Schema
from trio_ingest.model.state_change import StateChange

PAGE = Path(__file__).parents[2] / "docs" / "schemas.md"


def test_in_step() -> None:
    """The page in docs/ has the lines that the encoders write now."""
    assert page() == PAGE.read_text(encoding="utf-8"), "run tests.docs.schemas"


def test_each_frame_is_an_example() -> None:
    """No recorded frame of the examples is left out, and none comes twice."""
    shown = [happening_of(example) for example in EXAMPLES]

    assert sorted(map(repr, happenings(FRAMES.read_text().splitlines()))) == sorted(
        map(repr, shown)
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_options_change_something(example: Example) -> None:
    """Each option that is shown changes the line of its example."""
    happening = happening_of(example)

    for option in example.options:
        schema = Schema(option.schema)
        plain = line_of(happening, sink_of(schema))
        assert line_of(happening, sink_of(schema, option.toml)) not in (None, plain)


@pytest.mark.parametrize("schema", [Schema.TIDY, Schema.HOMEIQ])
def test_every_engine_takes_them(schema: Schema) -> None:
    """The lines of our own schemas are such that every engine takes them, with all options."""
    for example in EXAMPLES:
        toml = [option.toml for option in example.options if option.schema == schema]
        for each in ("", *toml):
            line = line_of(happening_of(example), sink_of(schema, each))
            assert line is not None
            assert parse_strictly(line).time == happening_of(example).time


def test_home_assistant_leaves_out_what_it_leaves_out() -> None:
    """Only the removal and what is unavailable have no point in the schema `home-assistant`."""
    sink = sink_of(Schema.HOME_ASSISTANT)
    without = [
        example.about
        for example in EXAMPLES
        if isinstance(happening_of(example), StateChange)
        and line_of(happening_of(example), sink) is None
    ]

    assert ["climate.heatpump", "lock.front_door"] == without
