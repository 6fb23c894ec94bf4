"""The life of the process: signals, and one generation of the river after the other.

SIGHUP replaces the configuration, and with it the generation; SIGTERM or SIGINT ends the last
one. A configuration that is not valid changes nothing.
"""

import faulthandler
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from functools import partial

import trio
from attrs import define, field

from trio_ingest import __version__
from trio_ingest.config.model import Config
from trio_ingest.config.problems import ConfigurationError
from trio_ingest.config.promise import promise
from trio_ingest.service.service import Service
from trio_ingest.telemetry.about import about
from trio_ingest.telemetry.logging import set_up_logging
from trio_ingest.telemetry.message_ids import (
    CONFIGURATION_WARNING,
    RELOAD_REFUSED,
    RELOADING,
    STARTED,
    STOPPED,
)
from trio_ingest.telemetry.reloads import Reloads
from trio_ingest.telemetry.sparing import tell_repeats
from trio_ingest.telemetry.systemd import find_notifier
from trio_ingest.telemetry.task_tree import task_tree
from trio_ingest.topology import run_river

log = logging.getLogger(__name__)

Load = Callable[[], Config]
SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


@define
class Orders:
    """What shall run next, or None for nothing; `changed` is set when that is something new."""

    config: Config | None
    changed: trio.Event = field(factory=trio.Event)
    reloads: Reloads = field(factory=Reloads)

    def give(self, config: Config | None) -> None:
        """Replace what shall run next. The latest order counts."""
        self.config = config
        self.changed.set()


async def run_daemon(config: Config, load: Load) -> None:
    """Run *config* until told to stop; *load* gives another one when told to reload.

    Raises an exception group when a stage crashed too often; then systemd has the next word.
    """
    faulthandler.enable()
    orders = Orders(config)
    service = Service(find_notifier(os.environ))
    with trio.open_signal_receiver(*SIGNALS) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(obey, signals, load, orders, service, name="signals")
            nursery.start_soon(service.report, name="status")
            nursery.start_soon(service.keep_watch, name="watchdog")
            nursery.start_soon(tell_repeats, name="log")
            await run_generations(orders, service)
            nursery.cancel_scope.cancel(reason="the last generation has ended")


async def run_generations(orders: Orders, service: Service) -> None:
    """Run one generation for each configuration that is ordered, until none is."""
    promised: list[str] = []
    generation_number = 0
    while (config := orders.config) is not None:
        orders.changed = trio.Event()
        set_up_logging(config.logging)
        source = config.source or "the environment"
        log.info("trio-ingest %s starts with %s", __version__, source, extra=STARTED)
        for warning in config.warnings:
            log.warning("%s", warning, extra=CONFIGURATION_WARNING)
        if (sentences := promise(config)) != promised:
            promised = sentences
            for sentence in sentences:
                log.info("%s", sentence)
        generation_number += 1
        with about(generation=generation_number):
            await run_generation(config, orders, service)
    log.info("stopped; what the sinks have not taken yet is in the spool", extra=STOPPED)


async def run_generation(config: Config, orders: Orders, service: Service) -> None:
    """Run the river of *config* until something else is ordered."""
    async with trio.open_nursery() as nursery:
        river = partial(run_river, config, orders.changed, reloads=orders.reloads)
        service.stands(await nursery.start(river, name="river"))
    service.ended()


async def obey(signals: AsyncIterator[int], load: Load, orders: Orders, service: Service) -> None:
    """Turn signals into orders, also while the last one is still being carried out."""
    async for number in signals:
        match number:
            case signal.SIGUSR1:
                log.info("the tasks:\n%s", task_tree())
            case signal.SIGHUP:
                reload(load, orders, service)
            case _ if orders.config is None:
                log.warning("told twice to stop: leaving at once; what is on disk is safe")
                os._exit(1)
            case _:
                log.info("%s: stopping", signal.Signals(number).name)
                service.stopping()
                orders.give(None)


def reload(load: Load, orders: Orders, service: Service) -> None:
    """Order a new generation if there is a valid configuration for it."""
    if orders.config is None:
        return  # we are leaving
    service.reloading()
    try:
        orders.give(load())
    except ConfigurationError as error:
        orders.reloads.refuse()
        log.error("not reloaded, the old configuration goes on: %s", error, extra=RELOAD_REFUSED)
        service.refused()
    else:
        service.accepted()
        orders.reloads.succeed()
        log.info("reloading", extra=RELOADING)
