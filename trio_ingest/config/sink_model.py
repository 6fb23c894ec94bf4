"""What every kind of sink has, and the embedded one."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from attrs import field, frozen

from trio_ingest.config.common import (
    DAY,
    DOMAIN,
    ENTITY_ID,
    GIB,
    HOUR,
    KIB,
    MIB,
    MINUTE,
    TIB,
    Domain,
    Globs,
    Secret,
)
from trio_ingest.config.keys import WhenUnset
from trio_ingest.config.kinds.amounts import Count, Duration, Size
from trio_ingest.config.kinds.many import Labels, Names, ValueMaps


@frozen(kw_only=True)
class BatchConfig:
    """`[sink.NAME.batch]`: when a batch is full, and how long it may wait to become so."""

    max_points: Annotated[int, Count(1, 100_000), "Points in a batch."] = 5000
    max_bytes: Annotated[
        int, Size(least=KIB, most=64 * MIB), "Bytes in a batch, before compression."
    ] = 4 * MIB
    linger: Annotated[
        float,
        Duration(least=0.0, most=HOUR),
        "How long the first point may wait for others. It is in memory only until then.",
    ] = 1.0


class WhenFull(StrEnum):
    """What gives way when the spool has reached `max_size`."""

    DROP_OLDEST = "drop_oldest"
    DROP_NEWEST = "drop_newest"


@frozen(kw_only=True)
class SpoolConfig:
    """`[sink.NAME.spool]`: how much disk an outage may take."""

    max_size: Annotated[
        int, Size(least=KIB, most=TIB), "Disk for batches that wait for the sink, compressed."
    ] = GIB
    when_full: Annotated[WhenFull, "What gives way then; it is counted."] = WhenFull.DROP_OLDEST


@frozen(kw_only=True)
class EntityPatterns:
    """`[sink.NAME.include]` or `exclude`: the ways to name entities.

    The first three are Home Assistant's and follow its rules; the others are ours and come after.
    """

    domains: Annotated[
        tuple[str, ...], Names(DOMAIN, "sensor"), "All entities of these domains."
    ] = ()
    entities: Annotated[tuple[str, ...], Names(ENTITY_ID, "light.kitchen"), "These entities."] = ()
    globs: Annotated[
        tuple[str, ...], Names(r"^\S+$", "sensor.*_power"), "Entities whose ids fit one of these."
    ] = ()
    areas: Annotated[
        tuple[str, ...], Names("^.+$", "Kitchen"), "Entities in these areas, by name or id."
    ] = ()
    labels: Annotated[
        tuple[str, ...], Names("^.+$", "Record"), "Entities with one of these labels, by name."
    ] = ()
    device_classes: Annotated[
        tuple[str, ...], Names("^.+$", "power"), "Entities of these device classes."
    ] = ()
    integrations: Annotated[
        tuple[str, ...], Names("^.+$", "hue"), "Entities that come from these integrations."
    ] = ()
    entity_categories: Annotated[
        tuple[str, ...],
        Names("^(config|diagnostic|none)$", "diagnostic"),
        'Entities of these categories: "config", "diagnostic", or "none".',
    ] = ()
    hidden: Annotated[bool, "Entities that are hidden in Home Assistant."] = False


@frozen(kw_only=True)
class AttributePatterns:
    """Which attributes become fields: by glob on their names in Home Assistant or in the sink."""

    include: Annotated[Globs, "Attributes to record."] = ("*",)
    exclude: Annotated[Globs, "Of those, the ones to leave out."] = ()


@frozen(kw_only=True)
class AttributesConfig(AttributePatterns):
    """`[sink.NAME.attributes]`: which attributes become fields, by glob."""

    nested: Annotated[
        Literal["drop", "json"], "What becomes of lists and objects: nothing, or JSON text."
    ] = "drop"
    domain: Annotated[
        Mapping[Domain, AttributePatterns],
        "Other patterns for the entities of one domain, in place of those above.",
    ] = field(factory=dict)


class RestartNoise(StrEnum):
    """What becomes of the states that Home Assistant restores when it starts."""

    DROP = "drop"
    KEEP = "keep"


@frozen(kw_only=True)
class SinkConfig:
    """What every kind of sink has. `name` is the table's: it goes into logs, metrics and files."""

    name: str
    tags: Annotated[Mapping[str, str], Labels(), "Constant tags of all points."] = field(
        factory=dict
    )
    batch: Annotated[BatchConfig, "When a batch is sent."] = field(factory=BatchConfig)
    spool: Annotated[SpoolConfig, "What waits on disk."] = field(factory=SpoolConfig)
    include: Annotated[EntityPatterns, "Entities to record; all, if none is named."] = field(
        factory=EntityPatterns
    )
    exclude: Annotated[EntityPatterns, "Entities to leave out."] = field(factory=EntityPatterns)
    attributes: Annotated[AttributesConfig, "Attributes to record."] = field(
        factory=AttributesConfig
    )
    restart_noise: Annotated[
        RestartNoise | None,
        WhenUnset('"keep" in schema home-assistant, else "drop"'),
        "Whether states are written again that Home Assistant gives back to its entities when it "
        "starts: the same value and attributes as before, under a new time.",
    ] = None
    heartbeat: Annotated[
        float | None,
        Duration(least=MINUTE, most=30 * DAY),
        WhenUnset("none are written"),
        "How often to write a point of an entity that was reported again without a change.",
    ] = None
    value_map: Annotated[
        Mapping[str, Mapping[str, float]],
        ValueMaps(),
        "Numbers for the words of states. Each table is called like a domain, such as `person`, or "
        'a domain and a device class with a colon between, such as `"sensor:enum"`; that one wins.',
    ] = field(factory=dict)

    @property
    def is_stream(self) -> bool:
        """Say whether points do not end there: somebody reads them, and writes them on."""
        return False

    @property
    def secrets(self) -> Sequence[Secret]:
        """Return what it shows to its server, of which nothing must show anywhere else."""
        return ()


@frozen(kw_only=True)
class SqliteSinkConfig(SinkConfig):
    """`kind = "sqlite"`: the embedded database, a file that any SQLite tool reads."""

    path: Annotated[
        Path, WhenUnset("`NAME.db` in the state directory"), "The database file, made when missing."
    ]
