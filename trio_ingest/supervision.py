"""Runs a stage, starts it again when it crashes, and gives up when it crashes too often.

Weather (a lost session, a database that is down) is dealt with inside the stages. What arrives
here is a bug: it is logged with its traceback, the stage begins anew with fresh ends of the same
channels, and a stage that cannot be kept running takes the daemon down, for systemd to decide.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any, Protocol, Self

import trio
from attrs import frozen

from trio_ingest.telemetry.message_ids import STAGE_CRASHED, STAGE_GIVEN_UP

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class RestartPolicy:
    """Up to `limit` crashes within `window_seconds`, with `pause_seconds` after each."""

    limit: int = 5
    window_seconds: float = 60.0
    pause_seconds: float = 1.0


Stage = Callable[..., Awaitable[None]]


class ChannelEnd(Protocol):
    """Either end of a memory channel."""

    def clone(self) -> Self:
        """Return another handle to the same end."""

    def close(self) -> None:
        """Let go of this handle."""


async def run_stage(
    name: str,
    stage: Stage,
    *ends: ChannelEnd,
    policy: RestartPolicy = RestartPolicy(),
) -> None:
    """Keep *stage* running until it returns. Each attempt is given clones of *ends*, to close.

    The originals stay open across restarts, so a crash never looks like the end of the river to
    the neighbours; they are closed when the stage has returned or was given up.
    """
    with ExitStack() as originals:
        for end in ends:
            originals.callback(end.close)
        await keep_running(name, lambda: stage(*(end.clone() for end in ends)), policy)


async def keep_running(
    name: str, attempt: Callable[[], Awaitable[Any]], policy: RestartPolicy
) -> None:
    """Await *attempt*; when it crashes, try again; when it returns, so do we.

    Raises what the last crash raised once there were `policy.limit` crashes in the window.
    """
    crashes: deque[float] = deque(maxlen=policy.limit)
    while True:
        try:
            await attempt()
        except* Exception as crash:  # a Cancelled beside it travels on untouched
            crashes.append(trio.current_time())
            log.error(
                "%s crashed, this is a bug; please report it",
                name,
                exc_info=crash,
                extra=STAGE_CRASHED,
            )
            if len(crashes) == policy.limit and crashes[-1] - crashes[0] < policy.window_seconds:
                log.critical(
                    "%s crashed %d times in a row, giving up",
                    name,
                    policy.limit,
                    extra=STAGE_GIVEN_UP,
                )
                raise
        else:
            return
        await trio.sleep(policy.pause_seconds)
