"""What was made of an entity's attributes, which mostly are the same in its next change.

Where they are not, mostly the same few have changed that did before, and those stand beside each
other: the brightness of a light, the position of a player. What was made of all others serves
again, and what was made of those few when they were the same in any entity.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from attrs import define, field

from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes, read_object
from trio_ingest.processing.dividing import divide

P = TypeVar("P")
V = TypeVar("V")

LONGEST_KEPT = 4096
"""Bytes of JSON; longer attributes are made anew each time, so that memory stays bounded."""
REMEMBERED_PARTS = 4096
LONGEST_REMEMBERED = 256

Names = Sequence[str]
_NOWHERE = slice(0)


class Parts(dict[bytes, tuple[Names, P] | None]):
    """What is made of some attributes: parts of lines, say. Those that changed lately are kept.

    By members, JSON without the braces: their names and the part; None if they are unsound.
    """

    def __init__(self, make: Callable[[Mapping[str, Any]], P]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, members: bytes) -> tuple[Names, P] | None:
        attributes = read_object(b"{%b}" % members)
        made = None if attributes is None else ([*attributes], self.make(attributes))
        if len(members) <= LONGEST_REMEMBERED:
            if len(self) == REMEMBERED_PARTS:
                self.clear()
            self[members] = made
        return made


@define(eq=False)
class LastMade(Generic[P, V]):
    """Joins the parts of attributes, in their order, to what is made of all of them.

    Answers with what it made the last time, if the attributes are the same, byte for byte. Who has
    many of them compares with `json` by itself and takes `made`: a call costs more than that.
    """

    parts: Parts[P]
    join: Callable[[Sequence[P]], V]
    json: bytes = field(default=b"{}", init=False)
    made: V = field(init=False)
    _head: bytes = field(default=b"", init=False)
    """JSON up to what changes, and from there on."""
    _tail: bytes = field(default=b"", init=False)
    _middle: slice = field(default=_NOWHERE, init=False)
    """Where that stands between them; both are empty, and so is this, if it was not divided."""
    _names: Names = field(default=(), init=False)
    """What changes."""
    _kept: Sequence[P] = field(default=(), init=False)
    """What was made of the head, and of the tail."""

    @made.default
    def _of_none(self) -> V:
        return self.join([self.parts.make(NO_ATTRIBUTES.by_name)])

    def of(self, attributes: Attributes) -> V:
        """Return what is made of *attributes*."""
        json = attributes.json
        if json == self.json:
            return self.made
        if json is None or len(json) > LONGEST_KEPT:
            return self.join([self.parts.make(attributes.by_name)])
        members = json[self._middle]
        if self._head + members + self._tail == json:  # half of what asking for both ends takes
            part = self.parts[members]
            if part is not None and part[0] == self._names:
                before, behind = self._kept
                self.json, self.made = json, self.join((before, part[1], behind))
                return self.made
        made = self._divided(json)
        if made is None:
            made = self.join([self.parts.make(attributes.by_name)])
        self.json, self.made = json, made
        return made

    def _divided(self, json: bytes) -> V | None:
        """Return what is made of *json*, divided around what differs; None if it cannot be."""
        divided = divide(json, self.json, len(self._head), len(self._tail))
        if divided is None:
            self._head = self._tail = b""
            self._middle = _NOWHERE
            self._names = self._kept = ()
            return None
        make = self.parts.make
        self._head, self._tail, self._names = divided.head, divided.tail, [*divided.middle]
        self._middle = slice(len(divided.head), -len(divided.tail))
        self._kept = before, behind = make(divided.before), make(divided.behind)
        return self.join((before, make(divided.middle), behind))
