"""The life of the process: signals, and one configuration after the other.

SIGHUP replaces the configuration, and with it whatever differs; SIGTERM or SIGINT ends all. A
configuration that is not valid changes nothing.
"""

import faulthandler
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable

import trio

from trio_ingest.config.model import Config
from trio_ingest.config.problems import ConfigurationError
from trio_ingest.order import Order
from trio_ingest.river import River
from trio_ingest.service.generations import Generations
from trio_ingest.service.service import Service
from trio_ingest.telemetry.about import about
from trio_ingest.telemetry.message_ids import RELOAD_REFUSED, RELOADING, STOPPED
from trio_ingest.telemetry.reloads import Reloads
from trio_ingest.telemetry.repeats import ASKED_FOR
from trio_ingest.telemetry.sparing import tell_repeats
from trio_ingest.telemetry.systemd import find_notifier
from trio_ingest.telemetry.task_tree import task_tree
from trio_ingest.topology import run_river

log = logging.getLogger(__name__)

Load = Callable[[], Config]
SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


async def run_daemon(config: Config, load: Load) -> None:
    """Run *config* until told to stop; *load* gives another one when told to reload.

    Raises an exception group when a stage crashed too often; then systemd has the next word.
    """
    faulthandler.enable()
    orders, river = Order(config), River()
    place = "spool" if config.relay is None else "stream"
    service = Service(find_notifier(os.environ))
    generations = Generations(river, service)
    with trio.open_signal_receiver(*SIGNALS) as signals, about(generation=generations):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(obey, signals, load, orders, service, river.reloads, name="signals")
            nursery.start_soon(service.report, name="status")
            nursery.start_soon(service.keep_watch, name="watchdog")
            nursery.start_soon(tell_repeats, name="log")
            while orders.wanted is not None:  # more than once: when the state directory changes
                await run_river(river, orders, begin=generations.begin, stand=generations.stand)
            service.ended()
            nursery.cancel_scope.cancel(reason="the last generation has ended")
    log.info("stopped; what the sinks have not taken yet is in the %s", place, extra=STOPPED)


async def obey(
    signals: AsyncIterator[int],
    load: Load,
    orders: Order[Config],
    service: Service,
    reloads: Reloads,
) -> None:
    """Turn signals into orders, also while the last one is still being carried out."""
    async for number in signals:
        match number:
            case signal.SIGUSR1:
                log.info("the tasks:\n%s", task_tree(), extra=ASKED_FOR)
            case signal.SIGHUP:
                reload(load, orders, service, reloads)
            case _ if orders.wanted is None:
                log.warning("told twice to stop: leaving at once; what is on disk is safe")
                os._exit(1)
            case _:
                log.info("%s: stopping", signal.Signals(number).name)
                service.stopping()
                orders.give(None)


def reload(load: Load, orders: Order[Config], service: Service, reloads: Reloads) -> None:
    """Order a new generation if there is a valid configuration for it."""
    if orders.wanted is None:
        return  # we are leaving
    service.reloading()
    try:
        orders.give(load())
    except ConfigurationError as error:
        reloads.refuse()
        log.error("not reloaded, the old configuration goes on: %s", error, extra=RELOAD_REFUSED)
        service.refused()
    else:
        service.accepted()
        reloads.succeed()
        log.info("reloading", extra=RELOADING)
