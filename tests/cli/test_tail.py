"""`trio-ingest tail`, beside a real daemon, and what it makes of other answers."""

import json
import signal
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import httpx
import pytest
import trio
from click.testing import CliRunner, Result

from tests.admin.running import watched
from tests.support.daemon import until
from trio_ingest.cli import main
from trio_ingest.cli.admin_client import Server


async def test_daemon(tmp_path: Path) -> None:
    """It shows the lines of the entities that are asked for, as they come, until it is ended."""
    socket = f"unix:{tmp_path / 'admin.sock'}"
    shown = tmp_path / "shown"
    command = [sys.executable, "-m", "trio_ingest", "tail", "light.*", "--url", socket]
    async with watched(tmp_path, f'listen = "{socket}"\ntoken = "abc"') as at:
        (tmp_path / "token").write_text("abc")
        with shown.open("wb") as out:
            process = await trio.lowlevel.open_process(
                [*command, "--token-file", tmp_path / "token"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        states = cycle(["on", "off"])

        def has_come() -> bool:
            state = next(states)
            at.simulator.set_state("light.one", state)
            at.simulator.set_state("sensor.other", state)
            return shown.read_text().count("\n") >= 3

        try:
            await until(has_come, shown.read_text)
            process.send_signal(signal.SIGINT)
            with trio.fail_after(10):
                code = await process.wait()
        finally:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()

    assert 0 == code, shown.read_text()
    rows = [line.removeprefix("embedded: ") for line in shown.read_text().splitlines()]
    assert {"light.one"} == {json.loads(row)[1] for row in rows}


def tail(monkeypatch: pytest.MonkeyPatch, *answers: httpx.Response, arguments: list[str]) -> Result:
    """Call it beside a server that gives these answers."""
    coming = iter(answers)
    transport = httpx.MockTransport(lambda request: asked.append(request.url) or next(coming))  # type: ignore[func-returns-value]
    asked: list[httpx.URL] = []
    monkeypatch.setattr(
        Server, "open_client", lambda _: httpx.Client(transport=transport, base_url="http://x")
    )
    result = CliRunner().invoke(main, ["tail", "--url", "http://x", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


LINES = b'\n{"sink":"influx","line":"a 1"}\n\n{"missed":3}\n{"sink":"other","line":"b 2"}\n'


def test_over_several_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on as it is told to, says what was missed, and fails when the daemon has ended."""
    result = tail(
        monkeypatch,
        httpx.Response(200, content=LINES + b'{"continue":"abc"}\n'),
        httpx.Response(200, content=b'{"sink":"influx","line":"c 3"}\n'),
        arguments=["sensor.*"],
    )

    assert ["influx: a 1", "other: b 2", "influx: c 3"] == result.stdout.splitlines()
    assert "3 lines missed: they came too fast\nError: the daemon at http://x has ended\n" == (
        result.stderr
    )
    assert 1 == result.exit_code


def test_one_sink(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one sink it shows the lines as they are; as JSON what the daemon says."""
    plain = tail(monkeypatch, httpx.Response(200, content=LINES), arguments=["--sink", "influx"])
    as_json = tail(monkeypatch, httpx.Response(200, content=LINES), arguments=["--json"])

    assert ["a 1", "b 2"] == plain.stdout.splitlines()
    assert [{"sink": "influx", "line": "a 1"}, {"sink": "other", "line": "b 2"}] == [
        json.loads(line) for line in as_json.stdout.splitlines()
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(410), "lines are missing"),
        (httpx.Response(503), "is 503"),
        (httpx.Response(200, content=b"<html>\n"), "is no trio-ingest"),
    ],
)
def test_other_answers(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response, words: str) -> None:
    """Any other answer is said, with exit code 1."""
    result = tail(monkeypatch, answer, arguments=[])

    assert 1 == result.exit_code
    assert words in result.stderr
