"""What is promised, and that it is promised only where it holds."""

from pathlib import Path

import pytest

from trio_ingest.config.common import Secret
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.line_protocol_model import Identity, InfluxApi, Precision, Schema
from trio_ingest.config.model import Config, Feed, HomeAssistantConfig
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.config.promise import promise
from trio_ingest.config.sink_model import (
    AttributePatterns,
    AttributesConfig,
    BatchConfig,
    EntityPatterns,
    SinkConfig,
    SpoolConfig,
    SqliteSinkConfig,
    WhenFull,
)


def home(url: str = "https://ha", **changes) -> HomeAssistantConfig:
    """Return a Home Assistant that differs from the usual one by *changes*."""
    return HomeAssistantConfig(name="home", url=url, token=Secret(value="abc"), **changes)


def influx(url: str = "https://db", **changes) -> InfluxSinkConfig:
    """Return an InfluxDB that differs from the usual one by *changes*."""
    usual = {"api": InfluxApi.V1, "auth": InfluxAuth.NONE, "database": "home"}
    return InfluxSinkConfig(name="influx", url=url, **(usual | changes))


def promised(*parts: HomeAssistantConfig | SinkConfig) -> str:
    """Return the promise of a configuration of *parts* as one text."""
    config = Config(
        source=None,
        state_directory=Path("/state"),
        home_assistants=tuple(part for part in parts if isinstance(part, HomeAssistantConfig)),
        sinks=tuple(part for part in parts if isinstance(part, SinkConfig)),
    )
    return "\n".join(promise(config))


def test_whole():
    """The promise of a plain configuration is these sentences."""
    sink = SqliteSinkConfig(name="embedded", path=Path("/state/home.db"))

    assert promised(home(), sink).splitlines() == [
        (
            "home: while connected, every state change is recorded, and the removal of an entity too, "
            "at the time that Home Assistant gives it."
        ),
        (
            "home: what happened while it was not connected, or not running, is fetched from Home "
            "Assistant's recorder, up to 10d back, as far as that has it: it knows no contexts, leaves "
            "out some attributes, and keeps no other events."
        ),
        "embedded: all entities are recorded.",
        (
            "embedded: each batch is on the disk before it is sent, and stays there until the database "
            "has confirmed it."
        ),
        (
            "embedded: what is not yet on the disk at a power cut (the changes of the last 1s, up to "
            "5000 points or 4 MiB, and the few on their way) is fetched again like what happened "
            "meanwhile."
        ),
        (
            "embedded: while the database is away, up to 1 GiB (compressed) wait on the disk; beyond "
            "that the oldest batches are dropped, which is counted and logged, and fetched again when "
            "there is room, while Home Assistant has them."
        ),
        (
            "embedded: a batch is sent until it is confirmed, so it may arrive twice; that changes "
            "nothing, because the same change is the same point."
        ),
        (
            "embedded: what the database refuses goes to the quarantine with its reason, and the rest "
            "of the batch is delivered."
        ),
        "embedded: times are exact to the microsecond.",
    ]


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (home(backfill=False), "is not recorded (backfill = false)."),
        (home(backfill_max=3600.0), "up to 1h back"),
        (influx(heartbeat=900.0), "every 15m there is a point"),
        (home("http://ha:8123"), "http://ha:8123 is not encrypted, the token can be read"),
        (home("ws://10.0.0.1"), "is not encrypted"),
        (home(verify_tls=False), "its certificate is not verified"),
        (influx("http://db"), "http://db is not encrypted, all data can be read"),
        (influx("http://db", secret=Secret(value="t")), "the credentials and all data can be read"),
        (influx(verify_tls=False), "its certificate is not verified"),
        (influx(precision=Precision.S), "within one second only one point is left."),
        (influx(precision=Precision.MS), "within one millisecond only one point is left."),
        (influx(spool=SpoolConfig(max_size=5000)), "up to 5 kB (compressed) wait on the disk"),
        (influx(spool=SpoolConfig(when_full=WhenFull.DROP_NEWEST)), "that new batches are dropped"),
        (influx(batch=BatchConfig(linger=0.25)), "the changes of the last 250ms"),
        (
            influx(include=EntityPatterns(domains=("light",), entities=("sun.sun",))),
            "only entities that pass the filter are recorded: include light.*, sun.sun.",
        ),
        (influx(exclude=EntityPatterns(globs=("*_x",))), "are recorded: exclude *_x."),
        (
            influx(attributes=AttributesConfig(exclude=("icon",))),
            "of the attributes are recorded: *, but not icon.",
        ),
        (influx(), "attributes that are lists or objects are left out"),
        (home(events=("call_service", "x")), "if its token may see them: call_service, x."),
        (home(feed=Feed.ENTITIES), "does not tell when an entity was removed"),
        (
            influx(include=EntityPatterns(labels=("A", "B"))),
            "are recorded: include label A, label B.",
        ),
        (
            influx(
                exclude=EntityPatterns(
                    areas=("Attic",),
                    device_classes=("battery",),
                    integrations=("hue",),
                    entity_categories=("none",),
                    hidden=True,
                )
            ),
            "exclude area Attic, device class battery, integration hue, category none, what is hidden.",
        ),
        (influx(attributes=AttributesConfig(include=())), "of the attributes are recorded: none."),
        (
            influx(
                attributes=AttributesConfig(domain={"light": AttributePatterns(include=("b",))})
            ),
            "of the attributes of light.* are recorded: b.",
        ),
        (influx(identity=Identity.REGISTRY_ID), "a renamed entity goes on in the same series"),
        (influx(schema=Schema.HOME_ASSISTANT), "and removals are not recorded here."),
        (influx(schema=Schema.HOMEIQ), "a removal is one with an empty state_value."),
    ],
)
def test_said(part: HomeAssistantConfig | SinkConfig, sentence: str):
    """What a setting costs is said."""
    assert sentence in promised(part)


@pytest.mark.parametrize(
    ("part", "word"),
    [
        (home("http://localhost:8123"), "note"),
        (home("ws://127.0.0.1"), "note"),
        (influx("http://[::1]:8086"), "note"),
        (influx("http://localhost", verify_tls=False), "note"),
        (influx(attributes=AttributesConfig(nested="json")), "left out"),
        (influx(precision=Precision.NS), "cut to"),
        (influx(schema=Schema.HOME_ASSISTANT), "attributes"),
        (influx(schema=Schema.HOMEIQ), "not recorded here"),
        (influx(), "series"),
        (home(), "feed"),
    ],
)
def test_not_said(part: HomeAssistantConfig | SinkConfig, word: str):
    """What does not hold for a configuration is not said of it."""
    assert word not in promised(part)


@pytest.mark.parametrize(
    ("schema", "homes", "is_said"),
    [
        (Schema.HOME_ASSISTANT, 2, True),
        (Schema.HOME_ASSISTANT, 1, False),
        (Schema.TIDY, 2, False),
        (Schema.HOMEIQ, 2, False),
    ],
)
def test_home_tag(schema: Schema, homes: int, is_said: bool):
    """That several homes give points a tag which the integration does not write is said."""
    said = promised(*(home() for _ in range(homes)), influx(schema=schema))

    assert is_said == ("points have the tag home" in said)


def test_stream():
    """It is said where points are once a stream has them, and what its word is worth."""
    sink = NatsSinkConfig(
        name="north",
        servers=("nats://10.0.0.5", "tls://n"),
        subject="ha.lp.north",
        token=Secret(value="abc"),
    )

    words = promised(sink)

    assert "until the stream has confirmed it" in words
    assert "while the stream is away" in words
    assert "the stream HA_LP has confirmed lies with as many servers as it has replicas" in words
    assert "before it has synced to disk, unless its servers have sync_interval: always" in words
    assert "quarantine" not in words
    note = "note: nats://10.0.0.5 is not encrypted, the credentials and all data can be read on the network."
    assert note in words
    assert "tls://n is not" not in words
