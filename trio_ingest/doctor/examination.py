"""All checks of a configuration, one after the other."""

from collections.abc import Callable, Sequence

import trio

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.model import Config
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.config.problems import ConfigurationError
from trio_ingest.config.sink_model import SinkConfig, SqliteSinkConfig
from trio_ingest.doctor.finding import About, Finding
from trio_ingest.doctor.homes import check_home
from trio_ingest.doctor.influx import NO_ORDERS, Orders, check_influx
from trio_ingest.doctor.nats import check_nats
from trio_ingest.doctor.relay import check_relay
from trio_ingest.doctor.spools import check_spool
from trio_ingest.doctor.sqlite import check_sqlite
from trio_ingest.doctor.state_directory import check_state_directory
from trio_ingest.doctor.systemd import check_systemd
from trio_ingest.doctor.versions import check_versions

Tell = Callable[[Sequence[Finding]], None]
CONFIGURATION = About("configuration")


async def examine(config: Config, tell: Tell, orders: Orders, unit: str) -> None:
    """Check everything, and tell what was found as soon as it is; *unit* is systemd's."""
    tell(judge_configuration(config))
    await examine_others(config, tell, orders)
    tell(await trio.to_thread.run_sync(check_state_directory, config))
    for sink in config.sinks:
        path = config.state_directory / "spool" / f"{sink.name}.db"
        tell(await trio.to_thread.run_sync(check_spool, sink.name, path, sink.spool.max_size))
    tell(check_versions())
    tell(await check_systemd(unit))


async def examine_others(config: Config, tell: Tell, orders: Orders = NO_ORDERS) -> None:
    """Ask every Home Assistant, the stream of a relay, and every sink."""
    for home in config.home_assistants:
        tell(await check_home(home))
    backfill_seconds = max(
        (home.backfill_max for home in config.home_assistants if home.backfill), default=0.0
    )
    for sink in config.sinks:
        if config.relay is not None and isinstance(sink, InfluxSinkConfig):
            tell(await check_relay(config.relay, sink.timeout))
        tell(await check_sink(sink, backfill_seconds, orders))


async def check_sink(
    sink: SinkConfig, backfill_seconds: float, orders: Orders
) -> Sequence[Finding]:
    """Check a sink of any kind."""
    match sink:
        case InfluxSinkConfig():
            return await check_influx(sink, backfill_seconds, orders)
        case NatsSinkConfig():
            return await check_nats(sink)
        case SqliteSinkConfig():
            return await trio.to_thread.run_sync(check_sqlite, sink)
        case _:
            raise TypeError(f"no checks are known for {type(sink).__name__}")


def judge_configuration(config: Config) -> Sequence[Finding]:
    """Say that it is valid, and what should not stay as it is."""
    source = str(config.source or "the environment")
    return [
        CONFIGURATION.ok("valid", f"{source} is valid"),
        *(CONFIGURATION.warning("warning", warning, "") for warning in config.warnings),
    ]


def judge_problems(error: ConfigurationError) -> Sequence[Finding]:
    """Say what is wrong with a configuration that cannot be used."""
    return [
        CONFIGURATION.failed("valid", f"{problem.where}: {problem.what}", problem.remedy)
        for problem in error.problems
    ]
