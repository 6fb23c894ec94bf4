"""The configuration as the daemon knows it: frozen, complete and valid.

One class a table of the file. A field's annotation says what its key takes, if its type does not
say it all, and what it is for; a field without such a text is no key of the file. Defaults live
here and nowhere else: docs/configuration.md and the JSON Schema are generated from these classes.
Durations are seconds, sizes are bytes.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from attrs import field, frozen

from trio_ingest.config.common import (
    DAY,
    GIB,
    KIB,
    MIB,
    MILLISECOND,
    MINUTE,
    CaFile,
    Secret,
    Timeout,
)
from trio_ingest.config.keys import SecretKeys, WhenUnset
from trio_ingest.config.kinds.addresses import ListenAddress, Url
from trio_ingest.config.kinds.amounts import Duration, Size
from trio_ingest.config.kinds.many import Names
from trio_ingest.config.kinds.plain import Choice
from trio_ingest.config.sink_model import SinkConfig
from trio_ingest.config.surroundings import DEFAULT_LISTEN

if TYPE_CHECKING:  # few have NATS, and these classes take 8 ms of each start to make
    from trio_ingest.config.relay_model import RelayConfig


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
