"""Reads the boards of docs/grafana, and puts into their queries what Grafana would."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

FOLDER = Path(__file__).parents[2] / "docs" / "grafana"
FILES = sorted(path.name for path in FOLDER.glob("*.json"))
ALL = ".*"


@frozen(kw_only=True)
class Query:
    """A query of a panel, and which of its panel's it is."""

    panel: str
    ref: str
    text: str

    def __str__(self) -> str:
        return f"{self.panel} {self.ref}"


def read(name: str) -> dict[str, Any]:
    board: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return board


def panels(name: str) -> Sequence[dict[str, Any]]:
    """Return the panels without the headings of rows."""
    return [panel for panel in read(name)["panels"] if panel["type"] != "row"]


def variables(name: str) -> Mapping[str, dict[str, Any]]:
    return {each["name"]: each for each in read(name)["templating"]["list"]}


def queries_of(name: str) -> Iterator[Query]:
    for panel in panels(name):
        for target in panel["targets"]:
            text = target["expr"] if "expr" in target else target["query"]
            yield Query(panel=panel["title"], ref=target["refId"], text=text)


def filled_in(text: str, values: Mapping[str, str | Sequence[str]]) -> str:
    """Return *text* with the values of its variables; several become alternatives of a regex.

    Longer names come first: `$__range` begins like `$__range_s`.
    """
    for name in sorted(values, key=len, reverse=True):
        value = values[name]
        plain = value if isinstance(value, str) else alternatives(value)
        text = text.replace(f"${{{name}:regex}}", plain).replace(f"${{{name}}}", plain)
        text = text.replace(f"${name}", plain)
    assert "$" not in re.sub(r"\$/", "", text), f"a variable is left: {text}"
    return text


def alternatives(values: Sequence[str]) -> str:
    """Return the regular expression that Grafana makes of several values."""
    escaped = [re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
