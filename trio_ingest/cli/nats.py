"""`trio-ingest nats …`: the commands about a stream in NATS JetStream."""

from pathlib import Path

import click

from trio_ingest.cli.options import config_option


@click.group()
def nats() -> None:
    """Make and check the stream that a sink publishes to."""


@nats.command()
@config_option
@click.option("--sink", metavar="NAME", help="The sink whose servers these are, if several are.")
@click.option("--replicas", type=click.IntRange(1, 5), help="Copies. Default: 3 in a cluster.")
@click.option("--max-bytes", metavar="SIZE", help='How much it holds. New ones: "1 GiB".')
@click.option(
    "--max-age", metavar="DURATION", help="What is older is dropped, read or not. Default: never."
)
@click.option(
    "--consumer",
    metavar="NAME",
    default="writers",
    show_default=True,
    help="The durable consumer that its readers share.",
)
@click.option("--check", "only_checks", is_flag=True, help="Change nothing. Fails if it should.")
def setup(
    *,
    config_file: Path | None,
    sink: str | None,
    replicas: int | None,
    max_bytes: str | None,
    max_age: str | None,
    consumer: str,
    only_checks: bool,
) -> None:
    """Create or check stream and consumer, and say what they promise.

    What is not given stays as it is where they are there already.
    """
    from trio_ingest.cli.nats_setup import Limits, setup_command

    limits = Limits(replicas=replicas, max_bytes=max_bytes, max_age=max_age, consumer=consumer)
    setup_command(config_file, sink, limits, only_checks=only_checks)
