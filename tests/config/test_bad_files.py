"""What people read when their configuration cannot be used."""

import pytest

from tests.config.bad_files import BAD_FILES, HOME, BadFile
from tests.config.bad_relay_files import BAD_RELAY_FILES
from tests.config.support import ENVIRONMENT, load_text, problems_of
from trio_ingest.config.loading import load
from trio_ingest.config.problems import ConfigurationError

ALL = BAD_FILES | BAD_RELAY_FILES


@pytest.mark.parametrize("bad", ALL.values(), ids=ALL.keys())
def test_words(tmp_path, bad: BadFile):
    """A problem is said once, at its key, with what is wrong and what would be right."""
    assert [bad.problem] == problems_of(tmp_path, bad.text)


def test_all_at_once(tmp_path):
    """All problems are said at once, and the error is ready to be printed."""
    text = 'stat = 1\n[home_assistant.home]\nurl = 5\n[sink.s]\nkind = "sqlite"\nbatch.linger = 1'

    with pytest.raises(ConfigurationError) as raised:
        load_text(tmp_path, text)

    head, *lines = str(raised.value).splitlines()
    assert f"{tmp_path}/trio-ingest.toml: 4 problems" == head
    keys = [line.partition(": ")[0] for line in lines]
    assert [
        "  stat",
        "  home_assistant.home.token",
        "  home_assistant.home.url",
        "  sink.s.batch.linger",
    ] == keys


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[home_assistant\n", "line 1, column 16: "),
        ("\n\na = = 1", "line 3, column 5: "),
        ("a = 1\nb = 'x", "line 2, at the end: "),
        ("a = 1\na = 2\nb = 3", "line 2, column 6: "),
    ],
)
def test_no_toml(tmp_path, text: str, where: str):
    """What is not TOML is said with the line and the column."""
    (problem,) = problems_of(tmp_path, text)

    assert problem.startswith(where)
    assert problem.endswith(". From here on the file is not TOML.")


def test_no_file(tmp_path):
    """A file that is not there is a problem in the same form."""
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path / "no.toml", ENVIRONMENT)

    said = "cannot be read: No such file or directory. Correct the path, or who may read it."
    assert f"{tmp_path}/no.toml: 1 problem\n  file: {said}" == str(raised.value)


def test_no_utf8(tmp_path):
    """A file in another encoding is a problem that says where it begins."""
    file = tmp_path / "latin1.toml"
    file.write_bytes("# Küche".encode("latin-1"))

    with pytest.raises(ConfigurationError, match=r"file: byte 3 is not UTF-8"):
        load(file, ENVIRONMENT)


def test_cause_only(tmp_path):
    """A key with a problem of its own has no second one that only follows from it."""
    text = HOME.replace('token = "abc"', 'token_file = "${NOT_SET}"')

    (problem,) = problems_of(tmp_path, text)

    assert problem.startswith("home_assistant.home.token_file: the environment does not have")
