"""docs/reliability.md names tests and benchmarks that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
NAMED = sorted(set(re.findall(r"\b((?:tests|benchmarks)/[\w./]+)", PAGE.read_text("utf-8"))))


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_is_there(name: str) -> None:
    """A command of the page can be run."""
    assert (ROOT / name).exists()


def test_something_is_named() -> None:
    """The page has been read."""
    assert len(NAMED) > 10
