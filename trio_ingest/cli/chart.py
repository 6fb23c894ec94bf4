"""Charts made of characters: one an entity, as high as there is room for, the time to the right.

plotext draws all on one canvas and would be one more dependency, for what are a few lines here.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from rich.console import Group
from rich.text import Text

from trio_ingest.cli.query_output import local, short
from trio_ingest.records.readings import Question, Record
from trio_ingest.words import count, show_duration

BARS = " ▁▂▃▄▅▆▇█"
LABEL_COLUMNS = 10
LABEL_DIGITS = 4
LEAST_COLUMNS = 10
ROWS = 6
MOST_HIGH = 4
"""More charts than that are one row high each."""
MOST = 30

SECOND = 1_000_000
DAY = 86_400 * SECOND
SPANS = [
    *(count * unit for unit in (1000, 10_000, 100_000) for count in (1, 2, 5)),
    *(count * unit for unit in (SECOND, 60 * SECOND) for count in (1, 2, 5, 10, 15, 30)),
    *(count * 3600 * SECOND for count in (1, 2, 3, 6, 12, 24)),
]


def columns_of(width: int) -> int:
    """Return how many columns there are beside the labels."""
    return max(LEAST_COLUMNS, width - LABEL_COLUMNS - 2)


def span_for(first: int, last: int, width: int) -> int:
    """Return the span of one column such that all fits in: one that people would choose."""
    least = (last - first) // (columns_of(width) - 1) + 1
    return next((span for span in SPANS if span >= least), -(-least // DAY) * DAY)


def charts(
    found: Sequence[Record], question: Question, between: tuple[int, int], width: int
) -> Group:
    """Return a chart an entity. What is no number is not in it."""
    assert question.spans is not None
    span, [name] = question.spans.microseconds, question.fields
    first, last = (instant // span for instant in between)
    columns = min(last - first + 1, columns_of(width))
    first = last - columns + 1  # with spans of one's own there may be too many: the newest
    series: dict[tuple[str, str], dict[int, float]] = {}
    for each in found:
        value, column = each[name], each["time_us"] // span - first
        if isinstance(value, int | float) and column >= 0:
            series.setdefault((each["home"], each["entity_id"]), {})[column] = value
    rows = ROWS if len(series) <= MOST_HIGH else 1
    what = f"{question.spans.aggregate} of {name}, a column is {show_duration(span / 1e6)}"
    lines = [Text(what, "dim")]
    for (home, entity), values in islice(series.items(), MOST):
        several = len({home for home, _ in series}) > 1
        title = Text(f"{entity} ({home})" if several else entity, "bold")
        low, high = min(values.values()), max(values.values())
        between_them = short(low) if low == high else f"{short(low)} … {short(high)}"
        lines.append(title.append(f"  {between_them}", "not bold"))
        lines += map(Text, bars(values, columns, rows))
    if len(series) > MOST:
        lines.append(Text(f"and {count(len(series) - MOST, 'entity')} more: choose with --entity"))
    ends = local(first * span), local((last + 1) * span)
    gap = max(1, columns - sum(map(len, ends)))
    lines.append(Text(f"{'':>{LABEL_COLUMNS}}  {ends[0]}{' ' * gap}{ends[1]}", "dim"))
    return Group(*lines)


def bars(values: Mapping[int, float], columns: int, rows: int) -> Iterator[str]:
    """Yield the rows of a chart from the top. A value holds until the next one."""
    low, high = min(values.values()), max(values.values())
    steps = rows * (len(BARS) - 1)
    levels = []
    level = 0
    for column in range(columns):
        if column in values:
            share = (values[column] - low) / (high - low) if high > low else 1.0
            level = 1 + round(share * (steps - 1))
        levels.append(level)
    for row in reversed(range(rows)):
        label = ""
        if rows > 1 and row in (0, rows - 1):
            label = f"{low if row == 0 else high:.{LABEL_DIGITS}g}"
        drawn = "".join(BARS[min(8, max(0, each - row * 8))] for each in levels)
        yield f"{label:>{LABEL_COLUMNS}} ▏{drawn}"
