"""Records in the form that their reader understands."""

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from trio_ingest.config.model import LogFormat, LoggingConfig
from trio_ingest.telemetry.logging import is_journal, set_up_logging


@pytest.fixture(autouse=True)
def _root_logger_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def written(config: LoggingConfig) -> str:
    stream = io.StringIO()
    set_up_logging(config, stream)
    try:
        raise ValueError("kaboom")  # noqa: TRY301
    except ValueError:
        logging.getLogger("trio_ingest.test").exception("it went %s", "wrong")
    logging.getLogger("trio_ingest.test").debug("a step")
    return stream.getvalue()


def test_journald_has_a_priority_on_every_line() -> None:
    """Each line of a traceback carries the priority of its record."""
    lines = written(LoggingConfig(format=LogFormat.JOURNALD)).splitlines()

    assert lines[0] == "<3>it went wrong"
    assert lines[-1] == "<3>ValueError: kaboom"
    assert all(line.startswith("<3>") for line in lines)


def test_json_is_one_object_a_record() -> None:
    """A record with a traceback is one line of JSON."""
    (line,) = written(LoggingConfig(format=LogFormat.JSON)).splitlines()

    entry = json.loads(line)
    assert (entry["level"], entry["message"]) == ("error", "it went wrong")
    assert "ValueError: kaboom" in entry["traceback"]


def test_text_is_for_people() -> None:
    """On a terminal a record begins with the time of day and its level."""
    first = written(LoggingConfig(format=LogFormat.TEXT)).splitlines()[0]

    assert first.endswith(" ERROR   it went wrong")
    assert first[2] == first[5] == ":"


def test_level() -> None:
    """At level debug the steps are shown as well."""
    assert "a step" in written(LoggingConfig(level="debug"))
    assert "a step" not in written(LoggingConfig(level="info"))


def test_the_journal_is_known_by_device_and_inode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`auto` writes for the journal only if standard error is the very stream systemd connected."""
    with (tmp_path / "stderr").open("w") as stream, (tmp_path / "other").open("w") as other:
        status = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")

        assert is_journal(stream)
        assert not is_journal(other)
        assert not is_journal(io.StringIO())
