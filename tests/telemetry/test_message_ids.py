"""Every kind of record has an entry in the catalog, and somebody who says it."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import trio_ingest
from trio_ingest.telemetry import message_ids

PACKAGE = Path(trio_ingest.__file__).parent
CATALOG = Path(__file__).parents[2] / "systemd" / "trio-ingest.catalog"
ENTRY = re.compile(r"-- ([0-9a-f]{32})\nSubject: .+\nDefined-By: trio-ingest\n\n.+", re.DOTALL)


def kinds() -> Mapping[str, str]:
    """Return the message ID of each kind, by its name."""
    named = {name: value for name, value in vars(message_ids).items() if name.isupper()}
    return {name: value["message_id"] for name, value in named.items()}


def entries() -> list[str]:
    """Return the entries of the catalog, whole."""
    return re.split(r"\n(?=-- )", CATALOG.read_text())[1:]


def names_imported(file: Path) -> set[str]:
    """Return what *file* takes from the module of kinds."""
    return {
        alias.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == message_ids.__name__
        for alias in node.names
    }


def test_each_kind_is_in_the_catalog() -> None:
    """The catalog explains each kind, once, and nothing else."""
    explained = [match[1] for entry in entries() if (match := ENTRY.fullmatch(entry.rstrip("\n")))]

    assert len(entries()) == len(explained)
    assert sorted(kinds().values()) == sorted(explained)


def test_ids_are_unique() -> None:
    """No two kinds have the same ID."""
    assert len(kinds()) == len(set(kinds().values()))


def test_each_kind_is_said() -> None:
    """Somewhere in the package each kind is said."""
    said = set[str]().union(*(names_imported(file) for file in PACKAGE.rglob("*.py")))

    assert set(kinds()) - said == set()
