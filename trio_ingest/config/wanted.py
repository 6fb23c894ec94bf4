"""A configuration taken apart: what each part of the daemon depends on, and what differs.

A part is restarted when what is here of it is not equal to what it was, and only then.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from trio_ingest.config.common import Secret
from trio_ingest.config.entity_filter import filter_of
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.model import AdminConfig, Config, DataApiConfig, Feed, HomeAssistantConfig
from trio_ingest.config.sink_model import SinkConfig

if TYPE_CHECKING:
    from trio_ingest.config.relay_model import RelayConfig


@frozen(kw_only=True)
class WantedHome:
    """What a connector depends on. The secret is here as it is now, wherever it comes from.

    `only` is what of the home the sinks record, where the feed can leave out the rest.
    """

    config: HomeAssistantConfig
    secret: str = field(repr=False)
    only: Mapping[str, object] = field(factory=dict)


@frozen(kw_only=True)
class WantedLane:
    """What a lane depends on: its sink, and which homes there are."""

    config: SinkConfig
    secret: str = field(repr=False)
    homes: tuple[str, ...]
    state_directory: Path

    @property
    def spool_file(self) -> Path:
        """Return where its spool is."""
        return self.state_directory / "spool" / f"{self.config.name}.db"


@frozen(kw_only=True)
class WantedRelay:
    """What a relay depends on: a stream, and a sink. It has a spool for its quarantine."""

    config: "RelayConfig"
    secrets: tuple[str, ...] = field(repr=False)
    sink: InfluxSinkConfig
    sink_secret: str = field(repr=False)
    state_directory: Path

    @property
    def spool_file(self) -> Path:
        """Return where its spool is."""
        return self.state_directory / "spool" / f"{self.sink.name}.db"


@frozen(kw_only=True)
class WantedAdmin:
    """What the admin server depends on."""

    config: AdminConfig
    secret: str = field(repr=False)


@frozen(kw_only=True)
class WantedPublisher:
    """What a publisher depends on: whom it tells, and of which home."""

    config: DataApiConfig
    secret: str = field(repr=False)
    home: HomeAssistantConfig
    home_secret: str = field(repr=False)


@frozen(kw_only=True)
class Changes:
    """Which names have come, have another meaning, and have gone."""

    added: Sequence[str] = ()
    changed: Sequence[str] = ()
    removed: Sequence[str] = ()


def wanted_homes(config: Config) -> Mapping[str, WantedHome]:
    """Return what each connector depends on, by the name of its home."""
    return {
        home.name: WantedHome(
            config=home,
            secret=present(home.token),
            only=filter_of(config.sinks) if home.feed is Feed.ENTITIES else {},
        )
        for home in config.home_assistants
    }


def wanted_lanes(config: Config) -> Mapping[str, WantedLane]:
    """Return what each lane depends on, by the name of its sink; a relay has none."""
    if config.relay is not None:
        return {}
    homes = tuple(sorted(home.name for home in config.home_assistants))
    return {
        sink.name: WantedLane(
            config=sink,
            secret="\n".join(map(present, sink.secrets)),
            homes=homes,
            state_directory=config.state_directory,
        )
        for sink in config.sinks
    }


def wanted_relays(config: Config) -> Mapping[str, WantedRelay]:
    """Return what a relay depends on, by the name of its sink: there is one at most."""
    if config.relay is None:
        return {}
    [sink] = [each for each in config.sinks if isinstance(each, InfluxSinkConfig)]
    wanted = WantedRelay(
        config=config.relay,
        secrets=tuple(present(secret) for secret in config.relay.secrets),
        sink=sink,
        sink_secret=present(sink.secret),
        state_directory=config.state_directory,
    )
    return {sink.name: wanted}


def wanted_admin(config: Config) -> Mapping[str, WantedAdmin]:
    """Return what the admin server depends on: there is one."""
    return {"admin": WantedAdmin(config=config.admin, secret=present(config.admin.token))}


def wanted_publishers(config: Config) -> Mapping[str, WantedPublisher]:
    """Return what each publisher depends on, by the name of its table."""
    data_api = config.publish.data_api
    if data_api is None:
        return {}
    [home] = [each for each in config.home_assistants if each.name == data_api.home]
    wanted = WantedPublisher(
        config=data_api,
        secret=present(data_api.token),
        home=home,
        home_secret=present(home.token),
    )
    return {"data_api": wanted}


def present(secret: Secret | None) -> str:
    """Return a secret as it is now; what cannot be read is whoever's trouble that needs it."""
    try:
        return secret.read() if secret else ""
    except (OSError, UnicodeDecodeError):
        return ""


def changes_between(old: Mapping[str, object], new: Mapping[str, object]) -> Changes:
    """Return what *new* has otherwise than *old*."""
    return Changes(
        added=[name for name in new if name not in old],
        changed=[name for name in new if name in old and new[name] != old[name]],
        removed=[name for name in old if name not in new],
    )


def described(noun: str, changes: Changes) -> Sequence[str]:
    """Return what is said of *changes* to the parts that are called a *noun*."""
    words = {"is new": changes.added, "changed": changes.changed, "is gone": changes.removed}
    return [f"{noun} {name} {word}" for word, names in words.items() for name in names]
