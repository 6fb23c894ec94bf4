"""The configuration as the daemon knows it: frozen, complete and valid.

One class a table of the file. A field's annotation says what its key takes, if its type does not
say it all, and what it is for; a field without such a text is no key of the file. Defaults live
here and nowhere else: docs/configuration.md and the JSON Schema are generated from these classes.
Durations are seconds, sizes are bytes.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from attrs import field, frozen

from trio_ingest.config.keys import SecretKeys, WhenUnset
from trio_ingest.config.kinds.addresses import ListenAddress, Url
from trio_ingest.config.kinds.amounts import Count, Duration, Size
from trio_ingest.config.kinds.many import Labels, Names, ValueMaps
from trio_ingest.config.kinds.plain import Choice, FilePath, Name, Text
from trio_ingest.config.surroundings import DEFAULT_LISTEN

if TYPE_CHECKING:  # it is made of what is here
    from trio_ingest.config.relay_model import RelayConfig

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
TIB = 1024 * GIB

MILLISECOND = 0.001
MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR

Timeout = Annotated[float, Duration(least=MILLISECOND, most=HOUR)]
CaFile = Annotated[Path | None, FilePath(must_exist=True)]
Globs = Annotated[tuple[str, ...], Names("^.+$", "*_power")]

ANY_TEXT = r"^[\s\S]*$"
AttributeNames = Annotated[tuple[str, ...], Names(ANY_TEXT, "icon")]

DOMAIN = "^[a-z0-9_]+$"
ENTITY_ID = r"^[a-z0-9_]+\.[a-z0-9_]+$"
Domain = Annotated[str, Name(DOMAIN, "light")]
EntityId = Annotated[str, Name(ENTITY_ID, "light.kitchen")]
Glob = Annotated[str, Name("^.+$", "sensor.*_power")]


@frozen(kw_only=True)
class Secret:
    """A token or password, or the file that holds it. It never shows in a repr or a log.

    `read` looks into the file anew each time, so that a rotated token works without a restart.
    """

    value: str | None = field(default=None, repr=False)
    file: Path | None = None

    def read(self) -> str:
        """Return the secret. Raises OSError when its file cannot be read."""
        if self.file is not None:
            return self.file.read_text(encoding="utf-8").strip()
        return self.value or ""


class Feed(StrEnum):
    """How Home Assistant is asked for changes."""

    EVENTS = "events"
    """Each change whole, with the state before it, when it was and what brought it about."""
    ENTITIES = "entities"
    """What is different, and a snapshot that goes with it: a sixth of the bytes."""


@frozen(kw_only=True)
class HomeAssistantConfig:
    """`[home_assistant.NAME]`: one Home Assistant to record."""

    name: str
    url: Annotated[
        str,
        Url(("http", "https", "ws", "wss")),
        'Where Home Assistant answers, such as "http://homeassistant.local:8123".',
    ]
    token: Annotated[
        Secret,
        SecretKeys(("token",)),
        "A long-lived access token; any user's will do, also read-only.",
    ]
    verify_tls: Annotated[bool, "Whether Home Assistant's certificate has to be valid."] = True
    ca_file: Annotated[CaFile, "The certificate authority to trust instead of the system's."] = None
    feed: Annotated[
        Feed,
        Choice((Feed.EVENTS, Feed.ENTITIES)),
        "How to ask for changes: whole, or only what is different, which costs Home Assistant "
        "less: [home-assistant-cost.md](home-assistant-cost.md).",
    ] = Feed.EVENTS
    events: Annotated[
        tuple[str, ...],
        Names(
            "^[A-Za-z0-9_.:-]{1,64}$",
            "automation_triggered",
            refused=("state_changed", "state_reported"),
        ),
        "Other events to record besides state changes, by type. Most of them need an "
        "administrator's token; check-config --online says which.",
    ] = ()
    backfill: Annotated[
        bool,
        "Whether changes that happened while not connected are fetched from Home Assistant's "
        "recorder.",
    ] = True
    backfill_max: Annotated[
        float, Duration(least=MILLISECOND, most=3650 * DAY), "How far back that may go."
    ] = 10 * DAY
    connect_timeout: Annotated[Timeout, "For TCP, TLS and the WebSocket upgrade."] = 10.0
    auth_timeout: Annotated[Timeout, "For the answer to the token."] = 10.0
    command_timeout: Annotated[Timeout, "For the answer to any other request."] = 60.0
    goodbye_timeout: Annotated[Timeout, "For the close of a connection, before it is cut."] = 2.0
    ping_interval: Annotated[Timeout, "How often to ask whether Home Assistant is there."] = 30.0
    ping_timeout: Annotated[Timeout, "How long that answer may take."] = 10.0
    max_message_size: Annotated[
        int, Size(least=64 * KIB, most=GIB), "A larger message ends the connection."
    ] = 64 * MIB
    reconnect_max_delay: Annotated[Timeout, "The longest wait between two tries."] = 60.0


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


class Identity(StrEnum):
    """What makes a series: the entity id, or what stays when that is changed."""

    ENTITY_ID = "entity_id"
    REGISTRY_ID = "registry_id"


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
    def secrets(self) -> Sequence[Secret]:
        """Return what it shows to its server, of which nothing must show anywhere else."""
        return ()


class InfluxApi(StrEnum):
    """Which write API an InfluxDB speaks."""

    V1 = "v1"
    V2 = "v2"
    V3 = "v3"


class InfluxAuth(StrEnum):
    """How the credential is shown to the server."""

    NONE = "none"
    TOKEN = "token"  # noqa: S105 - the name of a scheme, not a token
    BEARER = "bearer"
    BASIC = "basic"


class Precision(StrEnum):
    """The unit of the timestamps that are sent."""

    NS = "ns"
    US = "us"
    MS = "ms"
    S = "s"


class Schema(StrEnum):
    """How a state change becomes a point."""

    TIDY = "tidy"
    HOME_ASSISTANT = "home-assistant"
    HOMEIQ = "homeiq"


class MeasurementAttr(StrEnum):
    """What names the measurement in the schema `home-assistant`."""

    UNIT_OF_MEASUREMENT = "unit_of_measurement"
    DOMAIN_DEVICE_CLASS = "domain__device_class"
    ENTITY_ID = "entity_id"


@frozen(kw_only=True)
class ComponentConfig:
    """`component_config`: what differs for some entities in the schema `home-assistant`.

    What is None is not given, and leaves in place what the entity's domain or a glob says.
    """

    override_measurement: Annotated[
        str | None, Text(may_be_empty=True), 'The measurement of these entities; "" for the usual.'
    ] = None
    ignore_attributes: Annotated[
        tuple[str, ...] | None, Names(ANY_TEXT, "icon"), "Attributes of theirs to leave out, too."
    ] = None


# Without slots, because a class cannot have two bases with them.
@frozen(kw_only=True, slots=False)
class HomeAssistantSchemaConfig:
    """The options of Home Assistant's own `influxdb` integration, by the names they have there."""

    measurement_attr: Annotated[MeasurementAttr, "The attribute that names the measurement."] = (
        MeasurementAttr.UNIT_OF_MEASUREMENT
    )
    default_measurement: Annotated[
        str | None, "The measurement of what has no such attribute, instead of its entity id."
    ] = None
    override_measurement: Annotated[str | None, "One measurement for everything."] = None
    tags_attributes: Annotated[AttributeNames, "Attributes to write as tags."] = ()
    ignore_attributes: Annotated[AttributeNames, "Attributes to leave out."] = ()
    component_config: Annotated[
        Mapping[EntityId, ComponentConfig], "What differs for an entity."
    ] = field(factory=dict)
    component_config_domain: Annotated[
        Mapping[Domain, ComponentConfig], "What differs for a domain."
    ] = field(factory=dict)
    component_config_glob: Annotated[
        Mapping[Glob, ComponentConfig], "What differs for entities whose ids fit a glob."
    ] = field(factory=dict)


class StateFormat(StrEnum):
    """How the schema `homeiq` writes a state."""

    PLAIN = "plain"
    LEGACY = "legacy"


@frozen(kw_only=True, slots=False)
class LineProtocolConfig(HomeAssistantSchemaConfig):
    """What every sink has that takes line protocol. `api` is that of the database it ends in."""

    api: InfluxApi
    schema: Annotated[Schema, "How a state change becomes a point."] = Schema.TIDY
    identity: Annotated[
        Identity,
        "What makes a series in schema tidy: the entity id, or the registry's own id, with which a "
        "renamed entity keeps its series.",
    ] = Identity.ENTITY_ID
    tag_labels: Annotated[bool, "Whether an entity's labels are a tag in schema tidy."] = False
    state_format: Annotated[
        StateFormat,
        "How schema homeiq writes states: the plain text, or the text of a Python dict, as the old "
        "service did.",
    ] = StateFormat.PLAIN
    precision: Annotated[
        Precision,
        "The unit of timestamps. A coarse one merges changes of an entity that fall into one unit.",
    ] = Precision.US


@frozen(kw_only=True)
class InfluxSinkConfig(LineProtocolConfig, SinkConfig):
    """`kind = "influxdb"`: InfluxDB 1, 2 or 3, or whatever speaks one of their write APIs.

    `database` serves v1 and v3, `bucket` and `org` v2. `auth` is worked out by the loader when the
    file does not say it, so it is never "unset" here: `secret` is the token or the password.
    """

    url: Annotated[
        str,
        Url(("http", "https")),
        'Where the server answers, such as "http://127.0.0.1:8086"; a path is kept.',
    ]
    api: Annotated[InfluxApi, 'The write API that the server speaks: "v1", "v2" or "v3".']
    auth: Annotated[
        InfluxAuth,
        WhenUnset('"basic" with a username, else "bearer" (v3) or "token"; v1 also "none"'),
        "How the token or password is shown to the server.",
    ]
    secret: Annotated[
        Secret | None, SecretKeys(("token", "password")), "What proves to the server who we are."
    ] = None
    username: Annotated[str | None, "Who the password belongs to."] = None
    org: Annotated[str | None, "The organization (v2)."] = None
    bucket: Annotated[str | None, "The bucket to write to (v2)."] = None
    database: Annotated[str | None, "The database to write to (v1, v3)."] = None
    retention_policy: Annotated[str | None, "The retention policy, if not the default (v1)."] = None
    # They are not shown because some servers take credentials in them.
    params: Annotated[
        Mapping[str, str],
        Labels(("db", "rp", "org", "bucket", "precision")),
        "More parameters for each write request.",
    ] = field(factory=dict, repr=False)
    verify_tls: Annotated[bool, "Whether the server's certificate has to be valid."] = True
    ca_file: Annotated[CaFile, "The certificate authority to trust instead of the system's."] = None
    gzip: Annotated[bool, "Whether to send batches compressed."] = True
    timeout: Annotated[Timeout, "For one write request."] = 30.0

    @property
    def secrets(self) -> Sequence[Secret]:
        """Return the token or the password, if there is one."""
        return [self.secret] if self.secret else []


@frozen(kw_only=True)
class SqliteSinkConfig(SinkConfig):
    """`kind = "sqlite"`: the embedded database, a file that any SQLite tool reads."""

    path: Annotated[
        Path, WhenUnset("`NAME.db` in the state directory"), "The database file, made when missing."
    ]


@frozen(kw_only=True)
class AdminConfig:
    """`[admin]`: where health and metrics are served; an empty `listen` turns it off."""

    listen: Annotated[
        str,
        ListenAddress(),
        "Where to serve them: [admin.md](admin.md). Port 0 is any free one. "
        "`$TRIO_INGEST_ADMIN_LISTEN` is the default where it is set.",
    ] = DEFAULT_LISTEN
    token: Annotated[
        Secret | None, SecretKeys(("token",)), "What a client has to show as a bearer token."
    ] = None


@frozen(kw_only=True)
class DataApiConfig:
    """`[publish.data_api]`: HomeIQ's data-api, to be told what the registries have."""

    url: Annotated[str, Url(("http", "https")), 'Where it answers, such as "http://data-api:8006".']
    token: Annotated[
        Secret | None, SecretKeys(("token",)), "Its API key, which is shown as a bearer token."
    ] = None
    home: Annotated[
        str | None, WhenUnset("the only one"), "The Home Assistant to tell it of, by its name."
    ] = None
    interval: Annotated[
        float,
        Duration(least=MINUTE, most=30 * DAY),
        "How often it is told everything again, also when nothing has changed.",
    ] = 30 * MINUTE
    verify_tls: Annotated[bool, "Whether its certificate has to be valid."] = True
    ca_file: Annotated[CaFile, "The certificate authority to trust instead of the system's."] = None
    timeout: Annotated[Timeout, "For one request."] = 30.0


@frozen(kw_only=True)
class PublishConfig:
    """`[publish]`: who else is told something. Nobody is, unless a table says so."""

    data_api: Annotated[
        DataApiConfig | None,
        "HomeIQ's data-api: it is told of devices, entities and services.",
    ] = None


class LogFormat(StrEnum):
    """How a log record is written to standard error."""

    AUTO = "auto"
    JOURNALD = "journald"
    TEXT = "text"
    JSON = "json"


@frozen(kw_only=True)
class LoggingConfig:
    """`[logging]`: what is said on standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], "The least important that is said."
    ] = "info"
    format: Annotated[LogFormat, "How a line looks; auto finds out who reads it."] = LogFormat.AUTO


@frozen(kw_only=True)
class Config:
    """The whole of it. `source` is the file it came from, or None for the environment alone."""

    source: Path | None
    state_directory: Annotated[
        Path,
        WhenUnset(
            "`$STATE_DIRECTORY`, else `$XDG_STATE_HOME/trio-ingest`, "
            "else `~/.local/state/trio-ingest`"
        ),
        "Where the spools and the embedded database are.",
    ]
    home_assistants: tuple[HomeAssistantConfig, ...]
    sinks: tuple[SinkConfig, ...]
    admin: Annotated[AdminConfig, "Health and metrics, over HTTP."] = field(factory=AdminConfig)
    relay: "RelayConfig | None" = None
    """What makes a relay of it, which records no home."""
    publish: Annotated[PublishConfig, "Who else is told something."] = field(factory=PublishConfig)
    logging: Annotated[LoggingConfig, "What is said on standard error."] = field(
        factory=LoggingConfig
    )
    warnings: tuple[str, ...] = ()
    """What works, but should not stay as it is; to be printed."""
