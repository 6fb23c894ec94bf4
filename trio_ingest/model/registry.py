"""What Home Assistant's registries know of an entity: the area, device and floor it belongs to."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from attrs import define, field, frozen

T = TypeVar("T")


@frozen(kw_only=True)
class Place:
    """Where an entity belongs, by the names that people gave; None where nobody said."""

    area: str | None = None
    device: str | None = None
    floor: str | None = None


NOWHERE = Place()


@frozen(kw_only=True)
class Registry:
    """One reading of the registries, never changed: a newer reading is another object.

    An entity's own area counts before its device's, the floor is the area's.
    """

    places: Mapping[str, Place] = field(factory=dict)

    def place_of(self, entity_id: str) -> Place:
        """Return where *entity_id* belongs; `NOWHERE` when the registries do not know it."""
        return self.places.get(entity_id, NOWHERE)


@define
class Latest(Generic[T]):
    """The newest value of something: one task writes it, others read it without awaiting."""

    value: T
