"""`trio-ingest doctor`, as a person and as a program calls it."""

import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import trio
from click.testing import CliRunner, Result
from jsonschema import validate

from tests.support.influx_double import InfluxDouble, open_influx_double
from tests.support.servers import free_port
from trio_ingest.cli import main
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
INFLUX_TOKEN = "the-token-of-the-database"
SCHEMA = {
    "type": "object",
    "required": ["format", "version", "source", "status", "findings"],
    "additionalProperties": False,
    "properties": {
        "format": {"const": 1},
        "version": {"type": "string"},
        "source": {"type": ["string", "null"]},
        "status": {"enum": ["ok", "warning", "failed"]},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["subject", "check", "status", "what", "advice"],
                "additionalProperties": False,
                "properties": {
                    "subject": {"type": "string", "pattern": r"^[a-z_]+(\.[a-z0-9_-]+)?$"},
                    "check": {"type": "string", "pattern": r"^[a-z_]+(\..+)?$"},
                    "status": {"enum": ["ok", "warning", "failed", "skipped"]},
                    "what": {"type": "string", "minLength": 1},
                    "advice": {"type": "string"},
                },
            },
        },
    },
}


@pytest.fixture
async def config(tmp_path: Path) -> AsyncGenerator[Path]:
    """A configuration of which everybody answers."""
    database = InfluxDouble(api=InfluxApi.V2, authorization=f"Token {INFLUX_TOKEN}")
    async with (
        open_simulator(Home(number_of_entities=5)) as simulator,
        open_influx_double(database),
    ):
        simulator.core.entrance.is_admin = False
        file = tmp_path / "trio-ingest.toml"
        file.write_text(f"""
            state_directory = "state"
            [home_assistant.home]
            url = "{simulator.url}"
            token = "{simulator.token}"
            [sink.influx]
            kind = "influxdb"
            api = "v2"
            url = "{database.url}"
            bucket = "home"
            token = "{INFLUX_TOKEN}"
            [sink.embedded]
            kind = "sqlite"
        """)
        file.chmod(0o600)
        yield file


def change(config: Path, pattern: str, text: str) -> None:
    """Write something else into the file."""
    config.write_text(re.sub(pattern, text, config.read_text()))


async def doctor(*arguments: str | Path) -> Result:
    """Call the command, in a thread, because the others run in this one."""
    line = ["doctor", *(str(each) for each in arguments)]
    return await trio.to_thread.run_sync(
        lambda: CliRunner().invoke(main, line, catch_exceptions=False)
    )


async def test_all_is_well(config: Path) -> None:
    """With everything in place it is a line a check, and a 0; nothing is made."""
    done = await doctor("--config", config)

    assert 0 == done.exit_code, done.output
    assert "failed" not in done.output
    assert "ok       home_assistant.home token: is accepted" in done.output
    assert "ok       sink.influx write: " in done.output
    assert ["trio-ingest.toml"] == [path.name for path in config.parent.iterdir()]


async def test_json(config: Path) -> None:
    """The JSON has the shape and the words that the page promises, and no secret."""
    done = await doctor("--config", config, "--json")

    report: dict[str, Any] = json.loads(done.stdout)
    validate(report, SCHEMA)
    assert str(config) == report["source"]
    assert report["status"] in {"ok", "warning"}
    assert "simulated-token" not in done.output
    assert INFLUX_TOKEN not in done.output
    text = PAGE.read_text(encoding="utf-8")
    for finding in report["findings"]:
        kind = finding["subject"].partition(".")[0]
        [row] = [line for line in text.splitlines() if re.match(rf"\| `{kind}[`.]", line)]
        assert f"`{finding['check'].partition('.')[0]}" in row, finding


async def test_something_failed(config: Path) -> None:
    """What fails is said with what to do, is counted, and is a 1."""
    change(config, "the-token-of", "another-token-of")

    done = await doctor("--config", config)

    assert 1 == done.exit_code
    assert "failed   sink.influx credentials: the server does not accept it" in done.output
    assert "→ Correct the credential" in done.output
    assert re.search(r"^1 failed", done.output, re.MULTILINE)
    assert "another-token" not in done.output


async def test_wrong_configuration(config: Path) -> None:
    """A wrong configuration is a 78, with all its problems."""
    change(config, "bucket", "bukket")

    plain = await doctor("--config", config)
    report = await doctor("--config", config, "--json")

    assert (78, 78) == (plain.exit_code, report.exit_code)
    assert 'Did you mean "bucket"?' in plain.output
    validate(json.loads(report.stdout), SCHEMA)
    assert "failed" == json.loads(report.stdout)["status"]


def test_options_that_do_not_go_together(tmp_path: Path) -> None:
    """A retention changes nothing that is there, so it needs --create."""
    alone = CliRunner().invoke(main, ["doctor", "--retention", "5d"])
    odd = CliRunner().invoke(main, ["doctor", "--create", "--retention", "5 weeks"])

    assert (2, 2) == (alone.exit_code, odd.exit_code)
    assert "goes with --create" in alone.output
    assert '"5 weeks" is not a duration' in odd.output


async def test_create(config: Path) -> None:
    """`--create` makes what is missing."""
    change(config, 'bucket = "home"', 'bucket = "new"')

    before = await doctor("--config", config)
    made = await doctor("--config", config, "--create", "--retention", "30d")

    assert (1, 0) == (before.exit_code, made.exit_code)
    assert "bucket 'new' was made; it keeps data for 30 days" in made.output


async def test_nobody_answers(config: Path) -> None:
    """Each that does not answer is told, and the rest is looked at all the same."""
    change(config, r"127\.0\.0\.1:\d+", f"127.0.0.1:{free_port()}")

    done = await doctor("--config", config)

    assert 1 == done.exit_code
    assert 2 == done.output.count("Nobody listens there")
    assert "software python" in done.output
