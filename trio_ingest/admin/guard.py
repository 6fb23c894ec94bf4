"""Stands before every endpoint: who may ask, and which headers every answer carries."""

import hmac
import logging
from urllib.parse import urlsplit

import trio
from attrs import frozen
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trio_ingest.admin.bodies import Discarded
from trio_ingest.admin.page import wants_page
from trio_ingest.config.common import Secret
from trio_ingest.loopback import is_loopback

log = logging.getLogger(__name__)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
OPEN_TO_ALL = "/livez"
"""It tells nothing but that we live, and container runtimes can show no token."""
PAGE = "/"
"""To a browser, which cannot show one here either: the page asks for it, and has nothing to tell
before it is given."""
ANOTHER_NAME = (
    "this is served to this machine alone, by the names localhost, 127.0.0.1 and [::1]; a proxy "
    "that passes on the name it was asked by needs admin.token or a unix: socket"
)


@frozen
class Guard:
    """Lets through what comes with the token, if there is one, and not from another web site."""

    app: ASGIApp
    token: Secret | None
    is_at_loopback: bool = False
    """Whether only this machine can ask, so that every other name in a request is a lie."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have the application answer."""
        if scope["type"] != "http":  # a WebSocket; a server that hears this answers with 403
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        endpoint = self._refusal(scope) or self.app
        body = Discarded(receive)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(body.discard, name="body of a request")
            await endpoint(scope, body.wait_gone, send_strictly)
            nursery.cancel_scope.cancel(reason="it is answered")

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if scope["method"] not in ("GET", "HEAD") and "origin" in headers:
            # A page in somebody's browser can send this to our loopback address, unasked.
            return JSONResponse({"detail": "not for web pages"}, status_code=403)
        if scope["path"] == OPEN_TO_ALL:
            return None
        return self._refusal_of_name(headers) if self.token is None else self._ask(scope, headers)

    def _refusal_of_name(self, headers: Headers) -> JSONResponse | None:
        if not self.is_at_loopback or names_this_machine(headers.get("host", "")):
            return None
        return JSONResponse({"detail": ANOTHER_NAME}, status_code=403)

    def _ask(self, scope: Scope, headers: Headers) -> JSONResponse | None:
        """Ask for the token, unless it is shown or not needed."""
        if scope["path"] == PAGE and wants_page(headers.get("accept", "")):
            return None
        if self._is_shown(headers.get("authorization", "")):
            return None
        return JSONResponse(
            {"detail": "a bearer token is needed"},
            status_code=401,
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _is_shown(self, authorization: str) -> bool:
        assert self.token is not None
        scheme, _, shown = authorization.partition(" ")
        try:
            wanted = self.token.read()
        except OSError as error:
            log.error("The admin token cannot be read, nobody gets in: %s", error)
            return False
        is_same = hmac.compare_digest(shown.strip().encode(), wanted.encode())
        return bool(wanted) and scheme.lower() == "bearer" and is_same


def names_this_machine(host: str) -> bool:
    """Say whether a request with this Host header may be meant for us.

    A web site can have its own name lead to 127.0.0.1 once its page is loaded (DNS rebinding), and
    then read what we answer; but the browser says by which name it asks. Who says none is none.
    """
    try:
        return not host or is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False
