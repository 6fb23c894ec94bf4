"""`trio-ingest check-config`: what a configuration promises, and with --online if it works."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import trio
from rich.console import Console

from trio_ingest.cli.doctor_report import print_findings
from trio_ingest.cli.loading import load_or_exit, loader
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.model import Config
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.config.promise import promise
from trio_ingest.config.sink_model import SinkConfig, SqliteSinkConfig
from trio_ingest.doctor.examination import examine_others
from trio_ingest.doctor.finding import Finding, Status, worst


def check_config_command(
    config_file: Path | None, *, online: bool, reads_secrets: bool = True, is_quiet: bool = False
) -> None:
    """Print what the configuration means. Leave with 78 if it is wrong, 1 if it does not work."""
    config = load_or_exit(loader(config_file, reads_secrets=reads_secrets))
    if not is_quiet:
        tell(config)
    if online and not trio.run(everything_answers, config):
        sys.exit(1)


def tell(config: Config) -> None:
    """Print what a valid configuration records, and what it promises."""
    click.echo(f"{config.source or 'the environment'}: valid")
    if config.relay is not None:
        servers = ", ".join(config.relay.servers)
        click.echo(
            f"  relays   {config.relay.stream}: {servers} (consumer {config.relay.consumer})"
        )
    for home in config.home_assistants:
        click.echo(f"  records  {home.name}: {home.url}")
    for sink in config.sinks:
        click.echo(f"  into     {sink.name}: {where(sink)}")
    click.echo(f"  keeps    its spool and state in {config.state_directory}")
    click.echo("\nWhat this configuration promises:")
    for sentence in promise(config):
        click.echo(f"  - {sentence}")
    for warning in config.warnings:
        click.echo(f"warning: {warning}", err=True)


def where(sink: SinkConfig) -> str:
    """Name the place that a sink writes to."""
    match sink:
        case InfluxSinkConfig():
            return f"{sink.url} (InfluxDB API {sink.api}, {sink.bucket or sink.database})"
        case NatsSinkConfig():
            return f"{', '.join(sink.servers)} (NATS, {sink.subject} in the stream {sink.stream})"
        case SqliteSinkConfig():
            return f"{sink.path} (SQLite)"
        case _:
            return type(sink).__name__


async def everything_answers(config: Config) -> bool:
    """Ask every Home Assistant and every sink as `doctor` does; say whether nothing failed."""
    console = Console(highlight=False, emoji=False, markup=False)
    console.print("\nOnline:")
    findings: list[Finding] = []

    def tell(found: Sequence[Finding]) -> None:
        findings.extend(found)
        print_findings(found, console)

    await examine_others(config, tell)
    return worst(findings) is not Status.FAILED
