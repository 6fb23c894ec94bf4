"""`trio-ingest spool status`: what waits in the spools, and what is missing."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from attrs import asdict

from trio_ingest.cli.spool_files import SpoolFile, find_spools, for_each, iso_instant, show_instant
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND
from trio_ingest.spool.inspection import RecordedGap, SpoolReport, inspect_spool
from trio_ingest.words import count, show_size


def status_command(
    sink: str | None, config_file: Path | None, state_directory: Path | None, *, as_json: bool
) -> None:
    """Print the status of each spool. Leave with 1 when one is not there or cannot be read."""
    spools = find_spools(sink, config_file, state_directory)
    now = time.time_ns() // 1000
    objects: list[dict[str, Any]] = []

    def do(spool: SpoolFile) -> bool:
        report = inspect_spool(spool.path)
        if as_json:
            objects.append(to_json(spool, report, now))
        else:
            click.echo("\n".join(describe(spool, report, now)))
        return True

    try:
        for_each(spools, do)
    finally:
        if as_json:
            click.echo(json.dumps(objects, indent=2, ensure_ascii=False))


def describe(spool: SpoolFile, report: SpoolReport, now: int) -> Iterator[str]:
    """Yield what is to be said of a spool, a line each."""
    yield f"{spool.name}  {spool.path}"
    size = f"{show_size(report.size_bytes)} compressed, {show_size(report.file_bytes)} on disk"
    batches = count(report.batches, "batch")
    yield f"  waiting     {count(report.points, 'point')} in {batches} ({size})"
    if report.oldest is not None:
        yield f"  oldest      {show_instant(report.oldest)}, {show_age(report.oldest, now)} ago"
        yield f"  newest      {show_instant(report.newest)}"
    for encoding, points in report.encodings.items():
        yield f"  encoding    {encoding}: {count(points, 'point')}"
    for home, instant in report.checkpoint.items():
        yield f"  checkpoint  {home}: {show_instant(instant)}"
    for gap in report.open_gaps:
        yield f"  open gap    {show_gap(gap)}"
    for gap in report.closed_gaps:
        yield f"  closed gap  {show_gap(gap)}: {gap.outcome}{f', {gap.why}' if gap.why else ''}"
    yield f"  quarantine  {count(report.quarantined_lines, 'line')}"
    for reason, points in report.dropped_points.items():
        yield f"  dropped     {count(points, 'point')} ({reason})"


def show_gap(gap: RecordedGap) -> str:
    """Return a gap for people: from where it began."""
    points = f", {count(gap.points, 'point')}" if gap.points else ""
    interval = f"{show_instant(gap.began)} to {show_instant(gap.last)}"
    return f"{gap.home or 'an unknown home'}: {interval} ({gap.reason}{points})"


def show_age(instant: int, now: int) -> str:
    """Return how long ago *instant* was."""
    return str(timedelta(seconds=max(0, now - instant) // MICROSECONDS_PER_SECOND))


def to_json(spool: SpoolFile, report: SpoolReport, now: int) -> dict[str, Any]:
    """Return the report as an object: instants in ISO 8601, amounts as numbers."""
    content = asdict(report)
    del content["last_number"]
    behind = None if report.oldest is None else (now - report.oldest) / MICROSECONDS_PER_SECOND
    return {
        "sink": spool.name,
        "path": str(spool.path),
        **content,
        "oldest": iso_instant(report.oldest),
        "newest": iso_instant(report.newest),
        "behind_seconds": behind,
        "checkpoint": {home: iso_instant(each) for home, each in report.checkpoint.items()},
        "open_gaps": [gap_to_json(gap) for gap in report.open_gaps],
        "closed_gaps": [gap_to_json(gap) for gap in report.closed_gaps],
    }


def gap_to_json(gap: RecordedGap) -> dict[str, Any]:
    """Return a gap as an object."""
    instants = {name: iso_instant(getattr(gap, name)) for name in ("began", "first", "last")}
    return {**asdict(gap), **instants}
