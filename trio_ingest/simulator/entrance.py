"""Who may come in, and hear what: the decisions about clients, and where they are stalled."""

from enum import Enum

import msgspec
from attrs import define, field, frozen

FOR_EVERYBODY = frozenset(
    {
        "area_registry_updated",
        "category_registry_updated",
        "component_loaded",
        "core_config_updated",
        "device_registry_updated",
        "entity_registry_updated",
        "floor_registry_updated",
        "label_registry_updated",
        "service_registered",
        "service_removed",
        "state_changed",
    }
)
"""Of Home Assistant's own list (2026.11, auth/permissions/events.py) what homes see every day."""


class Stall(Enum):
    """Where new connections are left hanging, without a word."""

    BEFORE_UPGRADE = "before the HTTP upgrade"
    BEFORE_AUTH_REQUIRED = "before auth_required"
    BEFORE_AUTH_OK = "before auth_ok"


@define
class Entrance:
    """The token that lets a client in (None: none does), and a stall when a test wants one.

    `is_admin` says whether the user behind the token is an administrator.
    """

    token: str | None = field(repr=False)
    stall: Stall | None = None
    is_admin: bool = True

    def may_hear(self, event_type: str) -> bool:
        """Say whether a client may subscribe to the events of a type."""
        return self.is_admin or event_type in FOR_EVERYBODY


@frozen
class Welcome:
    """The client may come in."""


@frozen
class TurnedAway:
    """The client may not come in, and is told so."""

    message: str


@frozen
class HungUpOn:
    """The client does not even speak the protocol."""


Verdict = Welcome | TurnedAway | HungUpOn

MOST_CHARACTERS = 64 * 1024


def judge(message: str | bytes, token: str | None) -> Verdict:
    """Decide about the first message of a client."""
    if isinstance(message, bytes) or len(message) > MOST_CHARACTERS:
        return HungUpOn()
    try:
        auth = msgspec.json.decode(message)
    except msgspec.DecodeError:
        return HungUpOn()
    if problem := _problem(auth):
        return TurnedAway(f"Auth message incorrectly formatted: {problem}")
    if token is None or auth.get("access_token") != token:
        return TurnedAway("Invalid access token or password")
    return Welcome()


def _problem(auth: object) -> str | None:
    if not isinstance(auth, dict):
        return "expected a dictionary"
    if auth.get("type") != "auth":
        return "not a valid value at 'type'"
    if unknown := sorted(auth.keys() - {"type", "access_token"}):
        return f"not a valid option at '{unknown[0]}'"
    return None
