"""What a simulated Home Assistant puts on the wire: pure functions from values to JSON.

The order of keys is the real one's, 2026.11: results begin with their id, events end with it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec


class Context(msgspec.Struct, frozen=True):
    """Who or what caused something."""

    id: str
    parent_id: str | None = None
    user_id: str | None = None


class Event(msgspec.Struct, kw_only=True):
    """An event as its subscribers get it, without the id of the subscription."""

    event_type: str
    data: Any
    origin: str = "LOCAL"
    time_fired: str
    context: Context


class _Result(msgspec.Struct, kw_only=True):
    id: Any
    type: str = "result"
    success: bool = True
    result: Any


class _Problem(msgspec.Struct):
    code: str
    message: str


class _Failure(msgspec.Struct, kw_only=True):
    id: Any
    type: str = "result"
    success: bool = False
    error: _Problem


encode = msgspec.json.Encoder().encode


def auth_required(version: str) -> bytes:
    """Greet a client that has just connected."""
    return encode({"type": "auth_required", "ha_version": version})


def auth_ok(version: str) -> bytes:
    """Let a client in."""
    return encode({"type": "auth_ok", "ha_version": version})


def auth_invalid(message: str) -> bytes:
    """Turn a client away."""
    return encode({"type": "auth_invalid", "message": message})


def result(id_: int, value: Any) -> bytes:
    """Answer a command that succeeded."""
    return encode(_Result(id=id_, result=value))


def error(id_: Any, code: str, message: str) -> bytes:
    """Answer a command that failed; what is not a command has an id of its own choice, or none."""
    return encode(_Failure(id=id_, error=_Problem(code, message)))


def pong(id_: int) -> bytes:
    """Answer a ping."""
    return encode({"id": id_, "type": "pong"})


def event(subscription: int, body: bytes) -> bytes:
    """Address an event, encoded once for all, to one subscription."""
    return b'{"type":"event","event":%b,"id":%d}' % (body, subscription)


def snapshot(subscription: int, body: Any) -> bytes:
    """Address the first event of `subscribe_entities`, which begins with its id as results do."""
    return encode({"id": subscription, "type": "event", "event": body})


def frame(messages: Sequence[bytes]) -> str:
    """Put messages into one text frame: a single one as it is, several as an array."""
    if len(messages) == 1:
        return messages[0].decode()
    return f"[{b','.join(messages).decode()}]"
