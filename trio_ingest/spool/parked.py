"""Spools that no sink is configured for: what is in them is kept, and that is said."""

import logging
from collections.abc import Collection, Iterator
from pathlib import Path

from trio_ingest.sqlite_file import UnusableFileError
from trio_ingest.telemetry.message_ids import SPOOL_PARKED

log = logging.getLogger(__name__)


def say_parked(name: str, points: int, file: Path) -> None:
    """Say where the points are that a sink has not taken which is no longer configured."""
    log.warning(
        "%d points that sink %s has not taken are kept in %s, for which no sink is configured. To "
        "have them delivered put [sink.%s] back, with this state directory, and reload; to get at "
        "them otherwise there is trio-ingest spool export (or purge) %s --state-directory %s",
        points,
        name,
        file,
        name,
        name,
        file.parent.parent,
        extra=SPOOL_PARKED,
    )


def say_all_parked(state_directory: Path, sinks: Collection[str]) -> None:
    """Say what is parked, at the start."""
    for name, points, file in find_parked(state_directory, sinks):
        say_parked(name, points, file)


def find_parked(state_directory: Path, sinks: Collection[str]) -> Iterator[tuple[str, int, Path]]:
    """Yield the name, the points and the file of each spool of none of *sinks* that has points."""
    for file in sorted((state_directory / "spool").glob("*.db")):
        if file.stem in sinks:
            continue
        # At most starts there is none, and they are 3 ms shorter without this.
        from trio_ingest.spool.inspection import inspect_spool  # noqa: PLC0415

        try:
            points = inspect_spool(file).points
        except UnusableFileError as error:
            log.warning("%s belongs to no sink, and cannot be looked into: %s", file, error)
        else:
            if points:
                yield file.stem, points, file
