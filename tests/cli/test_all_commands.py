"""What holds for every command: help, exit codes, and JSON of a known shape."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import httpx
import jsonschema
import pytest
from attrs import frozen
from click.testing import CliRunner, Result

from tests.admin.snapshots import WELL
from tests.records.databases import change, write_database
from tests.spool.batches import make_batch
from tests.spool.spools import make_spool, refuse_lines
from trio_ingest.admin.news import stats
from trio_ingest.admin.recent import Recent
from trio_ingest.cli import main
from trio_ingest.cli.admin_client import Server
from trio_ingest.cli.manual import commands, page

DOCS = Path(__file__).parents[2] / "docs"
CONFIG = """
    state_directory = "state"
    admin.listen = "127.0.0.1:1"
    home_assistant.home = { url = "http://127.0.0.1:1", token = "abc" }
    sink.influx = { kind = "influxdb", url = "http://127.0.0.1:1", api = "v1", database = "home" }
    sink.embedded = { kind = "sqlite", path = "home.db" }
"""

Schema = Mapping[str, Any]


def objects(**properties: Schema) -> Schema:
    """Return the schema of an object that has at least these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def arrays(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
PERHAPS_TEXT: Schema = {"type": ["string", "null"]}
LINE = objects(sink=TEXT, number=NUMBER, quarantined=TEXT, reason=TEXT, line=PERHAPS_TEXT)
RECORD = objects(
    time=TEXT, home=TEXT, entity_id=TEXT, state=TEXT, value={"type": ["number", "null"]}
)


@frozen(kw_only=True)
class Case:
    """A command that is called where no daemon runs, with a good configuration and a wrong one."""

    name: str
    arguments: Sequence[str] = ()
    code: int = 0
    wrong: int | None = 78
    """None for a command that reads no configuration."""
    json: Sequence[str] = ()
    schema: Schema | None = None


CASES = [
    Case(name="check-config"),
    Case(name="completion", arguments=["bash"], wrong=None),
    Case(name="demo", arguments=["--seconds", "0.1", "--state-directory", "demo"], wrong=None),
    Case(
        name="doctor",
        code=1,
        json=["--json"],
        schema=objects(
            format={"const": 1},
            version=TEXT,
            source=PERHAPS_TEXT,
            status={"enum": ["ok", "warning", "failed"]},
            findings=arrays(objects(subject=TEXT, check=TEXT, status=TEXT, what=TEXT, advice=TEXT)),
        ),
    ),
    Case(name="explain", arguments=["sensor.a", "--state", "1"]),
    Case(name="export"),
    Case(name="health", code=1, wrong=1),
    Case(name="import", arguments=["--from", "2026-11-13"], code=1),
    Case(name="import-config", arguments=["missing.yaml"], code=2, wrong=None),
    Case(name="install-unit", arguments=["--print"], wrong=None),
    Case(name="nats setup", code=1),
    Case(
        name="quarantine list",
        arguments=["influx"],
        json=["--json"],
        schema=arrays(LINE),
    ),
    Case(name="quarantine purge", arguments=["influx", "99", "--yes"], code=1),
    Case(name="quarantine retry", arguments=["influx", "99"], code=1),
    Case(name="quarantine show", arguments=["influx", "1"], json=["--json"], schema=LINE),
    Case(name="query", json=["--format", "json"], schema=arrays(RECORD)),
    Case(name="run", arguments=["--no-such-option"], code=2, wrong=None),
    Case(name="simulate", arguments=["--listen", "nowhere"], code=2, wrong=None),
    Case(name="spool export", arguments=["influx"]),
    Case(name="spool purge", arguments=["influx", "--yes"]),
    Case(
        name="spool status",
        arguments=["influx"],
        json=["--json"],
        schema=arrays(objects(sink=TEXT, points=NUMBER)),
    ),
    Case(name="spool verify", arguments=["influx"]),
    Case(name="status", code=1, wrong=1),
    Case(name="tail", code=1, wrong=1),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with a configuration, a spool, a quarantine and a database; we are in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIO_INGEST_ADMIN_LISTEN", "127.0.0.1:1")
    (tmp_path / "good.toml").write_text(CONFIG)
    (tmp_path / "wrong.toml").write_text("wrong = 1")
    spool = tmp_path / "state" / "spool" / "influx.db"
    refuse_lines(spool, b"bad")
    make_spool(spool, make_batch(1_700_000_000_000_000, points=3))
    write_database(tmp_path / "home.db", [change("sensor.a", 0, "1.5")])
    return tmp_path


def call(name: str, *arguments: str) -> Result:
    result = CliRunner().invoke(main, [*name.split(), *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


def with_config(case: Case, file: str) -> list[str]:
    return [*case.arguments, *(["--config", file] if case.wrong is not None else [])]


ALL = {name.removeprefix("trio-ingest "): command for name, command in commands()}


def summary(command: click.Command) -> str:
    """Return the first paragraph of what its help says."""
    return (command.help or "").partition("\n\n")[0]


def test_no_command_is_forgotten() -> None:
    """The cases are about the commands that there are."""
    assert sorted(ALL) == sorted(case.name for case in CASES)


@pytest.mark.parametrize("name", ALL)
def test_help(name: str) -> None:
    """Every command says in a sentence what it does, and of every option what it is for."""
    result = call(name, "--help")

    assert 0 == result.exit_code
    assert summary(ALL[name]).endswith((".", ")."))
    for option in ALL[name].params:
        if isinstance(option, click.Option) and not isinstance(option.type, click.Choice):
            assert option.help, option.name
            assert option.opts[0] in result.output


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_exit_codes(case: Case, place: Path) -> None:
    """Well or not, with a wrong configuration, and when called in a way that there is not."""
    assert case.code == call(case.name, *with_config(case, "good.toml")).exit_code
    if case.wrong is not None:
        assert case.wrong == call(case.name, *with_config(case, "wrong.toml")).exit_code
    assert 2 == call(case.name, "--no-such-option").exit_code


@pytest.mark.parametrize("case", [each for each in CASES if each.json], ids=lambda case: case.name)
def test_json(case: Case, place: Path) -> None:
    """What is printed for scripts has the shape that they rely on, and nothing beside it."""
    result = call(case.name, *with_config(case, "good.toml"), *case.json)

    jsonschema.validate(json.loads(result.stdout), case.schema)


def test_json_of_the_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    """So has what the daemon answers."""
    recent = Recent(lambda: WELL)
    answer = httpx.Response(200, content=json.dumps(stats(WELL, recent), default=dict).encode())
    transport = httpx.MockTransport(lambda _: answer)
    monkeypatch.setattr(
        Server, "open_client", lambda _: httpx.Client(transport=transport, base_url="http://x")
    )

    result = call("status", "--url", "http://x", "--json")

    account = objects(received=NUMBER, written=NUMBER, dropped={"type": "object"})
    sink = objects(account=account, spool=objects(points=NUMBER, size_bytes=NUMBER))
    verdict = objects(level={"enum": ["good", "notice", "bad"]}, title=TEXT, text=TEXT)
    shape = objects(verdict=verdict, sinks=objects(influx=sink), version=TEXT, time=NUMBER)
    jsonschema.validate(json.loads(result.stdout), shape)


def test_the_manual_is_up_to_date() -> None:
    """docs/trio-ingest.1 is what the commands say: python -m trio_ingest.cli.manual."""
    assert page() == (DOCS / "trio-ingest.1").read_text()


def test_the_manual_is_well_formed() -> None:
    """It is plain ASCII, and where there is a groff it has nothing to say about it."""
    text = page().encode("ascii")

    if shutil.which("groff"):
        command = ["groff", "-man", "-ww", "-z", "-Tutf8"]
        done = subprocess.run(command, input=text, capture_output=True, check=True)
        assert b"" == done.stderr


def test_the_list_of_commands() -> None:
    """docs/commands.md lists every command with what its help says, and names no other options."""
    text = (DOCS / "commands.md").read_text()
    rows = [f"| `trio-ingest {name}` | {summary(command)} |" for name, command in ALL.items()]

    assert rows == text.partition("|---|---|\n")[2].partition("\n\n")[0].splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    """A script is printed for each shell."""
    result = call("completion", shell)

    assert 0 == result.exit_code
    assert "_TRIO_INGEST_COMPLETE" in result.stdout


def complete(words: str) -> list[str]:
    """Return what click offers bash for the last of the *words*."""
    environment = {
        "_TRIO_INGEST_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    result = CliRunner().invoke(
        main, [], prog_name="trio-ingest", env={**os.environ, **environment}
    )
    return [line.partition(",")[2] for line in result.stdout.splitlines() if line]


def test_completion(place: Path) -> None:
    """Commands are completed, and the sinks of the configuration that is named before them."""
    assert ["query"] == complete("trio-ingest que")
    assert ["status"] == complete("trio-ingest spool sta")
    assert ["influx", "embedded"] == complete("trio-ingest spool status --config good.toml ")
    assert ["embedded"] == complete("trio-ingest query --config good.toml em")
    assert ["influx"] == complete("trio-ingest tail --config good.toml --sink in")
    assert ["influx"] == complete("trio-ingest spool verify --state-directory state ")
    assert [] == complete("trio-ingest query --config wrong.toml ")
