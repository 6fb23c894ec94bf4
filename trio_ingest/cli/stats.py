"""What `trio-ingest status` reads of `/stats`; whatever else is in there may change."""

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What is missing has its default: the daemon may be of another version."""


class Connector(Part, frozen=True):
    """A session with a Home Assistant."""

    state: str = ""
    last_change: int | None = None
    ha_version: str | None = None


class Home(Part, frozen=True):
    """A Home Assistant."""

    connector: Connector = Connector()
    entities: int = 0


class Account(Part, frozen=True):
    """What became of all that a lane was told of."""

    received: int = 0
    written: int = 0
    filtered: int = 0
    deduplicated: int = 0
    restart_noise: int = 0
    unwritten: int = 0
    failed: int = 0
    dropped: dict[str, int] = {}
    quarantined: int = 0


class Spool(Part, frozen=True):
    """What waits on the disk."""

    points: int = 0
    size_bytes: int = 0
    oldest: int | None = None
    quarantined_lines: int = 0


class Sink(Part, frozen=True):
    """A lane."""

    account: Account = Account()
    spool: Spool = Spool()
    spool_max_bytes: int = 0


class Hand(Part, frozen=True):
    """What a relay has taken from its stream, and not acknowledged yet."""

    messages: int = 0
    taken_messages: int = 0
    pending: int = 0


class Relay(Part, frozen=True):
    """A relay, by the name of its sink."""

    stream: str = ""
    hand: Hand = Hand()


class Gap(Part, frozen=True):
    """Gaps that are open."""

    home: str = ""
    sink: str = ""
    reason: str = ""
    count: int = 0
    seconds: float = 0.0


class Problem(Part, frozen=True):
    """What is wrong, and what helps."""

    what: str
    advice: str = ""
    level: str = "notice"


class Verdict(Part, frozen=True):
    """How things stand, in words."""

    level: str = "notice"
    title: str = ""
    text: str = ""
    problems: list[Problem] = []


class Stats(Part, frozen=True):
    """The answer."""

    time: float
    version: str
    uptime_seconds: float = 0.0
    homes: dict[str, Home] = {}
    sinks: dict[str, Sink] = {}
    relays: dict[str, Relay] = {}
    gaps: list[Gap] = []
    events_per_second: dict[str, float] = {}
    verdict: Verdict = Verdict()


def read_stats(content: bytes) -> tuple[Stats, Any]:
    """Return what is to be shown, and the whole object. Raises msgspec.DecodeError."""
    whole = msgspec.json.decode(content)
    return msgspec.convert(whole, Stats), whole
