"""What was worked out once for an entity, kept until the registries of its home are read anew."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from attrs import define, field

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

    def of(self, home: str, key: K) -> V:
        """Return what belongs to *key* in *home*."""
        latest, reading = self._registries.get(home), self._readings.get(home)
        registry = _NOTHING_KNOWN if latest is None else latest.value
        if reading is None or reading.registry is not registry:
            reading = self._readings[home] = _Reading(registry)
        try:
            return reading.made[key]
        except KeyError:
            if len(reading.made) == REMEMBERED_ENTITIES:
                reading.made.clear()
            made = reading.made[key] = self._make(home, key, registry)
            return made


def registry_of(home: str, registries: Mapping[str, Latest[Registry]]) -> Registry:
    """Return the latest registry of *home*; an empty one when there is none."""
    latest = registries.get(home)
    return _NOTHING_KNOWN if latest is None else latest.value


@define
class _Reading(Generic[K, V]):
    """What was made after one reading of the registries of one home."""

    registry: Registry
    made: dict[K, V] = field(factory=dict)
