"""Turns the ways in which a connection can fail into SessionLost, once, at the edge."""

from collections.abc import Generator
from contextlib import contextmanager

import trio

from trio_ingest.bare_websockets import CloseCode, ConnectionClosed
from trio_ingest.home_assistant.errors import MessageTooLarge, SessionLost


def loss_of(closed: ConnectionClosed) -> SessionLost:
    """Return what the end of a WebSocket means; for more than `max_message_size` MessageTooLarge.

    Of Home Assistant's own close codes most say nothing: it uses 1000 for a bad token, a slow
    client and its own stop alike, and after a crash there is none at all. Others mean that one
    side broke the WebSocket protocol.
    """
    close = closed.rcvd or closed.sent
    if close is None or close.code == CloseCode.ABNORMAL_CLOSURE:
        return SessionLost("Home Assistant broke off the connection")
    if close.code in {CloseCode.NORMAL_CLOSURE, CloseCode.GOING_AWAY, CloseCode.NO_STATUS_RCVD}:
        return SessionLost("Home Assistant closed the session")
    if closed.rcvd is None and close.code == CloseCode.MESSAGE_TOO_BIG:
        return MessageTooLarge(
            f"Home Assistant sent a message larger than max_message_size ({close.reason}), so the "
            "session was closed; raise max_message_size"
        )
    return SessionLost(f"the session with Home Assistant was closed with code {close}")


@contextmanager
def fail_as_lost(seconds: float, problem: str) -> Generator[None]:
    """Give the block *seconds*; to be late is SessionLost."""
    try:
        with trio.fail_after(seconds):
            yield
    except trio.TooSlowError as late:
        raise SessionLost(f"{problem} within {seconds:g} s") from late
