"""Reads docs/queries.md: each query by its heading and its language."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "queries.md"
LANGUAGES = ("InfluxQL", "Flux", "SQL, InfluxDB 3", "SQL, SQLite")

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_QUERY = re.compile(r"^\*\*([^*\n]+)\*\*\n.*?^```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def queries() -> dict[str, dict[str, str]]:
    """Return the queries of the page: first by their headings, then by their languages."""
    _, *parts = _HEADING.split(PAGE.read_text(encoding="utf-8"))
    return {
        heading: dict(_QUERY.findall(text))
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }


def filled_in(query: str, *, start_ms: int, end_ms: int) -> str:
    """Return *query* with what Grafana would put in place of its variables."""
    for variable, text in {
        "$timeFilter": f"time >= {start_ms}ms AND time <= {end_ms}ms",
        "$__interval": "10m",
        "${__to}": str(end_ms),
        "$__from": str(start_ms),
        "$__to": str(end_ms),
    }.items():
        query = query.replace(variable, text)
    return query
