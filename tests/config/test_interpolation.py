"""Environment variables inside strings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.bad_files import HOME
from tests.config.support import ENVIRONMENT, load_text
from trio_ingest.config.interpolation import interpolate
from trio_ingest.config.problems import Misfit

VARIABLES = {"A": "one", "EMPTY": "", "DOLLARS": "${A} $$"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}", "one"),
        ("x${A}y${A}", "xoneyone"),
        ("${A:-other}", "one"),
        ("${NOT:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${EMPTY}", ""),
        ("${NOT:-}", ""),
        ("$${A}", "${A}"),
        ("$$$$", "$$"),
        ("${DOLLARS}", "${A} $$"),
    ],
)
def test_replaced(text: str, expected: str):
    """A variable is replaced, a default holds if it is unset or empty, `$$` is a dollar."""
    assert expected == interpolate(text, VARIABLES)


@given(st.text())
@settings(deadline=None, max_examples=100)
def test_escaped(text: str):
    """Any text can be written, with its dollars doubled."""
    assert text == interpolate(text.replace("$", "$$"), {})


@pytest.mark.parametrize("text", ["$", "$A", "a$", "${A", "${}", "${A-b}", "${1}", "$$$"])
def test_lone_dollar(text: str):
    """A dollar that means nothing is not guessed at."""
    with pytest.raises(Misfit, match='has a lone "\\$" in it'):
        interpolate(text, VARIABLES)


def test_all_unset():
    """All variables that are not set are named."""
    with pytest.raises(Misfit, match="the environment does not have B and C"):
        interpolate("${A}${B}${C}", VARIABLES)


def test_everywhere(tmp_path):
    """Strings at any depth may have variables."""
    text = f'{HOME}[sink.s]\nkind = "${{KIND}}"\ninclude.domains = ["${{DOMAIN:-light}}"]'

    config = load_text(tmp_path, text, {**ENVIRONMENT, "KIND": "sqlite"})

    assert ("light",) == config.sinks[0].include.domains
