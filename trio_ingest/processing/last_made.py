"""What was made of an entity's attributes, which mostly are the same in its next change."""

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import define, field

from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes

V = TypeVar("V")

LONGEST_KEPT = 4096
"""Bytes of JSON; longer attributes are made anew each time, so that memory stays bounded."""


@define(eq=False)
class LastMade(Generic[V]):
    """Answers with what it made the last time, if the attributes are the same, byte for byte."""

    make: Callable[[Attributes], V]
    _json: bytes = field(default=b"{}", init=False)
    _made: V = field(init=False)

    @_made.default
    def _of_none(self) -> V:
        return self.make(NO_ATTRIBUTES)

    def of(self, attributes: Attributes) -> V:
        """Return what is made of *attributes*."""
        json = attributes.json
        if json == self._json:
            return self._made
        made = self.make(attributes)
        if json is not None and len(json) <= LONGEST_KEPT:
            self._json, self._made = json, made
        return made
