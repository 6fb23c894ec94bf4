"""`trio-ingest spool …` on files, as a person calls it; no daemon runs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.spool.batches import make_batch, make_batch_of_size
from tests.spool.spools import damage_batch, execute, make_spool, refuse_lines
from trio_ingest.cli import main

SINKS = """
    state_directory = "state"

    [home_assistant.home]
    url = "http://127.0.0.1:9"
    token = "not-a-real-token"

    [sink.influx]
    kind = "influxdb"
    url = "http://127.0.0.1:9"
    api = "v1"
    database = "home"

    [sink.embedded]
    kind = "sqlite"
    path = "home.db"
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def influx(state: Path) -> Path:
    return state / "spool" / "influx.db"


def spool(state: Path, *arguments: str, answer: str | None = None) -> Result:
    """Call the command on a state directory."""
    command = ["spool", *arguments, "--state-directory", str(state)]
    return CliRunner().invoke(main, command, input=answer, catch_exceptions=False)


def test_status(state: Path, influx: Path) -> None:
    """The status tells what waits and how far it has come."""
    refuse_lines(influx, b"bad")
    make_spool(influx, make_batch(1_700_000_000_000_000, points=1234))

    done = spool(state, "status")

    assert done.exit_code == 0
    for words in (
        f"influx  {influx}",
        "waiting     1,234 points in 1 batch (",
        "newest      2023-11-14 22:13:20 UTC",
        "encoding    line-protocol/us: 1,234 points",
        "checkpoint  home: 2023-11-14 22:13:20 UTC",
        "quarantine  1 line",
    ):
        assert words in done.stdout


def test_status_of_gaps(state: Path, influx: Path) -> None:
    """Open and closed gaps are told with their reason, and the closed ones with what became."""
    make_spool(influx, make_batch(5_000_000))
    execute(
        influx,
        """INSERT INTO gap (
               home, reason, began, first, last, points, is_found, outcome, why, changed
           ) VALUES
           ('home', 'disconnected', 1, 1, NULL, 0, 1, 'open', '', 1),
           ('home', 'spool_full', 1, 1, 9000000, 7, 1, 'lost', 'the recorder is off', 1)""",
    )

    done = spool(state, "status")

    open_gap = "open gap    home: 1970-01-01 00:00:00 UTC to now (disconnected)"
    closed_gap = "(spool_full, 7 points): lost, the recorder is off"
    assert open_gap in done.stdout
    assert closed_gap in done.stdout
    assert "dropped     7 points (spool_full)" in done.stdout


def test_status_for_scripts(state: Path, influx: Path) -> None:
    """--json is one array, an object a spool, with instants to the microsecond."""
    make_spool(influx, make_batch(1_000_001))
    make_spool(influx.with_name("other.db"))

    done = spool(state, "status", "--json")

    first, second = json.loads(done.stdout)
    assert ("influx", 1, "1970-01-01T00:00:01.000001+00:00") == (
        first["sink"],
        first["points"],
        first["oldest"],
    )
    assert first["behind_seconds"] > 1e9
    assert ("other", 0, None) == (second["sink"], second["batches"], second["oldest"])


def test_by_configuration(tmp_path: Path, influx: Path) -> None:
    """With a configuration all its sinks are meant; one without a spool is said, and is a 1."""
    make_spool(influx, make_batch(1))
    config_file = tmp_path / "trio-ingest.toml"
    config_file.write_text(SINKS, encoding="utf-8")

    def call(*arguments: str) -> Result:
        command = ["spool", "status", *arguments, "--config", str(config_file)]
        return CliRunner().invoke(main, command, catch_exceptions=False)

    both, one, wrong = call(), call("influx"), call("inflox")

    assert (1, 0, 2) == (both.exit_code, one.exit_code, wrong.exit_code)
    assert "embedded: " in both.stderr
    assert "there is no spool" in both.stderr
    assert f"influx  {influx}" in both.stdout
    assert "There are: influx, embedded." in wrong.stderr
    config_file.write_text("nonsense", encoding="utf-8")
    assert call().exit_code == 78


def test_usage(state: Path, influx: Path) -> None:
    """What is not meant so is a usage error, and nothing is done."""
    make_spool(influx, make_batch(1))
    make_spool(influx.with_name("other.db"), make_batch(1))

    for command in (
        ["export"],
        ["status", "--config", "x.toml"],
        ["purge", "influx", "--before", "yesterday"],
        ["export", "influx", "--encoding", "morse"],
    ):
        done = spool(state, *command, answer="y\n")
        assert done.exit_code == 2, command
        assert "Error: " in done.stderr
    assert spool(state, "export", "influx").stdout_bytes == b"sensor value=1 1\n"


@pytest.mark.parametrize("command", ["status", "verify", "export", "purge"])
def test_nothing_there(state: Path, command: str) -> None:
    """Without a spool each command says so, and makes none."""
    done = spool(state, command)

    assert done.exit_code == 1
    assert "there is no spool" in done.stderr
    assert not state.exists()


@pytest.mark.parametrize("command", ["status", "verify", "export", "purge"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("PRAGMA user_version = 99", "was written by a newer trio-ingest"),
        ("PRAGMA application_id = 1", "a database of another program"),
        ("PRAGMA user_version = 1", "was written by an older trio-ingest"),
    ],
)
def test_another_format(state: Path, influx: Path, command: str, change: str, words: str) -> None:
    """A file that is not of this format is said to be so in a sentence, by each command."""
    make_spool(influx, make_batch(1))
    execute(influx, change)

    done = spool(state, command)

    assert done.exit_code == 1
    assert words in done.output
    assert "Traceback" not in done.output


def test_verify(state: Path, influx: Path) -> None:
    """A spool in which all is well is a 0."""
    make_spool(influx, make_batch(1), make_batch(2, points=2))

    done = spool(state, "verify")

    assert (0, "influx: 2 batches of 3 points read: all is well\n") == (done.exit_code, done.stdout)


def test_verify_finds_damaged_batches(state: Path, influx: Path) -> None:
    """Each batch with something wrong is told of, with what becomes of it, and that is a 1."""
    make_spool(influx, *(make_batch(time) for time in range(1, 21)))
    damage_batch(influx, 2)
    execute(influx, "UPDATE batch SET points = 5 WHERE number = 18")
    execute(influx, "UPDATE batch SET encoding = 'morse' WHERE number = 20")

    done = spool(state, "verify")

    assert done.exit_code == 1
    assert "batch 2 (1 point) is damaged on the disk: the checksum no longer fits" in done.stdout
    assert "puts it into the quarantine as a whole" in done.stdout
    assert "batch 18 has 1 line, but should have 5" in done.stdout
    assert "batch 20 makes no sense to this version: 'morse'" in done.stdout
    assert "20 batches" in done.stdout


@pytest.mark.parametrize("page", [0, 3, 8, 12])
def test_verify_finds_a_damaged_file(state: Path, influx: Path, page: int) -> None:
    """A page that was overwritten is found, and nothing else happens to the file."""
    make_spool(influx, *(make_batch_of_size(time, 20_000) for time in range(1, 10)))
    content = bytearray(influx.read_bytes())
    content[page * 4096 : (page + 1) * 4096] = b"\xa5" * 4096
    influx.write_bytes(content)

    done = spool(state, "verify")

    assert done.exit_code == 1
    assert "damaged" in done.output
    assert content == influx.read_bytes()


@pytest.mark.parametrize("command", ["status", "export", "purge"])
def test_damaged_file(state: Path, influx: Path, command: str) -> None:
    """A file that cannot be read at all is a sentence and a 1."""
    influx.parent.mkdir(parents=True)
    influx.write_bytes(b"\xa5" * 100_000)

    done = spool(state, command, answer="y\n")

    assert done.exit_code == 1
    assert f"influx: {influx} is damaged" in done.stderr


def test_export(state: Path, influx: Path, tmp_path: Path) -> None:
    """The lines are written as they are, in order; what they are is said beside them."""
    make_spool(influx, *(make_batch(time, points=2) for time in range(2, 100, 2)))
    expected = b"".join(b"sensor value=1 %d\n" % time for time in range(1, 99))

    done = spool(state, "export")
    again = spool(state, "export", "--output", str(tmp_path / "lines"))
    over = spool(state, "export", "--output", str(tmp_path / "lines"))

    assert expected == done.stdout_bytes
    assert "98 lines written: line protocol with times in microseconds" in done.stderr
    assert (0, b"") == (again.exit_code, again.stdout_bytes)
    assert expected == (tmp_path / "lines").read_bytes()
    assert 1 == over.exit_code
    assert "cannot be written: File exists" in over.stderr


def test_export_does_not_mix(state: Path, influx: Path) -> None:
    """Lines of several encodings are not mixed: one has to be chosen."""
    make_spool(influx, make_batch(1), make_batch(2))
    execute(influx, "UPDATE batch SET encoding = 'line-protocol/ms' WHERE number = 2")

    mixed = spool(state, "export")
    chosen = spool(state, "export", "--encoding", "line-protocol/ms")

    assert (1, b"") == (mixed.exit_code, mixed.stdout_bytes)
    assert "line-protocol/ms (1 point), line-protocol/us (1 point)" in mixed.stderr
    assert b"sensor value=1 2\n" == chosen.stdout_bytes
    assert "precision ms" in chosen.stderr


def test_export_leaves_damage_out(state: Path, influx: Path) -> None:
    """What is damaged is left out and said, and that is a 1."""
    make_spool(influx, make_batch(1), make_batch(2))
    damage_batch(influx, 1)

    done = spool(state, "export")

    assert (1, b"sensor value=1 2\n") == (done.exit_code, done.stdout_bytes)
    assert "batch 1 left out: damaged on the disk" in done.stderr


def test_purge(state: Path, influx: Path) -> None:
    """It is asked first; only a yes deletes anything."""
    make_spool(influx, make_batch(1_000_000), make_batch(5_000_000, points=2))

    no = spool(state, "purge", answer="n\n")
    part = spool(state, "purge", "--before", "1970-01-01T00:00:02", "--yes")
    yes = spool(state, "purge", answer="y\n")
    nothing = spool(state, "purge")

    assert "delete 3 points for good?" in no.stderr
    assert 1 == no.exit_code
    assert "influx: 1 point deleted" in part.stdout
    assert "influx: 2 points deleted" in yes.stdout
    assert (0, "influx: nothing waits\n") == (nothing.exit_code, nothing.stdout)
    assert "dropped     3 points (purged)" in spool(state, "status").stdout
