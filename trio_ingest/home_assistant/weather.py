"""Turns the ways in which a connection can fail into SessionLost, once, at the edge."""

from collections.abc import Generator
from contextlib import contextmanager

import trio

from trio_ingest.home_assistant.errors import MessageTooLarge, SessionLost
from trio_ingest.home_assistant.websocket import TOO_LARGE, Closed, ConnectionClosed

_NORMAL_CLOSURE, _GOING_AWAY, _ABNORMAL_CLOSURE, _TOO_BIG = 1000, 1001, 1006, 1009


@contextmanager
def closed_means_lost() -> Generator[None]:
    """Translate the end of a WebSocket into that of a session. Raises SessionLost.

    For a message beyond `max_message_size` that is MessageTooLarge. Of Home Assistant's own close
    codes most say nothing: it uses 1000 for a bad token, a slow client and its own stop alike, and
    after a crash there is none at all. Others mean that one side broke the WebSocket protocol.
    """
    try:
        yield
    except ConnectionClosed as closed:
        raise _loss(closed.closed) from closed


def _loss(closed: Closed) -> SessionLost:
    if closed.code == _ABNORMAL_CLOSURE:
        return SessionLost("Home Assistant broke off the connection")
    if closed.code in {_NORMAL_CLOSURE, _GOING_AWAY}:
        return SessionLost("Home Assistant closed the session")
    if closed.code == _TOO_BIG and closed.reason.startswith(TOO_LARGE):
        return MessageTooLarge(
            f"Home Assistant sent a message larger than max_message_size ({closed.reason}), so the "
            "session was closed; raise max_message_size"
        )
    return SessionLost(
        f"the session with Home Assistant was closed with code {closed.code} "
        f"({closed.name}: {closed.reason or 'no reason given'})"
    )


@contextmanager
def fail_as_lost(seconds: float, problem: str) -> Generator[None]:
    """Give the block *seconds*; to be late, or to find the connection closed, is SessionLost."""
    try:
        with closed_means_lost(), trio.fail_after(seconds):
            yield
    except trio.TooSlowError as late:
        raise SessionLost(f"{problem} within {seconds:g} s") from late
