"""What was worked out once for an entity, kept until the registries of its home are read anew."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from trio_ingest.model.registry import Latest, Registry

REMEMBERED_ENTITIES = 65_536
"""Kept for a home; one more and all is worked out anew, which takes a moment."""

_NOTHING_KNOWN = Registry()

K = TypeVar("K")
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Answers from memory. *make* gets the home, the key, and the home's latest registry."""

    def __init__(
        self,
        registries: Mapping[str, Latest[Registry]],
        make: Callable[[str, K, Registry], V],
    ) -> None:
        self._registries = registries
        self._make = make
        self._readings: dict[str, _Reading[K, V]] = {}

    def in_home(self, home: str) -> Mapping[K, V]:
        """Return what belongs to each key in *home*, to be asked for until the next await.

        After that there may be another registry.
        """
        registry, reading = registry_of(home, self._registries), self._readings.get(home)
        if reading is None or reading.registry is not registry:
            reading = self._readings[home] = _Reading(home, registry, self._make)
        return reading


def registry_of(home: str, registries: Mapping[str, Latest[Registry]]) -> Registry:
    """Return the latest registry of *home*; an empty one when there is none."""
    latest = registries.get(home)
    return _NOTHING_KNOWN if latest is None else latest.value


class _Reading(dict[K, V]):
    """What was made after one reading of the registries of one home; what is missing is made."""

    def __init__(
        self, home: str, registry: Registry, make: Callable[[str, K, Registry], V]
    ) -> None:
        super().__init__()
        self.registry = registry
        self._home, self._make = home, make

    def __missing__(self, key: K) -> V:
        if len(self) == REMEMBERED_ENTITIES:
            self.clear()
        made = self[key] = self._make(self._home, key, self.registry)
        return made
