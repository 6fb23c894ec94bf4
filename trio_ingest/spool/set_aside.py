"""Put a new file in the place of one that is of no use; that one is kept, and named for it.

The new one is built first, and found again if the power goes in the middle of the renaming.
"""

import os
from datetime import datetime
from itertools import count
from pathlib import Path

COMPANIONS = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file, by the file's name


def unfinished(path: Path) -> Path:
    """Return where the file is built that will take the place of *path*."""
    return path.with_name(f"{path.name}.salvaging")


def finished(path: Path) -> Path:
    """Return where it waits for the old one to be out of its way: complete, or not there."""
    return path.with_name(f"{path.name}.salvaged")


def name_aside(path: Path, condition: str, now: datetime) -> Path:
    """Return a name beside *path* that says what it is and since when, and is free."""
    said = f"{path.name}.{condition}-{now:%Y%m%dT%H%M%SZ}"
    names = (said if number == 1 else f"{said}-{number}" for number in count(1))
    return next(
        aside
        for aside in map(path.with_name, names)
        if not any(beside(aside, end).exists() for end in ("", *COMPANIONS))
    )


def exchange(path: Path, condition: str, now: datetime) -> Path:
    """Set *path* aside, if it is there, and put the finished file in its place; return where it is.

    The file itself goes before its companions: where it is missing, `resume` goes on.
    """
    aside = name_aside(path, condition, now)
    for end in ("", *COMPANIONS):
        if beside(path, end).exists():
            beside(path, end).rename(beside(aside, end))
    finished(path).rename(path)
    sync_directory(path.parent)
    return aside


def resume(path: Path, now: datetime) -> None:
    """Finish an exchange that was interrupted, or forget what had been built for it."""
    discard(unfinished(path))
    if finished(path).exists():
        if path.exists():
            discard(finished(path))
        else:
            exchange(path, "damaged", now)


def discard(path: Path) -> None:
    """Delete a file that was being built."""
    for end in ("", *COMPANIONS):
        beside(path, end).unlink(missing_ok=True)


def beside(path: Path, end: str) -> Path:
    """Return the companion of *path* with that ending."""
    return path.with_name(path.name + end)


def sync_directory(directory: Path) -> None:
    """Bring renames to the platter."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
