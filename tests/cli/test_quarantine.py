"""`trio-ingest quarantine …` on files, as a person calls it; no daemon runs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.spool.batches import make_batch
from tests.spool.spools import make_spool, refuse_lines
from trio_ingest.cli import main

LONG = b'sensor,entity_id=sensor.long text="' + b"x" * 200 + b'" 1'
WHOLE_BATCH = b"\x1f\x8b\x08damaged"


@pytest.fixture
def influx(tmp_path: Path) -> Path:
    """Return a spool with four lines in its quarantine."""
    path = tmp_path / "spool" / "influx.db"
    refuse_lines(path, b"a v=1 1", LONG, reason="field type\nconflict: v")
    refuse_lines(path, b"b v=2 2", reason="out of range")
    refuse_lines(path, WHOLE_BATCH, reason="damaged on the disk")
    return path


def quarantine(influx: Path, *arguments: str, answer: str | None = None) -> Result:
    """Call the command on the state directory of that spool."""
    command = ["quarantine", *arguments, "--state-directory", str(influx.parents[1])]
    return CliRunner().invoke(main, command, input=answer, catch_exceptions=False)


def numbers(influx: Path, *arguments: str) -> list[int]:
    done = quarantine(influx, "list", "--json", *arguments)
    return [each["number"] for each in json.loads(done.stdout)]


def test_list(influx: Path) -> None:
    """Each line is there, shortened, with what was said of it in one line."""
    done = quarantine(influx, "list")

    assert done.exit_code == 0
    assert "influx: 4 lines in the quarantine" in done.stdout
    assert "batch 1  field type conflict: v\n         a v=1 1\n" in done.stdout
    assert LONG.decode()[:60] + "…\n" in done.stdout
    assert "(no line: a whole batch that was damaged, 10 bytes)" in done.stdout


def test_list_of_some(influx: Path) -> None:
    """Lines are chosen by a pattern for the reason, and by how many there may be."""
    assert [1, 2, 3, 4] == numbers(influx)
    assert [1, 2] == numbers(influx, "--reason", "field*")
    assert [] == numbers(influx, "--reason", "field")
    assert [3, 4] == numbers(influx, "--limit", "2")


def test_list_by_reason(influx: Path) -> None:
    """The reasons are counted, the most frequent first."""
    done = quarantine(influx, "list", "--by-reason", "--json")

    counts = [(each["reason"], each["lines"]) for each in json.loads(done.stdout)]
    assert ("field type\nconflict: v", 2) == counts[0]
    assert {("out of range", 1), ("damaged on the disk", 1)} == set(counts[1:])
    assert "      1  out of range" in quarantine(influx, "list", "--by-reason").stdout


def test_show(influx: Path) -> None:
    """A line is shown whole; one that is not there is a 1."""
    done, wrong = quarantine(influx, "show", "2"), quarantine(influx, "show", "99")

    assert f"line      {LONG.decode()}\n" in done.stdout
    assert "encoding  line-protocol/us" in done.stdout
    assert 1 == wrong.exit_code
    assert "line 99 is not in the quarantine" in wrong.stderr


def test_retry(influx: Path) -> None:
    """Lines go back into the spool; a batch that was damaged as a whole cannot, and that is a 1."""
    some = quarantine(influx, "retry", "influx", "3")
    rest = quarantine(influx, "retry", "--all")

    assert 0 == some.exit_code
    assert "influx: 1 line put back into the spool" in some.stdout
    assert 1 == rest.exit_code
    assert "influx: 2 lines put back into the spool" in rest.stdout
    assert "left in the quarantine" in rest.stderr
    assert [4] == numbers(influx)
    command = ["spool", "export", "--state-directory", str(influx.parents[1])]
    exported = CliRunner().invoke(main, command, catch_exceptions=False)
    assert [b"b v=2 2", b"a v=1 1", LONG] == exported.stdout_bytes.splitlines()


def test_purge(influx: Path) -> None:
    """It is asked first; only a yes deletes, and only what was meant."""
    no = quarantine(influx, "purge", "--reason", "field*", answer="n\n")
    assert "delete 2 lines of the quarantine, for good?" in no.stderr
    assert [1, 2, 3, 4] == numbers(influx)

    yes = quarantine(influx, "purge", "--reason", "field*", answer="y\n")
    assert "influx: 2 lines deleted" in yes.stdout
    assert [3, 4] == numbers(influx)

    gone = quarantine(influx, "purge", "3", "1", "--yes")
    assert 1 == gone.exit_code
    assert "line 1 is not in the quarantine" in gone.stderr
    assert [4] == numbers(influx)

    old = quarantine(influx, "purge", "--before", "1999-01-01", "--yes")
    assert "influx: 0 lines deleted" in old.stdout
    assert "influx: 1 line deleted" in quarantine(influx, "purge", "--all", "--yes").stdout


def test_usage(influx: Path) -> None:
    """What is not meant so is a usage error, and nothing is done."""
    make_spool(influx.with_name("other.db"), make_batch(1))

    for command in (
        ["retry", "influx"],
        ["retry", "--all"],
        ["retry", "influx", "1", "--all"],
        ["retry", "influx", "1", "two"],
        ["purge", "influx", "--yes"],
        ["show", "influx"],
        ["show", "influx", "1", "2"],
        ["list", "nowhere"],
    ):
        done = quarantine(influx, *command)
        assert done.exit_code == 2, command
    assert [1, 2, 3, 4] == numbers(influx, "influx")
