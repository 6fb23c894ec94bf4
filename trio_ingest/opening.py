"""Opens files and sinks, and during a reload does so again and again: what runs goes on."""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeVar

import trio

from trio_ingest.backoff import Backoff
from trio_ingest.order import Order
from trio_ingest.river import River
from trio_ingest.sqlite_file import UnusableFileError
from trio_ingest.telemetry.message_ids import CANNOT_OPEN

log = logging.getLogger(__name__)

T = TypeVar("T")
W = TypeVar("W")


async def enter_in_the_end(
    stack: AsyncExitStack,
    make: Callable[[], AbstractAsyncContextManager[T]],
    order: Order[W],
    river: River,
    name: str,
) -> T | None:
    """Enter what *make* makes; None when something else is wanted before that works.

    As long as it fails the order counts as done. Raises UnusableFileError or OSError when the
    daemon is only starting: whoever has started it should hear of that.
    """
    backoff = Backoff()
    try:
        while True:
            try:
                return await stack.enter_async_context(make())
            except (UnusableFileError, OSError, sqlite3.Error) as error:
                if not river.stands:
                    raise
                if river.unopened.get(name) != str(error):
                    log.error(
                        "%s cannot be opened: %s. All else goes on; it is tried again",
                        name,
                        error,
                        extra=CANNOT_OPEN,
                    )
                river.unopened[name] = str(error)
            order.done.set()
            with trio.move_on_after(backoff.next_delay()):
                await order.changed.wait()
                return None
    finally:
        river.unopened.pop(name, None)
