"""The admin server: beside the river, and never in its way.

Nothing that happens here ends anything else. A port that is in use is said, and tried again. The
port is open before the web server behind it is imported, which is half as long as the whole start:
the daemon is ready by then, and who calls at once is kept in the line for a moment.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

from trio_ingest.admin.listening import address_of, open_listeners
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Look, Rediscover
from trio_ingest.backoff import Backoff
from trio_ingest.config.model import AdminConfig
from trio_ingest.processing.tap import Listener
from trio_ingest.telemetry.message_ids import ADMIN_CANNOT_LISTEN

if TYPE_CHECKING:
    from trio_ingest.admin.served import Served
    from trio_ingest.admin.serving import Serving

log = logging.getLogger(__name__)

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
# Who has to wait for a large spool to be opened wants to see that.
LONGEST_SILENCE_SECONDS = 1.0


@asynccontextmanager
async def open_admin(
    config: AdminConfig,
    look: Look,
    rediscover: Rediscover,
    listeners: list[Listener] | None = None,
    *,
    ready: trio.Event,
) -> AsyncGenerator[None]:
    """Serve health and metrics for as long as this is open; it listens by then, if it can.

    *listeners* are those whom the lanes tell of their lines; they come and go here. The first
    answer is given once all is *ready*, or that takes a while.
    """
    if not config.listen:
        yield
        return
    recent = Recent(look)
    told = listeners if listeners is not None else []
    made: list[Served] = []
    async with trio.open_nursery() as nursery:

        async def make() -> "Serving":
            if not made:
                with trio.move_on_after(LONGEST_SILENCE_SECONDS):
                    await ready.wait()
                make_served = await trio.to_thread.run_sync(import_served)
                made.append(make_served(config, look, recent, rediscover, told))
                nursery.start_soon(made[0].tail.forget, name="admin tail")
            return made[0].serving

        nursery.start_soon(recent.watch, name="admin rates")
        await nursery.start(keep_serving, config.listen, make, name="admin")
        yield
        for served in made:
            await served.events.end()
        nursery.cancel_scope.cancel(reason="something else is wanted")


def import_served() -> Callable[..., "Served"]:
    """Import what is behind the port; it may take a while."""
    from trio_ingest.admin.served import make_served  # noqa: PLC0415

    return make_served


async def keep_serving(
    listen: str,
    make: Callable[[], Awaitable["Serving"]],
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve at *listen* until cancelled, with what *make* returns once the port is open.

    Started with the first attempt, even if it fails.
    """
    backoff = Backoff(first_seconds=FIRST_DELAY_SECONDS, longest_seconds=LONGEST_DELAY_SECONDS)
    is_started, said = False, None
    while True:
        try:
            async with open_listeners(listen) as listeners:
                for listener in listeners:
                    log.info("admin: health and metrics at %s", address_of(listener))
                said = None
                backoff.reset()
                if not is_started:
                    is_started = True
                    task_status.started()
                serving = await make()
                await serving.run(listeners)
        except* OSError as group:
            problem = str(group.exceptions[0])
            if problem != said:
                log.error(
                    "admin: cannot listen at %s: %s. Recording goes on without health and metrics; "
                    "it is tried again, or change [admin] listen and reload",
                    listen,
                    problem,
                    extra=ADMIN_CANNOT_LISTEN,
                )
            said = problem
        except* Exception as crash:
            log.error("admin: crashed, this is a bug; recording goes on", exc_info=crash)
        if not is_started:
            is_started = True
            task_status.started()
        await trio.sleep(backoff.next_delay())
