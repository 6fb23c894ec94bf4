"""What is written as TOML."""

import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.migration.toml_text import comment, table_lines

TEXTS = st.text(max_size=6).filter(lambda text: "$" not in text)
PLAIN = TEXTS | st.booleans() | st.lists(TEXTS, max_size=3)
TABLES = st.recursive(
    st.dictionaries(TEXTS, PLAIN, max_size=3),
    lambda inner: st.dictionaries(TEXTS, PLAIN | inner, max_size=3),
    max_leaves=6,
)


@given(TABLES)
@settings(deadline=None, max_examples=150)
def test_returns(table: dict[str, Any]):
    """Any table is read by TOML as it was, in the same order where it matters."""
    text = "\n".join(table_lines(table, "a", "b c"))

    assert {"a": {"b c": table}} == tomllib.loads(text)


@given(st.text())
@settings(deadline=None, max_examples=100)
def test_comment(text: str):
    """Whatever a comment says, it says nothing to TOML."""
    assert {} == tomllib.loads(comment(text))


def test_dollar():
    """A dollar is doubled in a value, where it would name a variable, and not in a key."""
    assert ["[a]", '"$x" = "$${HOME}"', "list = ['$$$$']".replace("'", '"'), ""] == [
        *table_lines({"$x": "${HOME}", "list": ["$$"]}, "a")
    ]
