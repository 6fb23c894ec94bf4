"""The configuration as the daemon knows it: frozen, complete and valid.

One class a table of the file. A field's annotation says what its key takes, if its type does not
say it all, and what it is for; a field without such a text is no key of the file. Defaults live
here and nowhere else: docs/configuration.md and the JSON Schema are generated from these classes.
Durations are seconds, sizes are bytes.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from attrs import field, frozen

from trio_ingest.config.keys import SecretKeys, WhenUnset
from trio_ingest.config.kinds.addresses import ListenAddress, Url
from trio_ingest.config.kinds.amounts import Count, Duration, Size
from trio_ingest.config.kinds.many import Labels, Names
from trio_ingest.config.kinds.plain import Choice, FilePath

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
TIB = 1024 * GIB

MILLISECOND = 0.001
HOUR = 3600.0
DAY = 24 * HOUR

Timeout = Annotated[float, Duration(least=MILLISECOND, most=HOUR)]
CaFile = Annotated[Path | None, FilePath(must_exist=True)]
Globs = Annotated[tuple[str, ...], Names("^.+$", "*_power")]


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
        Feed, Choice((Feed.EVENTS,), later=("entities",)), "How to ask for changes."
    ] = Feed.EVENTS
    backfill: Annotated[
        bool,
        "Whether changes that happened while not connected are to be fetched from Home Assistant's "
        "recorder. This version does not do that yet.",
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
    """`[sink.NAME.include]` or `exclude`: Home Assistant's three ways to name entities."""

    domains: Annotated[
        tuple[str, ...], Names("^[a-z0-9_]+$", "sensor"), "All entities of these domains."
    ] = ()
    entities: Annotated[
        tuple[str, ...], Names(r"^[a-z0-9_]+\.[a-z0-9_]+$", "light.kitchen"), "These entities."
    ] = ()
    globs: Annotated[
        tuple[str, ...], Names(r"^\S+$", "sensor.*_power"), "Entities whose ids fit one of these."
    ] = ()

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is named at all."""
        return not (self.domains or self.entities or self.globs)


@frozen(kw_only=True)
class AttributesConfig:
    """`[sink.NAME.attributes]`: which attributes become fields, by glob."""

    include: Annotated[Globs, "Attributes to record."] = ("*",)
    exclude: Annotated[Globs, "Of those, the ones to leave out."] = ()
    nested: Annotated[
        Literal["drop", "json"], "What becomes of lists and objects: nothing, or JSON text."
    ] = "drop"


@frozen(kw_only=True)
class SinkConfig:
    """What every kind of sink has. `name` is the table's: it goes into logs, metrics and files."""

    name: str
    tags: Annotated[
        Mapping[str, str],
        Labels(("entity_id", "area", "device", "floor", "home", "state", "value", "time")),
        "Constant tags of all points.",
    ] = field(factory=dict)
    batch: Annotated[BatchConfig, "When a batch is sent."] = field(factory=BatchConfig)
    spool: Annotated[SpoolConfig, "What waits on disk."] = field(factory=SpoolConfig)
    include: Annotated[EntityPatterns, "Entities to record; all, if none is named."] = field(
        factory=EntityPatterns
    )
    exclude: Annotated[EntityPatterns, "Entities to leave out."] = field(factory=EntityPatterns)
    attributes: Annotated[AttributesConfig, "Attributes to record."] = field(
        factory=AttributesConfig
    )


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


@frozen(kw_only=True)
class InfluxSinkConfig(SinkConfig):
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
    schema: Annotated[
        Schema,
        Choice((Schema.TIDY,), later=("home-assistant", "homeiq")),
        "How a state change becomes a point.",
    ] = Schema.TIDY
    precision: Annotated[
        Precision,
        "The unit of timestamps. A coarse one merges changes of an entity that fall into one unit.",
    ] = Precision.US
    gzip: Annotated[bool, "Whether to send batches compressed."] = True
    timeout: Annotated[Timeout, "For one write request."] = 30.0


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
        str, ListenAddress(), "Where to serve them. This version serves nothing there yet."
    ] = "127.0.0.1:8099"
    token: Annotated[
        Secret | None, SecretKeys(("token",)), "What a client has to show as a bearer token."
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
    admin: Annotated[AdminConfig, "Health and metrics; not served by this version yet."] = field(
        factory=AdminConfig
    )
    logging: Annotated[LoggingConfig, "What is said on standard error."] = field(
        factory=LoggingConfig
    )
    warnings: tuple[str, ...] = ()
    """What works, but should not stay as it is; to be printed."""
