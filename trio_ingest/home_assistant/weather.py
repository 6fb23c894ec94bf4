"""Turns the ways in which a connection can fail into SessionLost, once, at the edge."""

from collections.abc import Generator
from contextlib import contextmanager

import trio
from trio_websocket import CloseReason, ConnectionClosed

from trio_ingest.home_assistant.errors import MessageTooLarge, SessionLost

_NORMAL_CLOSURE, _GOING_AWAY, _ABNORMAL_CLOSURE, _TOO_BIG = 1000, 1001, 1006, 1009
# What trio-websocket gives as the reason when it was the one to find a message too big.
_FOUND_BY_US = "Exceeded maximum message size"


@contextmanager
def closed_means_lost() -> Generator[None]:
    """Translate trio-websocket's end of a connection into ours. Raises SessionLost.

    For a message beyond `max_message_size` that is MessageTooLarge. Of Home Assistant's own close
    codes most say nothing: it uses 1000 for a bad token, a slow client and its own stop alike, and
    after a crash there is none at all. Others mean that one side broke the WebSocket protocol.
    """
    try:
        yield
    except ConnectionClosed as closed:
        raise _loss(closed.reason) from closed


def _loss(reason: CloseReason | None) -> SessionLost:
    if reason is None or reason.code == _ABNORMAL_CLOSURE:
        return SessionLost("Home Assistant broke off the connection")
    if reason.code in {_NORMAL_CLOSURE, _GOING_AWAY}:
        return SessionLost("Home Assistant closed the session")
    if reason.code == _TOO_BIG and (reason.reason or "").startswith(_FOUND_BY_US):
        return MessageTooLarge(
            f"Home Assistant sent a message larger than max_message_size ({reason.reason}), so the "
            "session was closed; raise max_message_size"
        )
    return SessionLost(
        f"the session with Home Assistant was closed with code {reason.code} "
        f"({reason.name}: {reason.reason or 'no reason given'})"
    )


@contextmanager
def fail_as_lost(seconds: float, problem: str) -> Generator[None]:
    """Give the block *seconds*; to be late, or to find the connection closed, is SessionLost."""
    try:
        with closed_means_lost(), trio.fail_after(seconds):
            yield
    except trio.TooSlowError as late:
        raise SessionLost(f"{problem} within {seconds:g} s") from late
