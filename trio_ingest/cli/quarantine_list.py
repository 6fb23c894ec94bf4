"""`trio-ingest quarantine list` and `show`: the lines that a sink would not take."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from trio_ingest.cli.quarantine_choice import part_arguments
from trio_ingest.cli.spool_files import (
    SpoolFile,
    find_one_spool,
    find_spools,
    for_each,
    iso_instant,
    show_instant,
)
from trio_ingest.spool.quarantine import Choice, QuarantinedLine, read_quarantine
from trio_ingest.words import count

SHORT = 60  # characters


def list_command(
    sink: str | None,
    config_file: Path | None,
    state_directory: Path | None,
    reason: str | None,
    limit: int | None,
    *,
    by_reason: bool,
    as_json: bool,
) -> None:
    """Print what is in the quarantine of each sink. Leave with 1 when one cannot be read."""
    spools = find_spools(sink, config_file, state_directory)
    objects: list[dict[str, Any]] = []

    def do(spool: SpoolFile) -> bool:
        lines = read_quarantine(spool.path, Choice(reason=reason))
        if by_reason:
            reasons = Counter(line.reason for line in lines).most_common(limit)
            if as_json:
                objects.extend(
                    {"sink": spool.name, "reason": words, "lines": n} for words, n in reasons
                )
            else:
                tell(spool, len(lines), [f"{number:>7,}  {words}" for words, number in reasons])
            return True
        shown = lines[-limit:] if limit else lines
        if as_json:
            objects.extend(to_json(spool, line) for line in shown)
        else:
            tell(spool, len(lines), [summary(line) for line in shown])
        return True

    try:
        for_each(spools, do)
    finally:
        if as_json:
            click.echo(json.dumps(objects, indent=2, ensure_ascii=False))


def show_command(
    arguments: Sequence[str],
    config_file: Path | None,
    state_directory: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print one line whole. Leave with 1 when there is no such line."""
    sink, numbers = part_arguments(arguments)
    if len(numbers) != 1:
        raise click.UsageError("Give the number of one line.")

    def do(spool: SpoolFile) -> bool:
        lines = read_quarantine(spool.path, Choice(numbers=numbers))
        if not lines:
            click.echo(f"{spool.name}: line {min(numbers)} is not in the quarantine", err=True)
            return False
        [line] = lines
        if as_json:
            click.echo(json.dumps(to_json(spool, line), indent=2, ensure_ascii=False))
            return True
        click.echo(f"number    {line.number}")
        click.echo(f"when      {show_instant(line.quarantined)}")
        click.echo(f"batch     {line.batch}")
        click.echo(f"encoding  {line.encoding}")
        click.echo(f"reason    {line.reason}")
        click.echo(f"line      {content(line)}")
        return True

    for_each([find_one_spool(sink, config_file, state_directory)], do)


def tell(spool: SpoolFile, number: int, lines: Sequence[str]) -> None:
    """Print the lines under what they are."""
    click.echo(f"{spool.name}: {count(number, 'line')} in the quarantine")
    for line in lines:
        click.echo(line)


def summary(line: QuarantinedLine) -> str:
    """Return two lines about one."""
    text = content(line)
    text = text if len(text) <= SHORT else f"{text[:SHORT]}…"
    reason = " ".join(line.reason.split())
    when = show_instant(line.quarantined)
    return f"{line.number:>7}  {when}  batch {line.batch}  {reason}\n         {text}"


def content(line: QuarantinedLine) -> str:
    """Return the line, or what it is instead."""
    if line.can_be_retried:
        return line.line.decode()
    return f"(no line: a whole batch that was damaged, {len(line.line):,} bytes)"


def to_json(spool: SpoolFile, line: QuarantinedLine) -> dict[str, Any]:
    """Return a line as an object; `line` is null for a whole batch."""
    return {
        "sink": spool.name,
        "number": line.number,
        "quarantined": iso_instant(line.quarantined),
        "batch": line.batch,
        "encoding": line.encoding,
        "reason": line.reason,
        "line": line.line.decode() if line.can_be_retried else None,
        "size_bytes": len(line.line),
    }
