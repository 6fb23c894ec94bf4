"""Sends requests to HomeIQ's data-api."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus

import trio
from attrs import define, field

from trio_ingest import __version__
from trio_ingest.bare_httpx import httpx
from trio_ingest.config.model import DataApiConfig
from trio_ingest.http_client import open_http_client, read_authority, words_of
from trio_ingest.publishing.payloads import Post
from trio_ingest.sinks.influx_verdict import retry_after
from trio_ingest.sinks.influx_words import Wording

OPERATORS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
OPERATORS_SECONDS = 30.0
"""The least wait when somebody has to do something first."""


class NotTaken(Exception):  # noqa: N818 - named for what happened
    """It was not taken; try again, after `at_least_seconds`. No secret is in the message.

    `needs_operator` means that waiting alone will not help.
    """

    def __init__(
        self, why: str, *, at_least_seconds: float = 0.0, needs_operator: bool = False
    ) -> None:
        super().__init__(why)
        self.at_least_seconds = max(at_least_seconds, OPERATORS_SECONDS if needs_operator else 0.0)
        self.needs_operator = needs_operator


@define
class DataApi:
    """One conversation with it."""

    _config: DataApiConfig
    _client: httpx.AsyncClient = field(repr=False)
    _token: str = field(repr=False)

    async def send(self, post: Post) -> None:
        """Send *post*. Raises NotTaken unless it was taken as a whole."""
        headers = {"User-Agent": f"trio-ingest/{__version__}", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        url = self._config.url.rstrip("/") + post.path
        wording = Wording([self._token] if self._token else [])
        try:
            with trio.fail_after(self._config.timeout):
                answer = await self._client.post(url, content=post.body, headers=headers)
        except trio.TooSlowError:
            raise NotTaken(f"no answer within {self._config.timeout:g} s") from None
        except httpx.RequestError as error:
            raise NotTaken(wording.tidy(words_of(error))) from error
        if answer.status_code != HTTPStatus.OK:
            raise NotTaken(
                f"{post.path} was answered with HTTP {answer.status_code}: "
                f"{wording.tidy(answer.text)}",
                at_least_seconds=retry_after(answer.headers),
                needs_operator=answer.status_code in OPERATORS,
            )


@asynccontextmanager
async def open_data_api(config: DataApiConfig) -> AsyncGenerator[DataApi]:
    """Open a conversation, with the token as it is in its file now. Raises NotTaken."""
    try:
        token = config.token.read() if config.token else ""
        authority = read_authority(verify_tls=config.verify_tls, ca_file=config.ca_file)
    except (OSError, UnicodeDecodeError) as error:
        raise NotTaken(str(error), needs_operator=True) from error
    async with open_http_client(
        config.url, verify_tls=config.verify_tls, authority=authority
    ) as client:
        yield DataApi(config, client, token)
