"""Where two JSON objects differ."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.processing.dividing import divide

NAMES = st.sampled_from(["a", "b", "c", 'quote"', "comma,", "温度", ""])
VALUES = st.sampled_from(
    [1, 11, 1.5, None, True, "", "x", "x,", ',"b":1', '","', "é", ["a", "b"], {"a": 1, "b": 2}, []]
)


@pytest.mark.parametrize(
    ("json", "other", "head", "tail"),
    [
        (b'{"a":1,"b":2,"c":3}', b'{"a":1,"b":5,"c":3}', b'{"a":1,', b',"c":3}'),
        (b'{"a":1,"b":2,"c":3}', b'{"a":5,"b":2,"c":3}', b"{", b',"b":2,"c":3}'),
        (b'{"a":1,"b":2,"c":3}', b'{"a":1,"b":2,"c":5}', b'{"a":1,"b":2,', b"}"),
        (b'{"a":1,"b":["x","y"],"c":3}', b'{"a":5,"b":["x","y"],"c":3}', b"{", b',"b":["x"'),
        (b'{"a":"x,","b":2}', b'{"a":"x,","b":3}', b'{"a":"x,",', b"}"),
        (b'{"a":12}', b'{"a":13}', None, None),
        (b'{"a":1,"b":["x","y"]}', b'{"a":1,"b":["x","z"]}', None, None),
        (b'{"o":{"a":1,"b":2,"c":3}}', b'{"o":{"a":1,"b":4,"c":3}}', None, None),
        (b'{"a":1,"a":2,"b":3}', b'{"a":1,"a":5,"b":3}', None, None),
        (b'{"a": 1, "b": 2}', b'{"a": 1, "b": 3}', None, None),
        (b'{"a":1,"b":2,"c":3}', b"{}", None, None),
        (b'{"a":1,"b":1e999}', b'{"a":1,"b":2}', None, None),
    ],
)
def test_where(json: bytes, other: bytes, head: bytes | None, tail: bytes | None) -> None:
    """Between two members, and only where those are no part of another one."""
    divided = divide(json, other, 0, 0)

    if head is None or tail is None:
        assert divided is None
    else:
        assert divided is not None
        assert head == divided.head
        assert divided.tail.startswith(tail)


def test_no_longer_than_before() -> None:
    """What has changed before stays in the middle."""
    divided = divide(b'{"a":1,"b":2,"c":3,"d":4}', b'{"a":1,"b":2,"c":5,"d":4}', 7, 7)

    assert divided is not None
    assert (b'{"a":1,', b',"d":4}') == (divided.head, divided.tail)
    assert {"b": 2, "c": 3} == divided.middle


@settings(deadline=None, max_examples=500)
@given(st.dictionaries(NAMES, VALUES, max_size=5), st.dictionaries(NAMES, VALUES, max_size=5))
def test_nothing_is_lost(one: dict[str, Any], other: dict[str, Any]) -> None:
    """The parts are the whole, in its order."""
    json = msgspec.json.encode(one)

    divided = divide(json, msgspec.json.encode(other), 0, 0)

    if divided is not None:
        assert one == {**divided.before, **divided.middle, **divided.behind}
        assert [*one] == [*divided.before, *divided.middle, *divided.behind]
        assert json.startswith(divided.head)
        assert json.endswith(divided.tail)
