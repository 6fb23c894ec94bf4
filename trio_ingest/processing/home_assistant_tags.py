"""Which tags Home Assistant's `influxdb` integration gives a point."""

from collections.abc import Mapping
from typing import Any

from trio_ingest.processing.home_assistant_clients import Client
from trio_ingest.processing.home_assistant_values import single_line, text_of

OWN_TAGS = ("domain", "entity_id")
HOME_TAG = "home"


class Tags:
    """Tells an entity's tags: sorted, and escaped.

    They are its domain, its id without the domain, some of its attributes, and the constant ones.
    The later ones win. Home Assistant knows no `home`; it is there only beside other homes.
    """

    def __init__(
        self,
        client: Client,
        *,
        attributes: tuple[str, ...],
        constant: Mapping[str, str],
        home_tag: bool,
    ) -> None:
        self._client = client
        self._attributes = attributes
        self._constant = {name: single_line(value) for name, value in constant.items()}
        self._home_tag = home_tag

    @property
    def names(self) -> frozenset[str]:
        """The names that are tags here."""
        home = {HOME_TAG} if self._home_tag else set()
        return frozenset({*OWN_TAGS, *self._attributes, *self._constant} | home)

    def of(self, home: str, entity_id: str, attributes: Mapping[str, Any]) -> str:
        """Return the tags, each with the comma that comes before it."""
        chosen = {
            name: _tag_text(attributes[name]) for name in self._attributes if name in attributes
        }
        domain, _, object_id = entity_id.partition(".")
        tags = {"domain": domain, "entity_id": object_id, **chosen, **self._constant}
        if self._home_tag:
            tags[HOME_TAG] = home
        # By what is written: two names may be spelled the same, and no point has a tag twice.
        written: dict[str, str] = {}
        for name in sorted(tags.keys() - {"time"}):  # which InfluxDB has no tag for
            key, value = self._client.tag_key(name), self._client.tag_value(tags[name])
            if key is not None and value is not None:
                written[key] = value
        return "".join(f",{key}={value}" for key, value in written.items())


def _tag_text(value: Any) -> str:
    """Return the text of a tag; an empty one, as None is, leaves the tag out."""
    return "" if value is None else text_of(value) or ""
