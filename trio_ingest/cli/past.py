"""The commands about what was recorded, and what was before: query, export, import."""

from pathlib import Path
from typing import Any, Literal

import click

from trio_ingest.cli.options import config_option, json_option, of_records, sink_argument


@click.command()
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


@click.command()
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


@click.command("import")
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
