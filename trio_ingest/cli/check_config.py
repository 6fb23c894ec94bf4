"""`trio-ingest check-config`: what a configuration promises, and with --online if it works."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import click
import trio
from attrs import frozen

from trio_ingest.cli.loading import load_or_exit, loader
from trio_ingest.config.model import (
    Config,
    HomeAssistantConfig,
    InfluxApi,
    InfluxSinkConfig,
    SinkConfig,
    SqliteSinkConfig,
)
from trio_ingest.config.promise import promise
from trio_ingest.home_assistant.errors import AccessRefused, CommandFailed, SessionLost, leaves
from trio_ingest.home_assistant.inspection import inspect_home
from trio_ingest.lane import open_sink
from trio_ingest.model.outcome import Accepted
from trio_ingest.sinks.influx_bucket import describe_bucket


def check_config_command(
    config_file: Path | None, *, online: bool, reads_secrets: bool = True
) -> None:
    """Print what the configuration means. Leave with 78 if it is wrong, 1 if it does not work."""
    config = load_or_exit(loader(config_file, reads_secrets=reads_secrets))
    click.echo(f"{config.source or 'the environment'}: valid")
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
    if online and not trio.run(everything_answers, config):
        sys.exit(1)


def where(sink: SinkConfig) -> str:
    """Name the place that a sink writes to."""
    match sink:
        case InfluxSinkConfig():
            return f"{sink.url} (InfluxDB API {sink.api}, {sink.bucket or sink.database})"
        case SqliteSinkConfig():
            return f"{sink.path} (SQLite)"
        case _:
            return type(sink).__name__


async def everything_answers(config: Config) -> bool:
    """Ask every Home Assistant and every sink, print what they say, and say whether all is well."""
    click.echo("\nOnline:")
    findings = [
        *[await find(partial(look_at_home, home), home.name) for home in config.home_assistants],
        *[await find(partial(look_at_sink, sink), sink.name) for sink in config.sinks],
    ]
    return all(finding.works for found in findings for finding in found)


@frozen
class Finding:
    """How one check went."""

    works: bool
    subject: str
    said: str


async def find(look: Callable[[], Awaitable[Sequence[Finding]]], name: str) -> Sequence[Finding]:
    """Look at one Home Assistant or sink and print what was found."""
    try:
        findings = await look()
    except* (SessionLost, AccessRefused, CommandFailed, SinkUnusable) as group:
        findings = [Finding(False, name, "; ".join(str(error) for error in leaves(group)))]
    for finding in findings:
        outcome = "ok    " if finding.works else "FAILED"
        click.echo(f"  {outcome}  {finding.subject}: {finding.said}")
    return findings


async def look_at_home(home: HomeAssistantConfig) -> Sequence[Finding]:
    """Say who answers, and for each event type that is to be recorded whether it may be."""
    seen = await inspect_home(home)
    return [
        Finding(True, home.name, seen.summary),
        *[
            Finding(obstacle is None, f"{home.name}, {event_type}", obstacle or "may be recorded")
            for event_type, obstacle in seen.events.items()
        ],
    ]


class SinkUnusable(Exception):  # noqa: N818 - named for what it means
    """A sink would not take a batch now."""


async def look_at_sink(sink: SinkConfig) -> Sequence[Finding]:
    """Say that *sink* would take a batch now. Raises SinkUnusable if not."""
    async with open_sink(sink) as opened:
        outcome = await opened.check()
    if not isinstance(outcome, Accepted):
        raise SinkUnusable(outcome.reason)
    said = "takes writes"
    if isinstance(sink, InfluxSinkConfig) and sink.api is InfluxApi.V2:
        said = f"{said}; {await describe_bucket(sink)}"
    return [Finding(True, sink.name, said)]
