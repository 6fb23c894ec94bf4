"""`trio-ingest query`: asks the embedded database, while the daemon writes to it or not."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from attrs import evolve
from rich.console import Console

from trio_ingest.cli.chart import charts, span_for
from trio_ingest.cli.query_output import print_csv, print_json, table_of
from trio_ingest.cli.records_files import read_span, saying_what_is_unusable
from trio_ingest.records.readings import DEFAULT_FIELDS, Question, Spans, extent, records
from trio_ingest.records.wanted import Wanted

TABLE_ROWS = 100


def query_command(path: Path, question: Question, output: str) -> None:
    """Print what is asked. Leave with 1 when the database cannot be read."""
    console = Console(highlight=False, emoji=False, markup=False)
    with saying_what_is_unusable():
        match output:
            case "csv":
                print_csv(records(path, question), question.fields, sys.stdout)
            case "json":
                print_json(records(path, question), sys.stdout)
            case "chart":
                print_chart(path, question, console)
            case _:
                print_newest(path, question, console)


def make_question(
    wanted: Wanted,
    fields: Sequence[str],
    *,
    every: str | None,
    aggregate: str | None,
    limit: int | None,
    output: str,
) -> Question:
    """Return what the options say. Raises UsageError."""
    if aggregate is not None and every is None and output != "chart":
        raise click.UsageError("--aggregate goes with --every.")
    spans = None
    if every is not None:
        spans = Spans(microseconds=read_span("--every", every), aggregate=aggregate or "mean")
    if spans is not None or output == "chart":
        if len(fields) > 1:
            raise click.UsageError("With --every, or in a chart, there is one --field.")
        fields = fields or ("value",)
    if output == "chart" and spans is None:
        spans = Spans(microseconds=0, aggregate=aggregate or "mean")
    return Question(wanted=wanted, fields=fields or DEFAULT_FIELDS, limit=limit, spans=spans)


def print_chart(path: Path, question: Question, console: Console) -> None:
    """Print charts of what there is; unless told otherwise, a span of time for each column."""
    assert question.spans is not None
    between = extent(path, question.wanted)
    if between is None:
        click.echo("There is nothing.", err=True)
        return
    span = question.spans.microseconds or span_for(*between, console.width)
    question = evolve(question, spans=evolve(question.spans, microseconds=span))
    console.print(charts(list(records(path, question)), question, between, console.width))


def print_newest(path: Path, question: Question, console: Console) -> None:
    """Print a table; unless told how many rows, only as many as anybody reads, and say so."""
    limit = question.limit or TABLE_ROWS
    found = list(records(path, evolve(question, limit=limit + 1)))
    console.print(table_of(found[-limit:], question.fields))
    if len(found) > limit:
        click.echo(f"The newest {limit:,}; --limit shows more of them.", err=True)
