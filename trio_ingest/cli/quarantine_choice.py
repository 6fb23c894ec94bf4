"""Which lines of the quarantine are meant."""

from collections.abc import Sequence

import click

from trio_ingest.cli.spool_files import read_instant
from trio_ingest.spool.quarantine import EVERYTHING, Choice


def part_arguments(arguments: Sequence[str]) -> tuple[str | None, frozenset[int]]:
    """Return the sink, if one is named first, and the numbers. Raises UsageError."""
    words = list(arguments)
    sink = words.pop(0) if words and not words[0].isdecimal() else None
    wrong = [word for word in words if not word.isdecimal()]
    if wrong:
        raise click.UsageError(f"{wrong[0]!r} is no number of a line.")
    return sink, frozenset(int(word) for word in words)


def make_choice(
    numbers: frozenset[int], reason: str | None, before: str | None = None, *, everything: bool
) -> Choice:
    """Return what is meant; nothing at all is a UsageError, and so is everything and a part."""
    choice = Choice(numbers=numbers or None, reason=reason, before=read_instant(before))
    if everything == (choice != EVERYTHING):
        raise click.UsageError("Say which: numbers and other criteria, or --all.")
    return choice
