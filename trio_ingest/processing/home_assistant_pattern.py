"""A line of the schema `home-assistant` in pieces, with room for the state and the time between.

Which names the fields get, and so their order, depends on which attributes there are and on what
they are read as (text, number, both), but not on what is in them. So that is worked out once for
all points that are alike in it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import count
from math import inf, isfinite
from operator import itemgetter
from typing import NamedTuple

from attrs import define, field

from trio_ingest.processing.home_assistant_fields import (
    Fields,
    add_attribute,
    fields_of_state,
    step_aside,
)
from trio_ingest.processing.home_assistant_values import Reading

REMEMBERED_LAYOUTS = 1024

_ROOM = "\n"
"""Stands nowhere else in a line, not even within quotes."""
_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")
_REPLACEMENT_CHARACTER = "\ufffd"

TEXT, NUMBER, NOT_FINITE = 1, 2, 4
Kind = int
"""What something is read as: a sum of the above. NaN and infinity take a name and write nothing."""
Shape = tuple[tuple[str, Kind], ...]
"""The names of attributes, and what each is read as."""


class Written(NamedTuple):
    """What something is read as, and its contents as they stand in a line, the text first."""

    kind: Kind
    contents: tuple[str, ...]


class Layout(NamedTuple):
    """Fields with room for contents, and which of them go there."""

    pattern: str
    choose: Callable[[Sequence[str]], tuple[str, ...]]


class Layouts:
    """Names the fields of points, and puts them in order."""

    def __init__(
        self,
        *,
        taken: AbstractSet[str],
        key: Callable[[str], str | None],
        number: Callable[[float], str | None],
    ) -> None:
        """Give no field a name that is *taken*."""
        self._taken, self._key, self._number = taken, key, number
        self.of = lru_cache(REMEMBERED_LAYOUTS)(self._make)

    def written(self, reading: Reading) -> Written:
        """Return what is written of *reading*."""
        kind, contents = 0, []
        if reading.text is not None:
            kind, contents = TEXT, [encodable(reading.text)]
        if reading.number is not None:
            number = self._number(reading.number)
            kind += NOT_FINITE if number is None else NUMBER
            contents += [] if number is None else [number]
        return Written(kind, tuple(contents))

    def _make(self, state: Kind, attributes: Shape, left_out: str | None) -> Layout:
        """Return the layout for contents of the state, and then of the attributes.

        The fields are sorted by name. *left_out* is an attribute that is none.
        """
        places = count()
        fields: Fields = fields_of_state(_places_of(state, places))
        for name, kind in attributes:
            reading = _places_of(kind, places)
            if name != left_out:
                add_attribute(fields, name, reading)
        step_aside(fields, self._taken)
        written = [
            (key, int(place))
            for name, place in sorted(fields.items())
            if isfinite(float(place)) and (key := self._key(name)) is not None
        ]
        return Layout(
            pattern=",".join(f"{encodable(key).replace('%', '%%')}=%s" for key, _ in written),
            choose=_chooser([place for _, place in written]),
        )


def _chooser(places: Sequence[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda contents: tuple(contents[place] for place in places)


def _places_of(kind: Kind, places: Iterator[int]) -> Reading:
    """Return a reading of this kind that says of each content only which one it is."""
    text = str(next(places)) if kind & TEXT else None
    if kind & NUMBER:
        return Reading(text, float(next(places)))
    return Reading(text, inf if kind & NOT_FINITE else None)


@define(eq=False)
class LinePattern:
    """Writes the lines of an entity with the same attributes, whatever its state is."""

    layouts: Layouts
    series: str
    shape: Shape
    contents: tuple[str, ...]
    """What is written of the attributes."""
    left_out: str | None
    _pieces: dict[Kind, Sequence[str]] = field(factory=dict, init=False)

    def written(self, state: Written, time: int) -> str | None:
        """Return the line, without fields that no server takes; None if there are no others."""
        pieces = self._pieces.get(state.kind)
        if pieces is None:
            pieces = self._pieces[state.kind] = self._make(state)
        match pieces:  # which is faster than a pattern of `%`, of which each character is looked at
            case (before, behind):
                return f"{before}{state.contents[0]}{behind}{time}"
            case (before, between, behind):
                # `state` stands before `value`, also where they had to step aside.
                text, number = state.contents
                return f"{before}{text}{between}{number}{behind}{time}"
            case (all_of_it,):
                return f"{all_of_it}{time}"
        return None

    def _make(self, state: Written) -> Sequence[str]:
        layout = self.layouts.of(state.kind, self.shape, self.left_out)
        if not layout.pattern:
            return ()
        contents = (_ROOM,) * len(state.contents) + self.contents
        return f"{self.series} {layout.pattern % layout.choose(contents)} ".split(_ROOM)


def encodable(text: str) -> str:
    """Return *text* with U+FFFD for each half of a surrogate pair, which is no UTF-8."""
    return text if text.isascii() else _HALF_OF_A_PAIR.sub(_REPLACEMENT_CHARACTER, text)
