"""What was made of attributes serves again for as long as they are the same."""

from trio_ingest.model.attributes import Attributes
from trio_ingest.processing.last_made import LONGEST_KEPT, LastMade


def counting() -> tuple[LastMade[int], list[Attributes]]:
    made: list[Attributes] = []

    def make(attributes: Attributes) -> int:
        made.append(attributes)
        return len(attributes.by_name)

    last = LastMade(make)
    made.clear()
    return last, made


def test_the_same_again() -> None:
    """The same JSON is not looked into a second time."""
    last, made = counting()

    assert [last.of(Attributes(b'{"a":1}')) for _ in range(3)] == [1, 1, 1]
    assert len(made) == 1


def test_others() -> None:
    """Other attributes are made anew, and so are those before them when they come back."""
    last, made = counting()

    assert [last.of(Attributes(each)) for each in (b'{"a":1}', b"{}", b'{"a":1}')] == [1, 0, 1]
    assert len(made) == 3


def test_numbers_of_other_types() -> None:
    """1, 1.0 and true are equal in Python, but not the same attributes."""
    last, made = counting()

    for each in (b'{"a":1}', b'{"a":1.0}', b'{"a":true}'):
        last.of(Attributes(each))

    assert len(made) == 3


def test_without_json() -> None:
    """Attributes that have no JSON are never taken for the last ones."""
    last, made = counting()

    for name in ("a", "b"):
        last.of(Attributes.of({name: "half \ud83d"}))

    assert [[*each.by_name] for each in made] == [["a"], ["b"]]


def test_long_ones_are_not_kept() -> None:
    """What is long is made anew each time, and what was kept before stays."""
    last, made = counting()
    long = Attributes.of({"a": "x" * LONGEST_KEPT})

    for each in (Attributes(b'{"a":1}'), long, long, Attributes(b'{"a":1}')):
        last.of(each)

    assert len(made) == 3
