"""Turns the ways in which a connection can fail into SessionLost, once, at the edge."""

from collections.abc import Generator
from contextlib import contextmanager

import trio
from trio_websocket import ConnectionClosed

from trio_ingest.home_assistant.errors import SessionLost

_ABNORMAL_CLOSURE = 1006


@contextmanager
def closed_means_lost() -> Generator[None]:
    """Translate trio-websocket's end of a connection into ours.

    The close code says nothing: Home Assistant uses 1000 for a bad token, a slow client and its
    own stop alike, and after a crash there is none at all.
    """
    try:
        yield
    except ConnectionClosed as closed:
        abnormal = closed.reason is None or closed.reason.code == _ABNORMAL_CLOSURE
        how = "broke off the connection" if abnormal else "closed the session"
        raise SessionLost(f"Home Assistant {how}") from closed


@contextmanager
def fail_as_lost(seconds: float, problem: str) -> Generator[None]:
    """Give the block *seconds*; to be late, or to find the connection closed, is SessionLost."""
    try:
        with closed_means_lost(), trio.fail_after(seconds):
            yield
    except trio.TooSlowError as late:
        raise SessionLost(f"{problem} within {seconds:g} s") from late
