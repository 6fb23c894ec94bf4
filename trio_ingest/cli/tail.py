"""`trio-ingest tail`: the lines as the running daemon writes them."""

from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import msgspec

from trio_ingest.cli.admin_client import SILENCE, NoAnswerError, Server, find_server

PATH = "/tail"
SILENCE_SECONDS = 30.0  # three times what the daemon leaves between two signs of life
GONE = 410

Query = list[tuple[str, str | int | float | bool | None]]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A line, or how many were missed, or how to go on when the stream has ended."""

    sink: str = ""
    line: str | None = None
    missed: int = 0
    go_on: str | None = msgspec.field(default=None, name="continue")


def tail_command(
    globs: tuple[str, ...],
    sinks: tuple[str, ...],
    config_file: Path | None,
    url: str | None,
    token_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print lines until Ctrl-C. Leave with 1 when the daemon does not answer, or no more."""
    server = find_server(config_file, url, token_file)
    query: Query = [("entity", each) for each in globs]
    query += [("sink", each) for each in sinks]
    try:
        for text, message in follow(server, query):
            if message.missed:
                click.echo(f"{message.missed:,} lines missed: they came too fast", err=True)
            if message.line is not None:
                name = "" if len(sinks) == 1 else f"{message.sink}: "
                click.echo(text if as_json else f"{name}{message.line}")
    except KeyboardInterrupt:
        return


def follow(server: Server, query: Query) -> Iterator[tuple[str, Message]]:
    """Yield what is told, over one stream after the other. Raises NoAnswerError in the end."""
    asked = query
    try:
        with server.open_client() as client:
            while True:
                go_on = None
                for text in stream(server, client, asked):
                    message = msgspec.json.decode(text, type=Message)
                    go_on = message.go_on or go_on
                    yield text, message
                if go_on is None:
                    raise NoAnswerError(f"the daemon at {server.address} has ended")
                asked = [("continue", go_on)]
    except SILENCE as error:
        raise server.silent(error) from error
    except msgspec.DecodeError as error:
        said = f"what answers at {server.address} is no trio-ingest: {error}"
        raise NoAnswerError(said) from error


def stream(server: Server, client: httpx.Client, query: Query) -> Iterator[str]:
    """Yield the lines of one stream but for the blank ones."""
    timeout = httpx.Timeout(SILENCE_SECONDS)
    with client.stream("GET", PATH, params=httpx.QueryParams(query), timeout=timeout) as answer:
        if answer.status_code == GONE:
            raise NoAnswerError("the daemon has not waited for us: lines are missing. Begin anew.")
        server.check(answer, PATH)
        yield from filter(None, answer.iter_lines())
