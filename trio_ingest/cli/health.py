"""`trio-ingest health`: whether the daemon beside us lives, for images that have no curl."""

import os
import socket
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import click

from trio_ingest.cli.loading import loader
from trio_ingest.config.admin_rules import UNIX
from trio_ingest.config.problems import ConfigurationError
from trio_ingest.config.surroundings import Surroundings

TIMEOUT_SECONDS = 5.0
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here


def health_command(config_file: Path | None) -> None:
    """Say that /livez answers, or leave with 1."""
    listen = where_it_listens(config_file)
    if not listen:
        raise click.ClickException("the admin server is off: [admin] listen is empty")
    try:
        status = ask(listen)
    except (OSError, HTTPException) as error:
        raise click.ClickException(f"no answer at {listen}: {error}") from None
    if status != 200:  # noqa: PLR2004 - HTTP's
        raise click.ClickException(f"the answer at {listen} is {status}")
    click.echo(f"alive at {listen}")


def where_it_listens(config_file: Path | None) -> str:
    """Return where the daemon listens; the default place when the configuration is wrong by now.

    A daemon that has refused to reload such a configuration is as healthy as before.
    """
    try:
        return loader(config_file, reads_secrets=False)().admin.listen
    except ConfigurationError:
        return Surroundings(os.environ, Path.cwd()).default_listen()


def ask(listen: str) -> int:
    """Return the status of /livez. Raises OSError or HTTPException when there is none."""
    with connect(listen) as connected:
        connection = HTTPConnection("localhost")
        connection.sock = connected
        connection.request("GET", "/livez")
        return connection.getresponse().status


def connect(listen: str) -> socket.socket:
    """Return a connection to what listens there."""
    if not listen.startswith(UNIX):
        host, _, port = listen.rpartition(":")
        host = host.strip("[]")
        return socket.create_connection((ANY_ADDRESS.get(host, host), int(port)), TIMEOUT_SECONDS)
    connected = socket.socket(socket.AF_UNIX)
    try:
        connected.settimeout(TIMEOUT_SECONDS)
        connected.connect(listen.removeprefix(UNIX))
    except OSError:
        connected.close()
        raise
    return connected
