"""What the demo shows: progress while it records, and the rows when it is done."""

import shutil
import sqlite3
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from math import inf
from pathlib import Path
from shlex import quote

from attrs import define, field
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table

BARS = "▁▂▃▄▅▆▇█"
RATE_COLUMNS = 24
RATE_SECONDS = 0.5
SPARKLINE_COLUMNS = 12
SHOWN = 12

MOST_VARIED = """
    SELECT latest.entity_id, latest.state, latest.unit, latest.area, count(*)
    FROM latest JOIN state_changes USING (entity_id)
    GROUP BY latest.entity_id
    ORDER BY count(DISTINCT state_changes.value) DESC, latest.entity_id
    LIMIT ?
"""
VALUES = """
    SELECT value FROM state_changes WHERE entity_id = ? AND value IS NOT NULL ORDER BY time_us
"""
NEWEST = "SELECT local_time, entity_id, state, unit FROM latest ORDER BY time_us DESC LIMIT 10"


def sparkline(
    values: Sequence[float], columns: int = SPARKLINE_COLUMNS, lowest: float = inf
) -> str:
    """Draw *values* as a row of bars, thinned out to so many columns.

    The lowest bar stands for the least of them, or for *lowest* if that is less.
    """
    if not values:
        return ""
    step = max(1.0, len(values) / columns)
    shown = [values[int(i * step)] for i in range(min(columns, len(values)))]
    low, high = min(lowest, *shown), max(shown)
    span = (high - low) or 1.0
    return "".join(BARS[int((value - low) / span * (len(BARS) - 1))] for value in shown)


@define
class Screen:
    """The panel that is drawn while the home lives; remembers the last rates for its sparkline."""

    seconds: float
    started: float
    _rates: deque[float] = field(factory=lambda: deque(maxlen=RATE_COLUMNS), init=False)
    _last: tuple[float, int] | None = field(default=None, init=False)

    def draw(self, now: float, made: int, written: int) -> Panel:
        """Return the panel for this moment."""
        self._remember(now, made)
        figures = Table.grid(padding=(0, 2))
        figures.add_row(
            "states made by the home", f"[bold]{made}[/]", sparkline(self._rates, RATE_COLUMNS, 0.0)
        )
        figures.add_row("rows in the database", f"[bold green]{written}[/]")
        figures.add_row("under way", f"{made - written}")
        elapsed = min(now - self.started, self.seconds)
        bar = ProgressBar(total=self.seconds, completed=elapsed, width=60)
        title = "a simulated home → trio-ingest → SQLite"
        return Panel(Group(figures, bar), title=title, title_align="left")

    def _remember(self, now: float, made: int) -> None:
        if self._last is not None:
            since, before = self._last
            if now - since < RATE_SECONDS:
                return
            self._rates.append((made - before) / (now - since))
        self._last = (now, made)


def count_rows(database: Path) -> int:
    """Return how many rows there are; none when there is no database yet."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(database)) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM state_changes").fetchone()
    return int(rows)


def show_recorded(console: Console, database: Path) -> None:
    """Print a small table of what was recorded, with a sparkline of each entity's values."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("entity", no_wrap=True, max_width=25)
    table.add_column("area", no_wrap=True, max_width=11)
    table.add_column("rows", justify="right")
    table.add_column("newest state", no_wrap=True)
    table.add_column("its values", no_wrap=True)
    with closing(sqlite3.connect(database)) as connection:
        for entity_id, state, unit, area, rows in connection.execute(MOST_VARIED, (SHOWN,)):
            values = [value for (value,) in connection.execute(VALUES, (entity_id,))]
            newest = f"{state} {unit or ''}"
            table.add_row(entity_id, area or "", str(rows), newest, sparkline(values))
    console.print()
    console.print(table)


def query_command(database: Path) -> str:
    """Return a command that shows the newest rows with what this machine has."""
    if shutil.which("sqlite3"):
        return f'sqlite3 -box {quote(str(database))} "{NEWEST}"'
    program = f"print(*sqlite3.connect({str(database)!r}).execute({NEWEST!r}), sep='\\n')"
    return f'python3 -c "import sqlite3; {program}"'
