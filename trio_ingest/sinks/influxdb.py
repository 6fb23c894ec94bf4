"""Writes batches to InfluxDB 1, 2 or 3, or to whatever speaks one of their write APIs."""

import gzip
import ssl
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

import trio
from attrs import define, field

from trio_ingest.bare_httpx import httpx
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.http_client import open_http_client, read_authority, root_of, words_of
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.outcome import Accepted, Outcome, Refused, TryLater
from trio_ingest.sinks.influx_request import (
    ENCODINGS,
    address,
    headers,
    read_authorization,
    secrets_of,
    write_url,
)
from trio_ingest.sinks.influx_unreadable import Unreadable, is_unreadable, may_repeat
from trio_ingest.sinks.influx_verdict import verdict
from trio_ingest.sinks.influx_words import Wording

_CREDENTIAL_IN_DOUBT = (401, 403, 404)


@asynccontextmanager
async def open_influxdb_sink(
    config: InfluxSinkConfig, authority: ssl.SSLContext | None = None
) -> AsyncGenerator["InfluxSink"]:
    """Open the sink of *config*; the server is not asked yet and may be away.

    *authority* is what is in its `ca_file`, if that was read already. Otherwise OSError is raised
    when it cannot be read or holds no certificate.
    """
    authority = authority or read_authority(verify_tls=config.verify_tls, ca_file=config.ca_file)
    async with open_http_client(
        config.url, verify_tls=config.verify_tls, authority=authority
    ) as client:
        yield InfluxSink(config=config, client=client)


@define(kw_only=True)
class InfluxSink:
    """One connection, kept alive, to one write path."""

    _config: InfluxSinkConfig = field(repr=False)
    _client: httpx.AsyncClient = field(repr=False)
    _authorization: str | None = field(default=None, repr=False)
    """As it was read last; None when it has to be read (again)."""

    async def write(self, batch: Batch) -> Outcome:
        """Send *batch* in the precision that it was encoded in."""
        if batch.encoding not in ENCODINGS.values():
            reason = f"an InfluxDB takes line protocol, not {batch.encoding}"
            return Refused(reason=reason, bad_lines=dict.fromkeys(range(batch.points), reason))
        answer = await self._send(batch)
        if isinstance(answer, Unreadable):
            return await self._doubt(batch, answer)
        return answer

    async def check(self) -> Outcome:
        """Send no lines at all. A server that misses them has agreed to everything before.

        InfluxDB 1 answers 204 to that; 2 and 3 answer 400, after they have looked at the
        credential, the database or bucket, and the precision.
        """
        encoding = ENCODINGS[self._config.precision]
        answer = await self._post(encoding, b"", is_compressed=False, lines=list)
        match answer:
            case Refused():
                return Accepted()
            case Unreadable(reason=reason):
                return TryLater(reason=reason)
            case outcome:
                return outcome

    async def _doubt(self, batch: Batch, unreadable: Unreadable) -> Outcome:
        """Decide whether weather has spoilt an answer, or what *batch* has in it.

        It is the batch's fault only when there is something in it that does spoil answers, the
        server's answers to others can be read, and the one to this batch again cannot.
        """
        if not may_repeat(batch.lines()):
            return TryLater(reason=unreadable.reason)
        health = await self.check()
        if not isinstance(health, Accepted):
            return health
        again = await self._send(batch)
        return Refused(reason=again.reason) if isinstance(again, Unreadable) else again

    async def _send(self, batch: Batch) -> Outcome | Unreadable:
        body = batch.body if self._config.gzip else gzip.decompress(batch.body)
        return await self._post(
            batch.encoding, body, is_compressed=self._config.gzip, lines=batch.lines
        )

    async def _post(
        self,
        encoding: Encoding,
        body: bytes,
        *,
        is_compressed: bool,
        lines: Callable[[], Sequence[bytes]],
    ) -> Outcome | Unreadable:
        if self._authorization is None:
            try:
                self._authorization = read_authorization(self._config)
            except (OSError, ValueError) as problem:
                return TryLater(reason=str(problem), needs_operator=True)
        wording = Wording(secrets_of(self._config, self._authorization))

        with trio.move_on_after(self._config.timeout):
            try:
                # Made here and not by the client, which would look at each of its own defaults.
                request = httpx.Request(
                    "POST",
                    write_url(self._config, encoding),
                    content=body,
                    headers=headers(authorization=self._authorization, gzip=is_compressed),
                )
                response = await self._client.send(request)
            except httpx.RequestError as error:
                weather = unreachable(error, address(self._config), wording)
                return Unreadable(reason=weather.reason) if is_unreadable(error) else weather
            if response.status_code in _CREDENTIAL_IN_DOUBT:
                self._authorization = None
            return verdict(response.status_code, response.headers, response.content, lines, wording)
        return TryLater(
            reason=f"{address(self._config)}: no answer within {self._config.timeout:g} s"
        )


def unreachable(error: httpx.RequestError, where: str, wording: Wording) -> TryLater:
    """Return what *error* means: weather, but for a certificate that we do not trust."""
    return TryLater(
        reason=f"{where}: {wording.tidy(words_of(error))}",
        needs_operator=isinstance(root_of(error), ssl.SSLCertVerificationError),
    )
