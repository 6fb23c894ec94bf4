"""State changes that no sane home produces, and that some home will."""

from typing import Any

from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes
from trio_ingest.model.state_change import State, StateChange

START = 1_767_225_600_000_000
"""2026-01-01, in microseconds."""

STRANGE_NAMES = (
    "",
    " ",
    "a b",
    "a,b=c d",
    'say "x"',
    "line\nbreak",
    "line break",
    "return\r",
    "tab\t",
    "nul\0",
    "delete\x7f",
    "half \ud83d",
    "back\\slash",
    "back/slash",
    "end\\",
    "_x",
    "__",
    "_str",
    "a",
    "a_str",
    "a_json",
    "a_str_num",
    "attr_",
    "attr_a_str",
    "attr_state",
    "attr_time",
    "time",
    "state",
    "state_str",
    "value",
    "value_num",
    "entity_id",
    "area",
    "home",
    "#comment",
    "влажность",
    "温度",
    "🌡",
    "long " * 1000,
)

STRANGE_TEXTS = (
    "",
    " ",
    '"',
    '"quoted"',
    "\\",
    "two\\\\",
    'both\\"',
    "C:\\path\\",
    "several\nlines\r\n",
    "nul\0 tab\t",
    "half \udc00 of a pair",
    "a,b=c d",
    "#",
    "nan",
    "1e400",
    "1_0",
    "１２",  # noqa: RUF001 - full-width digits are the point
    "🌡" * 20_000,
    "x" * 100_000,
    '"' * 100_000,
)

STRANGE_NUMBERS = (
    True,
    False,
    0,
    -0.0,
    0.1,
    2**53 + 1,
    2**63,
    2**64 - 1,
    -(2**63),
    10**300,
    10**400,
    1e308,
    -1e308,
    1e-320,
    5e-324,
)


def strange_changes() -> list[StateChange]:
    """Return changes of several entities, each at an instant of its own."""
    values: list[Any] = [*STRANGE_TEXTS, *STRANGE_NUMBERS, None, [], {}, [1, "a\n"], deep(3000)]
    attributes: list[dict[str, Any]] = [{"x": value} for value in values]
    for kind in (1, "text", True, [0], {"a": '"'}):
        attributes.append(dict.fromkeys(STRANGE_NAMES, kind))
        attributes.append(dict.fromkeys(reversed(STRANGE_NAMES), kind))
    states = [State(value="on", attributes=Attributes.of(each)) for each in attributes]
    states += [State(value=text[:255], attributes=NO_ATTRIBUTES) for text in STRANGE_TEXTS]
    states += [
        State(value=str(number)[:255], attributes=NO_ATTRIBUTES) for number in STRANGE_NUMBERS
    ]
    return [
        StateChange(entity_id=f"sensor.strange_{number % 7}", time=START + number, state=state)
        for number, state in enumerate([*states, None])
    ]


def deep(levels: int) -> list[Any]:
    """Return lists within lists."""
    nest: list[Any] = []
    for _ in range(levels):
        nest = [nest]
    return nest
