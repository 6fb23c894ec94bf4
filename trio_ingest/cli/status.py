"""`trio-ingest status`: asks the daemon how it goes."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from trio_ingest.cli.admin_client import SILENCE, NoAnswerError, Server, find_server
from trio_ingest.cli.stats import Stats, read_stats
from trio_ingest.cli.status_screen import screen

PATH = "/stats"
SECONDS_BETWEEN_LOOKS = 2.0


def status_command(
    config_file: Path | None,
    url: str | None,
    token_file: Path | None,
    *,
    watch: bool,
    as_json: bool,
) -> None:
    """Print how things stand, once or again and again. Leave with 1 when nobody answers."""
    server = find_server(config_file, url, token_file)
    console = Console(highlight=False, emoji=False, markup=False)
    if watch:
        keep_watching(server, console)
        return
    stats, whole = ask(server)
    if as_json:
        click.echo(json.dumps(whole, indent=2, ensure_ascii=False))
    else:
        console.print(screen(stats, server.address))


def ask(server: Server) -> tuple[Stats, Any]:
    """Return the answer. Raises NoAnswerError."""
    try:
        with server.open_client() as client:
            answer = client.get(PATH)
    except SILENCE as error:
        raise server.silent(error) from error
    server.check(answer, PATH)
    try:
        return read_stats(answer.content)
    except msgspec.DecodeError as error:
        message = f"what answers at {server.address} is no trio-ingest: {error}"
        raise NoAnswerError(message) from error


def keep_watching(
    server: Server, console: Console, sleep: Callable[[float], object] = time.sleep
) -> None:
    """Draw it anew every other second, also while the daemon is away, until Ctrl-C."""
    try:
        with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
            while True:
                live.update(look(server), refresh=True)
                sleep(SECONDS_BETWEEN_LOOKS)
    except KeyboardInterrupt:
        return


def look(server: Server) -> RenderableType:
    """Return what is to be seen now."""
    try:
        return screen(ask(server)[0], server.address)
    except NoAnswerError as error:
        return Text(error.message, "bold red")
