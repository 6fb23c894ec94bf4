"""The admin server: beside the river, and never in its way.

Nothing that happens here ends anything else. A port that is in use is said, and tried again.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio

from trio_ingest.admin.application import Look, Rediscover, make_application
from trio_ingest.admin.events import Events
from trio_ingest.admin.listening import address_of, open_listeners
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.serving import Serving
from trio_ingest.admin.tail import Tail
from trio_ingest.backoff import Backoff
from trio_ingest.config.admin_rules import is_at_loopback
from trio_ingest.config.model import AdminConfig
from trio_ingest.processing.tap import Listener
from trio_ingest.telemetry.message_ids import ADMIN_CANNOT_LISTEN

log = logging.getLogger(__name__)

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0


@asynccontextmanager
async def open_admin(
    config: AdminConfig,
    look: Look,
    rediscover: Rediscover,
    listeners: list[Listener] | None = None,
) -> AsyncGenerator[None]:
    """Serve health and metrics for as long as this is open; it listens by then, if it can.

    *listeners* are those whom the lanes tell of their lines; they come and go here.
    """
    if not config.listen:
        yield
        return
    recent = Recent(look)
    events = Events(look, recent)
    tail = Tail(listeners if listeners is not None else [])
    application = make_application(
        look,
        recent,
        rediscover,
        config.token,
        events,
        is_at_loopback=is_at_loopback(config.listen),
        tail=tail,
    )
    serving = Serving(application)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recent.watch, name="admin rates")
        nursery.start_soon(tail.forget, name="admin tail")
        await nursery.start(keep_serving, config.listen, serving, name="admin")
        yield
        await events.end()
        nursery.cancel_scope.cancel(reason="something else is wanted")


async def keep_serving(
    listen: str,
    serving: Serving,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve at *listen* until cancelled. Started with the first attempt, even if it fails."""
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
