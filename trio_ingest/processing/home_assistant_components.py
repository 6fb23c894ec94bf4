"""What `component_config` and its like say of an entity, as Home Assistant merges them."""

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache

from attrs import frozen

from trio_ingest.config.line_protocol_model import ComponentConfig, HomeAssistantSchemaConfig
from trio_ingest.processing.remembered import REMEMBERED_ENTITIES


@frozen(kw_only=True)
class EntityOptions:
    """What holds for one entity."""

    override_measurement: str | None
    no_fields: frozenset[str]
    """The attributes that are left out, or are tags."""


class Components:
    """Looks an entity up: its domain's options, those of each fitting glob in turn, its own.

    The later ones win, key by key. What is no field of any entity comes on top.
    """

    def __init__(self, options: HomeAssistantSchemaConfig) -> None:
        self._domains = options.component_config_domain
        self._globs = [
            (re.compile(translate(glob)), component)
            for glob, component in options.component_config_glob.items()
        ]
        self._entities = options.component_config
        self._no_fields = frozenset({*options.ignore_attributes, *options.tags_attributes})
        self._remembered = lru_cache(REMEMBERED_ENTITIES)(self._merge)

    def options_of(self, entity_id: str) -> EntityOptions:
        """Return what holds for *entity_id*."""
        return self._remembered(entity_id)

    def _merge(self, entity_id: str) -> EntityOptions:
        measurement: str | None = None
        ignored: tuple[str, ...] = ()
        for component in self._that_fit(entity_id):
            if component.override_measurement is not None:
                measurement = component.override_measurement
            if component.ignore_attributes is not None:
                ignored = component.ignore_attributes
        return EntityOptions(
            override_measurement=measurement, no_fields=self._no_fields.union(ignored)
        )

    def _that_fit(self, entity_id: str) -> Iterable[ComponentConfig]:
        domain = entity_id.partition(".")[0]
        if domain in self._domains:
            yield self._domains[domain]
        for glob, component in self._globs:
            if glob.match(entity_id):
                yield component
        if entity_id in self._entities:
            yield self._entities[entity_id]
