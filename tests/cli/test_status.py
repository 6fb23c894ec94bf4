"""`trio-ingest status`: what it makes of an answer, and of none; beside a real daemon, too."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import trio
from attrs import evolve
from click.testing import CliRunner, Result
from rich.console import Console

from tests.admin.running import watched
from tests.admin.snapshots import RELAYING, SINK, WELL
from tests.support.servers import free_port
from trio_ingest.admin.news import stats
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import GapSnapshot, Snapshot
from trio_ingest.cli import main
from trio_ingest.cli.admin_client import NoAnswerError, Server, find_server
from trio_ingest.cli.stats import read_stats
from trio_ingest.cli.status import ask, keep_watching
from trio_ingest.cli.status_screen import screen
from trio_ingest.delivery.writer import WriterStatistics
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.telemetry.conservation import Account


def status(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["status", *arguments], env={"COLUMNS": "120"})


def answer(snapshot: Snapshot) -> bytes:
    """Return what /stats answers."""
    return msgspec.json.encode(stats(snapshot, Recent(lambda: snapshot)))


def shown(snapshot: Snapshot) -> str:
    """Return what is printed for it."""
    console = Console(width=120)
    with console.capture() as capture:
        console.print(screen(read_stats(answer(snapshot))[0], "http://127.0.0.1:8099"))
    return capture.get()


def test_all_is_well() -> None:
    """It begins with a verdict, and has the figures of each home and sink."""
    lines = [" ".join(line.split()) for line in shown(WELL).splitlines()]

    assert lines[0].startswith("Recording. 0.0 changes a second. Everything is delivered.")
    assert "home connected, 2026.11.0 0.0 1 s ago 3" in lines
    assert "influx 0 s 0 0 bytes of 953.7 MiB 10" in lines
    assert lines[-1] == "trio-ingest 1 at http://127.0.0.1:8099, up 60 s"


def test_a_relay() -> None:
    """It has a row for its stream, and none for homes."""
    lines = [" ".join(line.split()) for line in shown(RELAYING).splitlines()]

    assert lines[0].startswith("Relaying.")
    assert "influx HA_LP 7 2 5" in lines
    assert not any(line.startswith("home") for line in lines)


def test_trouble() -> None:
    """What is wrong is said with what helps; what was not written, and where gaps are, with why."""
    sink = evolve(
        SINK,
        account=Account(received=9, filtered=3, dropped={"spool_full_oldest": 5}, quarantined=1),
        spool=SpoolStatistics(points=7, oldest=1_795_427_701_000_000),
        writer=WriterStatistics(last_problem="503"),
    )
    gap = GapSnapshot(home="home", sink="influx", reason="disconnected", count=2, seconds=200)

    text = " ".join(shown(evolve(WELL, sinks={"influx": sink}, gaps=[gap])).split())

    for words in (
        "! sink influx does not deliver: 503",
        "→ It is tried again until it works",
        "influx 5 min 7",
        "influx: 3 points not written: left out by include and exclude",
        "influx: 5 points dropped: spool_full_oldest",
        "influx: 1 point not written: refused, in the quarantine",
        "influx: 2 open gaps of home, 3 min in all: disconnected",
    ):
        assert words in text


def test_nobody_answers() -> None:
    """Where no daemon answers, that is said, and the exit code is 1."""
    url = f"http://127.0.0.1:{free_port()}"

    result = status("--url", url)

    assert 1 == result.exit_code
    assert f"Error: no daemon answers at {url}: " in result.output


@pytest.mark.parametrize("url", ["nonsense", "http://[", "ftp://x", "unix:/nowhere"])
def test_no_address(url: str) -> None:
    """A URL that is none is nothing that answers, without a traceback."""
    result = status("--url", url)

    assert 1 == result.exit_code
    assert f"no daemon answers at {url}" in result.output


async def test_daemon(tmp_path: Path) -> None:
    """Of a real daemon it says that it records, as JSON too; a wrong token is said to be one."""
    (tmp_path / "token").write_text("a-token\n")
    (tmp_path / "wrong").write_text("another")
    config = ["--config", str(tmp_path / "trio-ingest.toml")]

    async with watched(tmp_path, f'listen = "127.0.0.1:{free_port()}"\ntoken_file = "token"') as at:
        well = await trio.to_thread.run_sync(status, *config)
        as_json = await trio.to_thread.run_sync(status, "--json", *config)
        refused = await trio.to_thread.run_sync(
            status, *config, "--token-file", str(tmp_path / "wrong")
        )
        elsewhere = await trio.to_thread.run_sync(status, "--url", at.address)

    assert 0 == well.exit_code, well.output
    assert "Recording." in well.output
    assert "embedded" in json.loads(as_json.output)["sinks"]
    assert (1, 1) == (refused.exit_code, elsewhere.exit_code)
    assert "is 401: name the file of its token" in refused.output


def test_token_stays_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configured token is not shown to a server that only the command line names."""
    file = tmp_path / "config.toml"
    file.write_text(
        'admin.token = "abc"\nadmin.listen = "0.0.0.0:1"\n'
        'home_assistant.home = { url = "http://127.0.0.1:1", token = "abc" }'
    )
    monkeypatch.setattr("trio_ingest.cli.loading.find_config", lambda _: file)

    assert Server("http://127.0.0.1:1", "abc") == find_server(None, None, None)
    assert Server("http://other") == find_server(None, "http://other/", None)
    assert Server("http://other", "abc") == find_server(file, "http://other", None)


def test_no_trio_ingest(monkeypatch: pytest.MonkeyPatch) -> None:
    """What answers with something else is said to be no trio-ingest."""

    def other(_: Server) -> httpx.Client:
        return httpx.Client(
            transport=httpx.MockTransport(lambda _: httpx.Response(200, text="<html>")),
            base_url="http://x",
        )

    monkeypatch.setattr(Server, "open_client", other)

    with pytest.raises(NoAnswerError, match="is no trio-ingest"):
        ask(Server("http://x"))


def test_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watching goes on while the daemon is away, and ends with Ctrl-C."""
    answers: list[Any] = [httpx.ConnectError("refused"), httpx.Response(200, content=answer(WELL))]
    sleeps = iter([None])

    def handle(request: httpx.Request) -> httpx.Response:
        told = answers.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    def sleep(_: float) -> None:
        if next(sleeps, KeyboardInterrupt) is not None:
            raise KeyboardInterrupt

    transport = httpx.MockTransport(handle)
    monkeypatch.setattr(
        Server, "open_client", lambda _: httpx.Client(transport=transport, base_url="http://x")
    )
    console = Console(width=120, force_terminal=True, file=StringIO())

    with console.capture() as capture:
        keep_watching(Server("http://x"), console, sleep)
    text = capture.get()

    assert text.index("no daemon answers") < text.index("Recording.")
