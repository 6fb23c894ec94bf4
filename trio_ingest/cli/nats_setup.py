"""`trio-ingest nats setup`: the stream and the consumer that a sink, or a relay, needs."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
import trio
from attrs import frozen

from trio_ingest.cli.loading import load_or_exit, loader
from trio_ingest.config.kinds.units import parse_duration, parse_size
from trio_ingest.config.model import Config
from trio_ingest.config.nats_model import STREAM_NAME, NatsConfig, NatsSinkConfig
from trio_ingest.config.problems import Misfit
from trio_ingest.jetstream.client import open_jetstream
from trio_ingest.jetstream.errors import JetStreamRefused, JetStreamUnreachable
from trio_ingest.jetstream.setting_up import Result, set_up
from trio_ingest.jetstream.setup import Wanted, promise

T = TypeVar("T")


@frozen(kw_only=True)
class Limits:
    """What was said on the command line, as it was."""

    replicas: int | None
    max_bytes: str | None
    max_age: str | None
    consumer: str


def setup_command(
    config_file: Path | None, sink: str | None, limits: Limits, *, only_checks: bool
) -> None:
    """Do it for one sink of the configuration. Leave with 1 when it is not as it should be."""
    check_name(limits.consumer)
    # Usage comes before the configuration.
    max_bytes = read_option("--max-bytes", limits.max_bytes, parse_size)
    max_age = read_option("--max-age", limits.max_age, parse_duration)
    config = find_sink(load_or_exit(loader(config_file)), sink)
    wanted = Wanted(
        stream=config.stream,
        subject=config.subject,
        consumer=limits.consumer,
        replicas=limits.replicas,
        max_bytes=max_bytes,
        max_age_seconds=max_age,
    )
    set_up_or_exit(config, wanted, only_checks=only_checks)


def set_up_or_exit(config: NatsConfig, wanted: Wanted, *, only_checks: bool) -> None:
    """Do it at the servers of *config*, whoever's they are, and print what is promised then."""
    result = trio.run(run, config, wanted, only_checks)
    if result.stream is not None:
        click.echo(f"\nWhat the stream {result.stream.name} promises:")
        for sentence in promise(result.stream, wanted.consumer):
            click.echo(f"  - {sentence}")
    if not result.is_as_wanted:
        sys.exit(1)


async def run(config: NatsConfig, wanted: Wanted, only_checks: bool) -> Result:
    """Set up, and tell of each step, and of what is in the way."""
    result = Result(is_as_wanted=False, stream=None)
    async with open_jetstream(config, "trio-ingest nats setup") as jetstream:
        try:
            result = await set_up(jetstream, wanted, click.echo, only_checks=only_checks)
        except (JetStreamUnreachable, JetStreamRefused) as error:
            click.echo(str(error), err=True)
    return result


def find_sink(config: Config, name: str | None) -> NatsSinkConfig:
    """Return the sink that is meant, or leave with what is wrong with the choice."""
    sinks = {each.name: each for each in config.sinks if isinstance(each, NatsSinkConfig)}
    if name is None and len(sinks) == 1:
        [name] = sinks
    if name in sinks:
        return sinks[name]
    if not sinks:
        click.echo('there is no sink with kind = "nats" in this configuration', err=True)
    elif name is None:
        click.echo(f"several sinks are streams: --sink {' or '.join(sinks)}", err=True)
    else:
        click.echo(f'{name} is no sink with kind = "nats": there is {", ".join(sinks)}', err=True)
    sys.exit(1)


def read_option(name: str, text: str | None, parse: Callable[[object], T]) -> T | None:
    """Return what an option means, or leave with 2."""
    try:
        return None if text is None else parse(text)
    except Misfit as misfit:
        raise click.UsageError(f"{name}: {misfit.what}. {misfit.remedy}") from misfit


def check_name(consumer: str) -> None:
    """Leave with 2 when no consumer can be called so."""
    if not re.fullmatch(STREAM_NAME, consumer):
        raise click.UsageError("--consumer: a name without blanks, dots, * and >")
