"""Asks the server of an InfluxDB sink, with the credential that the daemon would show."""

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import httpx
import trio
from attrs import define, field

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.doctor.clocks import clock_of
from trio_ingest.doctor.influx_products import Reply
from trio_ingest.home_assistant.inspection import Clock
from trio_ingest.http_client import open_http_client, read_authority, words_of
from trio_ingest.sinks.influx_request import (
    ENCODINGS,
    headers,
    read_authorization,
    secrets_of,
    write_url,
)
from trio_ingest.sinks.influx_words import Wording, read_answer


class ServerSilent(Exception):  # noqa: N818 - named for what it means
    """No answer came. The message and the cause say why; no secret is in the message."""


@define(kw_only=True)
class InfluxServer:
    """One conversation. `clock` is the server's, as it was in its latest answer."""

    config: InfluxSinkConfig
    _client: httpx.AsyncClient = field(repr=False)
    _authorization: str | None = field(repr=False)
    clock: Clock | None = None

    @property
    def wording(self) -> Wording:
        """What makes the server's words ours."""
        return Wording(secrets_of(self.config, self._authorization))

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Reply:
        """Ask for *path* below the sink's URL. Raises ServerSilent."""
        return await self._send("GET", self._url(path, query or {}))

    async def post(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: bytes = b"",
        content_type: str = "application/json",
    ) -> Reply:
        """Send *body* to *path*. Raises ServerSilent."""
        return await self._send("POST", self._url(path, query or {}), body, content_type)

    async def write_nothing(self) -> Reply:
        """Write no lines, as the daemon writes lines. Raises ServerSilent."""
        return await self._send("POST", write_url(self.config, ENCODINGS[self.config.precision]))

    def words(self, reply: Reply) -> str:
        """Return what *reply* says, for people."""
        said = self.wording.tidy(read_answer(reply.body).message)
        return f"HTTP {reply.status}{f': {said}' if said else ''}"

    def _url(self, path: str, query: Mapping[str, str]) -> str:
        url = self.config.url.rstrip("/") + path
        return f"{url}?{urlencode(query)}" if query else url

    async def _send(
        self, method: str, url: str, body: bytes = b"", content_type: str | None = None
    ) -> Reply:
        shown = headers(authorization=self._authorization, gzip=False)
        if content_type is not None:
            shown["Content-Type"] = content_type
        try:
            with trio.fail_after(self.config.timeout):
                answer = await self._client.request(method, url, content=body, headers=shown)
        except trio.TooSlowError as late:
            raise ServerSilent(f"no answer within {self.config.timeout:g} s") from late
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise ServerSilent(self.wording.tidy(words_of(error))) from error
        lower = {name.lower(): value for name, value in answer.headers.items()}
        self.clock = clock_of(lower, time.time())
        return Reply(status=answer.status_code, headers=lower, body=answer.content)


@asynccontextmanager
async def open_influx_server(config: InfluxSinkConfig) -> AsyncGenerator[InfluxServer]:
    """Open a conversation. Raises OSError or ValueError for a credential of no use."""
    authorization = read_authorization(config)
    authority = read_authority(verify_tls=config.verify_tls, ca_file=config.ca_file)
    async with open_http_client(
        config.url, verify_tls=config.verify_tls, authority=authority
    ) as client:
        yield InfluxServer(config=config, client=client, authorization=authorization)
