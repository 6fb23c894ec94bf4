"""Asking the daemon that runs, through its admin server."""

import os
from pathlib import Path

import click
import httpx
from attrs import field, frozen

from trio_ingest.cli.health import ANY_ADDRESS, connect
from trio_ingest.cli.loading import loader
from trio_ingest.config.admin_rules import UNIX
from trio_ingest.config.problems import ConfigurationError
from trio_ingest.config.surroundings import Surroundings

TIMEOUT_SECONDS = 5.0
SILENCE = (OSError, httpx.HTTPError, httpx.InvalidURL)
"""What is raised when nobody answers."""
UNAUTHORIZED = 401


class NoAnswerError(click.ClickException):
    """The daemon does not answer, or not with what was asked for; exit code 1."""


@frozen
class Server:
    """Where the daemon answers, and what it wants to be shown."""

    address: str
    token: str | None = field(default=None, repr=False)

    def open_client(self) -> httpx.Client:
        """Return a client that speaks to it. Raises OSError, already, where nobody listens."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        if self.address.startswith(UNIX):
            connect(self.address).close()  # httpcore forgets to close one where nobody listens
            transport = httpx.HTTPTransport(uds=self.address.removeprefix(UNIX))
            base = "http://localhost"
        else:
            transport, base = None, self.address
        return httpx.Client(
            base_url=base, headers=headers, transport=transport, timeout=TIMEOUT_SECONDS
        )

    def check(self, answer: httpx.Response, path: str) -> None:
        """Raise NoAnswerError for any answer that says no."""
        if answer.is_success:
            return
        advice = ""
        if answer.status_code == UNAUTHORIZED:
            advice = ": name the file of its token with --token-file, or the right --config"
        raise NoAnswerError(
            f"the answer at {self.address}, {path}, is {answer.status_code}{advice}"
        )

    def silent(self, error: Exception) -> NoAnswerError:
        """Return what to raise when there is no answer."""
        return NoAnswerError(
            f"no daemon answers at {self.address}: {error}. Does it run, with that [admin] listen?"
        )


def find_server(config_file: Path | None, url: str | None, token_file: Path | None) -> Server:
    """Return the server that the configuration names, or the one at *url*.

    The configured token is shown to the configured server only, unless --config is given, too.
    """
    listen, token = configured(config_file)
    if url is None:
        if not listen:
            raise NoAnswerError("the admin server is off: [admin] listen is empty")
        address = listen if listen.startswith(UNIX) else http_url(listen)
    else:
        address = url.rstrip("/")
        token = token if config_file is not None else None
    if token_file is not None:
        token = read_token(token_file)
    return Server(address, token)


def configured(config_file: Path | None) -> tuple[str, str | None]:
    """Return where the daemon listens, and its token; the usual place if the file is wrong."""
    try:
        admin = loader(config_file, reads_secrets=False)().admin
    except ConfigurationError:
        return Surroundings(os.environ, Path.cwd()).default_listen(), None
    if admin.token is None:
        return admin.listen, None
    if admin.token.file is not None:
        return admin.listen, read_token(admin.token.file)
    return admin.listen, admin.token.read()


def read_token(file: Path) -> str:
    """Return the token in *file*. Raises ClickException."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"the admin token cannot be read: {error}") from error


def http_url(listen: str) -> str:
    """Return the URL for a HOST:PORT to listen at."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    host = ANY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
