"""Measurement and tags of an entity, put together and escaped."""

from collections.abc import Mapping

from trio_ingest.config.line_protocol_model import Identity
from trio_ingest.model.registry import Entry, Registry
from trio_ingest.processing import line_protocol

OWN_TAGS = ("entity_id", "registry_id", "area", "device", "floor", "labels", "home")
PRESENT_NAME = "entity_id_str"
"""The field that has the entity id where another tag is the identity."""

_FIELDS = ("state", "value", PRESENT_NAME)


class Series:
    """Tells what stands before the fields: `sensor,entity_id=sensor.x,area=Kitchen`.

    The entity comes first, for it is what queries ask for most, and InfluxDB 3 sorts its tables by
    the order of tags in the first write; versions 1 and 2 sort the tags of a point themselves.
    Constant tags come last, in the order of the configuration, and give way to an entity's own.

    With the identity `registry_id` that id is the tag in place of the entity's, so that a renamed
    entity keeps its series. An entity that is not in the registry has its entity id all the same.
    """

    def __init__(
        self,
        tags: Mapping[str, str],
        *,
        home_tag: bool,
        identity: Identity = Identity.ENTITY_ID,
        tag_labels: bool = False,
    ) -> None:
        self._constant = {
            line_protocol.tag_name(name, _FIELDS): value for name, value in tags.items()
        }
        self._home_tag = home_tag
        self._identity = identity
        self._tag_labels = tag_labels

    @property
    def tags(self) -> frozenset[str]:
        """The names that are tags' here, or would be with other options or another home."""
        return frozenset(OWN_TAGS) | frozenset(self._constant)

    def of(self, home: str, entity_id: str, registry: Registry) -> str:
        """Return the measurement and tags of *entity_id* in *home*, after its *registry*."""
        own = self._own_tags(home, entity_id, registry.entry_of(entity_id))
        tags = {name: value for name, value in own.items() if value}
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

    def _own_tags(self, home: str, entity_id: str, entry: Entry) -> dict[str, str | None]:
        is_known_by_registry = self._identity is Identity.REGISTRY_ID and entry.registry_id
        return {
            "entity_id": None if is_known_by_registry else entity_id,
            "registry_id": entry.registry_id if is_known_by_registry else None,
            "area": entry.area,
            "device": entry.device,
            "floor": entry.floor,
            "labels": ",".join(sorted(entry.labels)) if self._tag_labels else None,
            "home": home if self._home_tag else None,
        }
