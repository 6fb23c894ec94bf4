"""docs/reload.md."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from trio_ingest.config.reference import SECTIONS

PAGE = Path(__file__).parents[2] / "docs" / "reload.md"
TOP = "At the top of the file"
TABLE = re.compile(r"`\[([a-zA-Z0-9_.]+)\]`")
KEY = re.compile(r"`([a-zA-Z0-9_.*]+)`")


def all_keys() -> set[str]:
    """Return every key of the configuration with the tables that it is in; tables are no keys."""
    return {
        f"{table}{name}"
        for title, keys in SECTIONS.items()
        for table in tables_of(title)
        for name, key in keys.items()
        if key.table is None
    }


def tables_of(title: str) -> Iterator[str]:
    """Yield the tables that a section of the reference is about."""
    if title == TOP:
        yield ""
    for table in TABLE.findall(title):
        yield f"{table}."
    if "exclude" in title:
        yield "sink.NAME.exclude."


def patterns() -> set[str]:
    """Return what the first column of the page's table names."""
    found: set[str] = set()
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("| `"):
            continue
        first, *others = KEY.findall(line.split("|")[1])
        table = "sink.NAME." if first.startswith("sink.NAME.") else ""
        found |= {first, *(f"{table}{each}" for each in others)}
    return found


def test_every_key_has_a_row() -> None:
    """What a reload does is said of each key."""
    known = patterns()

    assert not {key for key in all_keys() if not any(fnmatchcase(key, each) for each in known)}


def test_every_row_has_a_key() -> None:
    """No row tells of a key that is not there."""
    keys = all_keys()

    assert not {each for each in patterns() if not any(fnmatchcase(key, each) for key in keys)}
