"""The configuration as the daemon knows it: frozen, complete and valid.

One class a table of the file. Defaults live here and nowhere else; docs/configuration.md and the
JSON Schema are generated from these classes. Durations are seconds, sizes are bytes.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Literal

from attrs import field, frozen

MIB = 1024 * 1024
GIB = 1024 * MIB


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
    url: str
    token: Secret
    verify_tls: bool = True
    ca_file: Path | None = None
    feed: Feed = Feed.EVENTS
    backfill: bool = True
    backfill_max: float = 10 * 86_400.0
    connect_timeout: float = 10.0
    auth_timeout: float = 10.0
    command_timeout: float = 60.0
    goodbye_timeout: float = 2.0
    ping_interval: float = 30.0
    ping_timeout: float = 10.0
    max_message_size: int = 64 * MIB
    reconnect_max_delay: float = 60.0


@frozen(kw_only=True)
class BatchConfig:
    """`[sink.NAME.batch]`: when a batch is full, and how long it may wait to become so."""

    max_points: int = 5000
    max_bytes: int = 4 * MIB
    linger: float = 1.0


class WhenFull(StrEnum):
    """What gives way when the spool has reached `max_size`."""

    DROP_OLDEST = "drop_oldest"
    DROP_NEWEST = "drop_newest"


@frozen(kw_only=True)
class SpoolConfig:
    """`[sink.NAME.spool]`: how much disk an outage may take."""

    max_size: int = GIB
    when_full: WhenFull = WhenFull.DROP_OLDEST


@frozen(kw_only=True)
class EntityPatterns:
    """`[sink.NAME.include]` or `exclude`: Home Assistant's three ways to name entities."""

    domains: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    globs: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is named at all."""
        return not (self.domains or self.entities or self.globs)


@frozen(kw_only=True)
class AttributesConfig:
    """`[sink.NAME.attributes]`: which attributes become fields, by glob."""

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    nested: Literal["drop", "json"] = "drop"


@frozen(kw_only=True)
class SinkConfig:
    """What every kind of sink has. `name` is the table's: it goes into logs, metrics and files."""

    name: str
    tags: Mapping[str, str] = field(factory=dict)
    batch: BatchConfig = field(factory=BatchConfig)
    spool: SpoolConfig = field(factory=SpoolConfig)
    include: EntityPatterns = field(factory=EntityPatterns)
    exclude: EntityPatterns = field(factory=EntityPatterns)
    attributes: AttributesConfig = field(factory=AttributesConfig)


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

    url: str
    api: InfluxApi
    auth: InfluxAuth
    secret: Secret | None = None
    username: str | None = None
    org: str | None = None
    bucket: str | None = None
    database: str | None = None
    retention_policy: str | None = None
    params: Mapping[str, str] = field(factory=dict)
    verify_tls: bool = True
    ca_file: Path | None = None
    schema: Schema = Schema.TIDY
    precision: Precision = Precision.US
    gzip: bool = True
    timeout: float = 30.0


@frozen(kw_only=True)
class SqliteSinkConfig(SinkConfig):
    """`kind = "sqlite"`: the embedded database, a file that any SQLite tool reads."""

    path: Path


@frozen(kw_only=True)
class AdminConfig:
    """`[admin]`: where health and metrics are served; an empty `listen` turns it off."""

    listen: str = "127.0.0.1:8099"
    token: Secret | None = None


class LogFormat(StrEnum):
    """How a log record is written to standard error."""

    AUTO = "auto"
    JOURNALD = "journald"
    TEXT = "text"
    JSON = "json"


@frozen(kw_only=True)
class LoggingConfig:
    """`[logging]`."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: LogFormat = LogFormat.AUTO


@frozen(kw_only=True)
class Config:
    """The whole of it. `source` is the file it came from, or None for the environment alone."""

    source: Path | None
    state_directory: Path
    home_assistants: tuple[HomeAssistantConfig, ...]
    sinks: tuple[SinkConfig, ...]
    admin: AdminConfig = field(factory=AdminConfig)
    logging: LoggingConfig = field(factory=LoggingConfig)
