"""What an import says meanwhile, on standard error: a bar on a terminal, elsewhere some lines."""

import io
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol

import click
from attrs import define, field
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bar

from trio_ingest.cli.spool_files import show_instant
from trio_ingest.importing.order import Progress

SECONDS_BETWEEN_LINES = 10.0
SMALL = 2  # of less than two minutes people think in seconds, of less than two hours in minutes


class ImportScreen(Protocol):
    """Where progress is shown."""

    def tell(self, progress: Progress) -> None:
        """Show how far it is."""


class CurrentStderr(io.TextIOBase):
    """Standard error as it is when something is written: log lines go above a bar."""

    def write(self, text: str) -> int:
        """Write *text*."""
        return sys.stderr.write(text)


@define
class Pen:
    """Puts progress into words, with the rate and the time that is left: by what went before."""

    _clock: Callable[[], float] = time.monotonic
    _what: tuple[str, str] | None = field(default=None, init=False)
    _began: float = field(default=0.0, init=False)
    _first: Progress | None = field(default=None, init=False)

    def text(self, progress: Progress) -> str:
        """Return the words."""
        what = (progress.home, progress.what)
        if self._first is None or what != self._what:
            self._what, self._began, self._first = what, self._clock(), progress
        seconds = self._clock() - self._began
        words = f"{show_instant(progress.until)}, {progress.read:,} read"
        gained = progress.done - self._first.done
        if seconds <= 0 or gained <= 0:
            return words
        rate = (progress.read - self._first.read) / seconds
        left = seconds * (1 - progress.done) / gained
        return f"{words}, {rate:,.0f}/s, {shown_duration(left)} left"


def shown_duration(seconds: float) -> str:
    """Return about how long that is."""
    minutes = seconds / 60
    if minutes < SMALL:
        return f"{seconds:.0f} s"
    return f"{minutes:.0f} min" if minutes / 60 < SMALL else f"{minutes / 60:.0f} h"


@define
class LineScreen:
    """A line now and then, and one for each beginning and end."""

    _pen: Pen = field(factory=Pen)
    _next_line: float = field(default=0.0, init=False)

    def tell(self, progress: Progress) -> None:
        """Write a line when one is due."""
        text = self._pen.text(progress)
        now = time.monotonic()
        if now >= self._next_line or progress.done in (0.0, 1.0):
            self._next_line = now + SECONDS_BETWEEN_LINES
            click.echo(f"{_label(progress)}: {progress.done:.0%}, {text}", err=True)


@define
class BarScreen:
    """A bar for each kind of past of each home."""

    _bar: Bar
    _pen: Pen = field(factory=Pen)
    _bars: dict[str, TaskID] = field(factory=dict, init=False)

    def tell(self, progress: Progress) -> None:
        """Move the bar."""
        label = _label(progress)
        if label not in self._bars:
            self._bars[label] = self._bar.add_task(label, total=1.0, text="")
        text = self._pen.text(progress)
        self._bar.update(self._bars[label], completed=progress.done, text=text)


@contextmanager
def open_screen(console: Console | None = None) -> Generator[ImportScreen]:
    """Yield the screen that *console* has room for: by default standard error."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield LineScreen()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[text]}"),
    )
    with Bar(*columns, console=console) as bar:
        yield BarScreen(bar)


def _label(progress: Progress) -> str:
    return f"{progress.home} {progress.what}"
