"""From the command line to one command and an exit code: 0 done, 1 failed, 2 usage, 78 config.

Each command imports what it needs when it is called, so that `--help` is quick.
"""

import re
from pathlib import Path
from typing import Any, Literal

import click

from trio_ingest import __version__
from trio_ingest.cli.completing import complete_sinks
from trio_ingest.cli.nats import nats
from trio_ingest.cli.options import config_option, json_option, of_records, of_server, sink_argument
from trio_ingest.cli.quarantine import quarantine
from trio_ingest.cli.spool import spool

WRONG_CONFIGURATION = 78  # EX_CONFIG of sysexits.h; systemd is told not to restart after it


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="trio-ingest")
def main() -> None:
    """Record a Home Assistant home into a time-series database and lose nothing on the way."""


main.add_command(spool)
main.add_command(quarantine)
main.add_command(nats)


@main.command()
@config_option
def run(config_file: Path | None) -> None:
    """Run the daemon, until SIGTERM. SIGHUP reloads the configuration."""
    from trio_ingest.cli.run import run_command

    run_command(config_file)


@main.command()
@config_option
def relay(config_file: Path | None) -> None:
    """Deliver batches from a NATS stream into a database, until SIGTERM. SIGHUP reloads."""
    from trio_ingest.cli.run import run_command

    run_command(config_file, is_relay=True)


@main.command()
@config_option
@click.option("--online", is_flag=True, help="Also ask Home Assistant and the sinks.")
@click.option(
    "--without-secrets",
    is_flag=True,
    help="Take it that every secret is there and good, for where only the daemon may read them.",
)
@click.option("--quiet", is_flag=True, help="Say only what is wrong.")
def check_config(
    config_file: Path | None, *, online: bool, without_secrets: bool, quiet: bool
) -> None:
    """Check the configuration and print the delivery promise that it gives."""
    from trio_ingest.cli.check_config import check_config_command

    if online and without_secrets:
        raise click.UsageError("--online needs the secrets")
    if online and quiet:
        raise click.UsageError("--online tells what it finds: it does not go with --quiet")
    check_config_command(
        config_file, online=online, reads_secrets=not without_secrets, is_quiet=quiet
    )


@main.command()
@config_option
def health(config_file: Path | None) -> None:
    """Ask the running daemon whether it lives: for containers. Fails if it does not answer."""
    from trio_ingest.cli.health import health_command

    health_command(config_file)


@main.command()
@of_server
@json_option
@click.option("--watch", is_flag=True, help="Draw it anew every other second, until Ctrl-C.")
def status(
    config_file: Path | None,
    url: str | None,
    token_file: Path | None,
    *,
    as_json: bool,
    watch: bool,
) -> None:
    """Ask the running daemon how it goes. Fails if it does not answer."""
    from trio_ingest.cli.status import status_command

    if watch and as_json:
        raise click.UsageError("--watch and --json exclude each other.")
    status_command(config_file, url, token_file, watch=watch, as_json=as_json)


@main.command()
@config_option
@json_option
@click.option("--create", is_flag=True, help="Make a database or bucket that is missing.")
@click.option(
    "--retention",
    metavar="DURATION",
    help="With --create: how long it keeps data, such as 365d. Default: for ever.",
)
@click.option("--write-test", is_flag=True, help="Write one point to each InfluxDB. It stays.")
@click.option(
    "--unit", default="trio-ingest.service", show_default=True, help="The systemd unit to look at."
)
def doctor(
    config_file: Path | None,
    unit: str,
    retention: str | None,
    *,
    as_json: bool,
    create: bool,
    write_test: bool,
) -> None:
    """Check all that recording depends on, and say what is wrong and what to do."""
    from trio_ingest.cli.doctor import doctor_command, read_orders

    orders = read_orders(creates=create, retention=retention, writes=write_test)
    doctor_command(config_file, orders, unit, as_json=as_json)


@main.command()
@click.argument("globs", metavar="[GLOB]...", nargs=-1)
@of_server
@click.option(
    "--sink",
    "sinks",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_sinks,
    help="Only what this one is sent.",
)
@json_option
def tail(
    *,
    globs: tuple[str, ...],
    config_file: Path | None,
    url: str | None,
    token_file: Path | None,
    sinks: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show the lines as they are written, of all entities or those that a GLOB fits."""
    from trio_ingest.cli.tail import tail_command

    tail_command(globs, sinks, config_file, url, token_file, as_json=as_json)


@main.command()
@sink_argument
@of_records
@click.option(
    "--field",
    "fields",
    metavar="NAME",
    multiple=True,
    help="state, value, area, device, floor, or an attribute. May be given several times.",
)
@click.option("--every", metavar="DURATION", help="One record for each 5m, 1h, 1d and entity.")
@click.option(
    "--aggregate",
    type=click.Choice(["mean", "min", "max", "last", "count"]),
    help="With --every: what becomes of its values. Default: mean.",
)
@click.option("--limit", type=click.IntRange(min=1), help="The newest so many records.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "csv", "json", "chart"]),
    default="table",
    show_default=True,
)
def query(
    *,
    sink: str | None,
    config_file: Path | None,
    database: Path | None,
    last: str | None,
    since: str | None,
    until: str | None,
    entities: tuple[str, ...],
    home: str | None,
    fields: tuple[str, ...],
    every: str | None,
    aggregate: str | None,
    limit: int | None,
    output: str,
) -> None:
    """Show what an embedded database has recorded, while the daemon writes to it or not."""
    from trio_ingest.cli.query import make_question, query_command
    from trio_ingest.cli.records_files import find_database, read_wanted

    wanted = read_wanted(last=last, since=since, until=until, globs=entities, home=home)
    question = make_question(
        wanted, fields, every=every, aggregate=aggregate, limit=limit, output=output
    )
    query_command(find_database(sink, config_file, database), question, output)


@main.command()
@sink_argument
@of_records
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["line-protocol", "csv", "parquet"]),
    default="line-protocol",
    show_default=True,
)
@click.option(
    "--table",
    type=click.Choice(["states", "events"]),
    default="states",
    show_default=True,
    help="For csv and parquet; line protocol has both.",
)
@click.option(
    "--precision",
    type=click.Choice(["ns", "us", "ms", "s"]),
    default="us",
    show_default=True,
    help="For line protocol: the unit of its times.",
)
@click.option(
    "--nested",
    type=click.Choice(["drop", "json"]),
    default="drop",
    show_default=True,
    help="For line protocol: what becomes of attributes that are lists or objects.",
)
@click.option(
    "--home-tag/--no-home-tag",
    default=None,
    help="For line protocol: whether points say which home they are of. Default: if several are.",
)
@click.option(
    "--output",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, which must not exist. Default: standard output.",
)
def export(
    *,
    sink: str | None,
    config_file: Path | None,
    database: Path | None,
    last: str | None,
    since: str | None,
    until: str | None,
    entities: tuple[str, ...],
    home: str | None,
    output_format: Literal["line-protocol", "csv", "parquet"],
    table: Literal["states", "events"],
    precision: str,
    nested: Literal["drop", "json"],
    home_tag: bool | None,
    file: Path | None,
) -> None:
    """Write an embedded database out, such as to carry it over into InfluxDB."""
    from trio_ingest.cli.export import Order, export_command
    from trio_ingest.cli.records_files import find_database, read_wanted
    from trio_ingest.config.line_protocol_model import Precision

    order = Order(
        wanted=read_wanted(last=last, since=since, until=until, globs=entities, home=home),
        output=output_format,
        table=table,
        precision=Precision(precision),
        nested=nested,
        home_tag=home_tag,
    )
    export_command(find_database(sink, config_file, database), order, file)


@main.command()
@click.argument("entity_id")
@config_option
@click.option("--state", help="A state to try, instead of asking Home Assistant.")
@click.option("--attributes", help="With --state: its attributes, a JSON object.")
def explain(
    entity_id: str, config_file: Path | None, state: str | None, attributes: str | None
) -> None:
    """Say which rule decides about an entity in each sink, and show the line that is written."""
    from trio_ingest.cli.explain import explain_command

    explain_command(entity_id, config_file, state, attributes)


@main.command("import")
@click.option("--from", "start", required=True, metavar="TIME", help="A day, or a time of day.")
@click.option("--to", "end", metavar="TIME", help="Up to there, exclusive. Default: up to now.")
@click.option(
    "--statistics", "with_statistics", is_flag=True, help="Also the hourly long-term statistics."
)
@click.option("--sink", "sinks", multiple=True, help="Into this sink, or these. Default: all.")
@click.option("--home", help="Of this Home Assistant. Default: all.")
@click.option(
    "--dry-run", "is_dry_run", is_flag=True, help="Only count, by domain and entity; write nothing."
)
@click.option(
    "--anew", "begins_anew", is_flag=True, help="Do not go on where the same import was stopped."
)
@config_option
@json_option
def import_(config_file: Path | None, as_json: bool, **options: Any) -> None:
    """Import what Home Assistant's recorder has of the past, while the daemon runs or not.

    TIME is such as 2026-11-13 (the midnight that it begins with) or 2026-11-13T20:00, by the clock
    of the home; with an offset such as +01:00 by that. Interrupted, the same command goes on.
    """
    from trio_ingest.cli.import_history import ImportOptions, import_command

    import_command(config_file, ImportOptions(**options), as_json=as_json)


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what a shell reads to complete commands: source <(trio-ingest completion bash)."""
    from trio_ingest.cli.completion import completion_command

    completion_command(main, shell)


@main.command()
@click.argument("yaml_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, which must not exist. Default: standard output.",
)
def import_config(yaml_file: Path, output: Path | None) -> None:
    """Turn `influxdb:` of Home Assistant's configuration.yaml into a configuration of ours."""
    from trio_ingest.cli.import_config import import_config_command

    import_config_command(yaml_file, output)


@main.command()
@click.option("--name", help="One of several: trio-ingest@NAME, with /etc/trio-ingest/NAME.toml.")
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("/"),
    show_default=True,
    help="Write below this directory, such as an image that is being made.",
)
@click.option("--relay", "is_relay", is_flag=True, help="A service of `trio-ingest relay`.")
@click.option("--print", "only_prints", is_flag=True, help="Write nothing, print the files.")
def install_unit(name: str | None, root: Path, is_relay: bool, only_prints: bool) -> None:
    """Make a systemd service of this installation. What is there already is not harmed."""
    from trio_ingest.cli.install_unit import install_unit_command

    if name is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise click.UsageError("--name is made of letters, digits, - and _")
    install_unit_command(root, name, is_relay=is_relay, only_prints=only_prints)


@main.command()
@click.option("--seconds", default=12.0, show_default=True, help="How long to record.")
@click.option("--rate", default=50.0, show_default=True, help="State changes a second.")
@click.option(
    "--state-directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("trio-ingest-demo"),
    show_default=True,
    help="Where everything is left to look at.",
)
def demo(seconds: float, rate: float, state_directory: Path) -> None:
    """Record a simulated home into the embedded database, and show what was recorded."""
    from trio_ingest.cli.demo import demo_command

    demo_command(seconds, rate, state_directory)


@main.command()
@click.option("--listen", default="127.0.0.1:8123", show_default=True, help="HOST:PORT to serve.")
@click.option("--rate", default=10.0, show_default=True, help="State changes a second.")
@click.option("--entities", default=60, show_default=True, help="How large the home is.")
@click.option("--seed", default=1, show_default=True, help="The same seed is the same home.")
def simulate(listen: str, rate: float, entities: int, seed: int) -> None:
    """Serve a simulated Home Assistant, to try things against."""
    from trio_ingest.cli.simulate import simulate_command

    simulate_command(listen, rate, entities, seed)
