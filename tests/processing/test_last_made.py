"""What was made of attributes serves again for as long as they are the same."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import changes as some
from trio_ingest.model.attributes import Attributes
from trio_ingest.processing.last_made import LONGEST_KEPT, REMEMBERED_PARTS, LastMade, Parts


def counting() -> tuple[LastMade[list[str], str], list[list[str]]]:
    """Return one that writes each attribute, and of which it was asked to."""
    made: list[list[str]] = []

    def make(attributes: Mapping[str, Any]) -> list[str]:
        made.append([*attributes])
        return [f"{name}={value!r}" for name, value in attributes.items()]

    last = LastMade(Parts(make), lambda parts: " ".join(each for part in parts for each in part))
    made.clear()
    return last, made


def test_the_same_again() -> None:
    """The same JSON is not looked into a second time."""
    last, made = counting()

    assert ["a=1"] * 3 == [last.of(Attributes(b'{"a":1}')) for _ in range(3)]
    assert [["a"]] == made


def test_others() -> None:
    """Other attributes are made anew, and so are those before them when they come back."""
    last, _ = counting()

    told = (b'{"a":1}', b"{}", b'{"a":1}', b'{"a":2,"b":3}')

    assert ["a=1", "", "a=1", "a=2 b=3"] == [last.of(Attributes(each)) for each in told]


def test_only_what_changes() -> None:
    """What stands around the attributes that change is made once; the others whenever they do."""
    last, made = counting()
    told = [b'{"a":[1,"x"],"b":%d,"c":%d,"d":null}' % each for each in ((1, 1), (2, 1), (3, 2))]
    told += [b'{"a":[1,"x"],"b":%d,"c":%d,"d":null}' % each for each in ((3, 3), (4, 3))]

    lines = [last.of(Attributes(each)) for each in told]

    assert "a=[1, 'x'] b=4 c=3 d=None" == lines[-1]
    assert [["a", "b", "c", "d"], ["a"], ["c", "d"], ["b"]] == made[:4]
    assert [["a"], ["d"], ["b", "c"]] == made[4:7]
    assert [["b", "c"]] * 2 == made[7:]


def test_another_entity() -> None:
    """What has changed is made once for all entities."""
    last, made = counting()
    other = LastMade(last.parts, last.join)
    for each in (last, other):
        for number in range(3):
            assert each.of(Attributes(b'{"a":1,"b":%d}' % number)) == f"a=1 b={number}"

    assert 1 == made.count(["b"]) - 2  # 2 is remembered; 1 was made with what is around it, twice


def test_numbers_of_other_types() -> None:
    """1, 1.0 and true are equal in Python, but not the same attributes."""
    last, _ = counting()

    told = [b'{"a":1,"b":%b}' % each for each in (b"1", b"1.0", b"true", b"1")]

    assert ["b=1", "b=1.0", "b=True", "b=1"] == [
        last.of(Attributes(each)).removeprefix("a=1 ") for each in told
    ]


def test_without_json() -> None:
    """Attributes that have no JSON are never taken for the last ones."""
    last, made = counting()

    for name in ("a", "b"):
        last.of(Attributes.of({name: "half \ud83d"}))

    assert [["a"], ["b"]] == made


def test_long_ones_are_not_kept() -> None:
    """What is long is made anew each time, and what was kept before stays."""
    last, made = counting()
    long = Attributes.of({"a": "x" * LONGEST_KEPT})

    for each in (Attributes(b'{"a":1}'), long, long, Attributes(b'{"a":1}')):
        last.of(each)

    assert 3 == len(made)


def test_memory_is_bounded() -> None:
    """However many there are, no more than so many are remembered, and no long ones."""
    parts = Parts(len)

    for number in range(REMEMBERED_PARTS + 2):
        assert (["a"], 1) == parts[b'"a":%d' % number]
        assert len(parts) <= REMEMBERED_PARTS
    assert parts[b'"b":"%b"' % (b"x" * 300)] == (["b"], 1)

    assert 2 == len(parts)


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["a", "b", 'c"', "d,"]), some.json_values), max_size=5)
    )
)
def test_whatever_comes(told: list[list[tuple[str, Any]]]) -> None:
    """It is as if all had been made at once, also where a name comes twice."""
    last, _ = counting()
    for pairs in told:
        members = [Attributes.of({name: value}).json for name, value in pairs]
        if None not in members:
            json = b"{%b}" % b",".join(each[1:-1] for each in members if each is not None)
            expected, _ = counting()
            assert expected.of(Attributes(json)) == last.of(Attributes(json))
