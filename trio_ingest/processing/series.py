"""Measurement and tags of an entity, put together and escaped once, then remembered."""

from collections.abc import Mapping

from attrs import define, field

from trio_ingest.model.registry import Latest, Registry
from trio_ingest.processing import line_protocol

OWN_TAGS = ("entity_id", "area", "device", "floor", "home")
REMEMBERED_ENTITIES = 16_384
"""Series kept for a home; one more and all are made anew, which takes a moment."""

_UNKNOWN = Registry()
_NOT_FOR_TAGS = ("", "time", "state", "value")


class Series:
    """Tells what stands before the fields: `sensor,entity_id=sensor.x,area=Kitchen`.

    The entity comes first, for it is what queries ask for most, and InfluxDB 3 sorts its tables by
    the order of tags in the first write; versions 1 and 2 sort the tags of a point themselves.
    Constant tags come last, in the order of the configuration, and give way to an entity's own.
    """

    def __init__(
        self,
        registries: Mapping[str, Latest[Registry]],
        tags: Mapping[str, str],
        *,
        home_tag: bool,
    ) -> None:
        self._registries = registries
        self._constant = {_tag_name(name): value for name, value in tags.items()}
        self._home_tag = home_tag
        self._remembered: dict[str, _Remembered] = {}

    @property
    def tags(self) -> frozenset[str]:
        """The names that are tags' here, or would be with another Home Assistant beside this."""
        return frozenset(OWN_TAGS) | frozenset(self._constant)

    def of(self, home: str, entity_id: str) -> str:
        """Return the measurement and tags of *entity_id*, after the latest registries of *home*."""
        latest = self._registries.get(home)
        registry = _UNKNOWN if latest is None else latest.value
        remembered = self._remembered.get(home)
        if remembered is None or remembered.registry is not registry:
            remembered = self._remembered[home] = _Remembered(registry)
        known = remembered.series.get(entity_id)
        if known is None:
            if len(remembered.series) == REMEMBERED_ENTITIES:
                remembered.series.clear()
            known = remembered.series[entity_id] = self._make(home, entity_id, registry)
        return known

    def _make(self, home: str, entity_id: str, registry: Registry) -> str:
        place = registry.place_of(entity_id)
        tags = {
            "entity_id": entity_id,
            "area": place.area,
            "device": place.device,
            "floor": place.floor,
            "home": home if self._home_tag else None,
        }
        tags = {name: value for name, value in tags.items() if value}
        tags = tags | {name: value for name, value in self._constant.items() if name not in tags}
        domain = entity_id.partition(".")[0]
        return ",".join(
            [
                line_protocol.measurement(domain),
                *(
                    f"{line_protocol.key(name)}={line_protocol.tag_value(value)}"
                    for name, value in tags.items()
                    if value
                ),
            ]
        )


@define
class _Remembered:
    """The series of one home as one reading of its registries has them."""

    registry: Registry
    series: dict[str, str] = field(factory=dict)


def _tag_name(name: str) -> str:
    """Return a name that a tag may have: not a field's that is always there, not a reserved one."""
    safe = line_protocol.safe_name(name)
    return f"tag_{safe}" if safe in _NOT_FOR_TAGS or safe.startswith("_") else safe
