"""Attributes are JSON that is read when somebody looks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=5,
)


def too_deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


objects = st.dictionaries(st.text(st.characters(codec="utf-8")), json_values)


@given(objects)
def test_json(attributes: dict[str, Any]) -> None:
    """What is read from the JSON of attributes is those attributes."""
    json = Attributes.of(attributes).json

    assert json is not None
    assert Attributes(json).by_name == attributes


def test_they_are_read_once() -> None:
    """Who asks twice gets the same dict."""
    attributes = Attributes(b'{"a":1}')

    assert attributes.by_name is attributes.by_name


@pytest.mark.parametrize(
    ("one", "other", "is_equal"),
    [
        (Attributes(b'{"a":1,"b":2}'), Attributes(b'{ "b":2, "a":1 }'), True),
        (Attributes(b'{"a":1}'), Attributes.of({"a": 1}), True),
        (Attributes(b'{"a":1}'), Attributes(b'{"a":2}'), False),
        (Attributes(b'{"a":1}'), {"a": 1}, False),
        (NO_ATTRIBUTES, Attributes.of({}), True),
    ],
)
def test_equality(one: Attributes, other: object, is_equal: bool) -> None:
    """Attributes are equal when they say the same, in whatever order."""
    assert (one == other) is is_equal


@pytest.mark.parametrize("strange", ["half \ud83d", too_deep()])
def test_what_has_no_json(strange: Any) -> None:
    """Attributes without JSON are what they are, and like nothing else by it."""
    attributes = Attributes.of({"a": strange})

    assert attributes.json is None
    assert attributes.by_name["a"] is strange


def test_a_number_that_no_float_can_hold() -> None:
    """It does not take the other attributes with it."""
    assert Attributes(b'{"a":1e999,"b":1}').by_name == {"a": float("inf"), "b": 1}


def test_text_that_is_no_text() -> None:
    """What is no UTF-8 is replaced, for nobody can read it; what is beside it stays."""
    assert {"a": "\ufffd", "b": 1} == Attributes(b'{"a": "\xff", "b": 1}').by_name


def test_too_deep() -> None:
    """What is nested deeper than Python reads says nothing, and harms nobody."""
    assert Attributes(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}").by_name == {}
