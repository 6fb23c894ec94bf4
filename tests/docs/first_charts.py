"""Reads docs/first-charts.md: by the databases, their configurations and their queries."""

import re
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

PAGE = Path(__file__).parents[2] / "docs" / "first-charts.md"
TEXT = PAGE.read_text(encoding="utf-8")
DATABASES = ("InfluxDB 1", "InfluxDB 2", "InfluxDB 3", "SQLite")
PANELS = ("Temperature by room", "Lights", "What takes power now")

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_QUERY = re.compile(r"^\*\*([^*\n]+)\*\*,.*?^```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TOML = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@frozen(kw_only=True)
class Section:
    """What the page says of one database."""

    configuration: str
    commands: tuple[str, ...]
    queries: Mapping[str, str]


def section(database: str) -> Section:
    _, *parts = _SECTION.split(TEXT)
    text = dict(zip(parts[::2], parts[1::2], strict=True))[database]
    [configuration] = _TOML.findall(text)
    commands = tuple(line for block in _SHELL.findall(text) for line in block.splitlines())
    return Section(
        configuration=configuration, commands=commands, queries=dict(_QUERY.findall(text))
    )
