"""The endpoints: each answers from a snapshot that is taken when it is asked."""

from collections.abc import Mapping

import trio
from attrs import define, field, frozen
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from trio_ingest.admin import homeiq
from trio_ingest.admin.events import Events
from trio_ingest.admin.guard import Guard
from trio_ingest.admin.metrics import exposed, make_registry
from trio_ingest.admin.news import stats
from trio_ingest.admin.page import Page, make_page, wants_page
from trio_ingest.admin.readiness import reasons_not_ready
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Look, Rediscover
from trio_ingest.admin.tail import Tail
from trio_ingest.config.common import Secret
from trio_ingest.home_assistant.errors import AccessRefused, CommandFailed, SessionLost

DISCOVERY_SECONDS = 30.0


def make_application(
    look: Look,
    recent: Recent,
    rediscover: Rediscover,
    token: Secret | None,
    events: Events | None = None,
    *,
    is_at_loopback: bool = False,
    tail: Tail | None = None,
) -> ASGIApp:
    """Return the ASGI application; it answers with JSON, also when it has to say no.

    *events* are given by whoever wants to say goodbye to those who listen, *tail* by whoever has
    something to listen to. *is_at_loopback*: only this machine can ask.
    """
    state, detailed = State(look, recent, make_page()), Detailed(look, recent)
    trigger = Trigger(look, rediscover)
    get = {
        "/": state.root,
        "/livez": livez,
        "/readyz": state.readyz,
        "/metrics": Metrics(look, recent).metrics,
        "/stats": state.stats,
        "/events": (events or Events(look, recent)).events,
        "/tail": (tail or Tail()).tail,
        "/health": detailed.health,
        "/health/detailed": detailed.health,
        "/api/v1/event-rate": detailed.event_rate,
        "/api/v1/filter/stats": detailed.filter_stats,
    }
    routes = [Route(path, endpoint, methods=["GET"]) for path, endpoint in get.items()]
    routes.append(Route("/api/v1/discovery/trigger", trigger.discover, methods=["POST"]))
    application = Starlette(routes=routes, exception_handlers={HTTPException: refuse})
    application.router.redirect_slashes = False
    return Guard(application, token, is_at_loopback)


async def livez(_: Request) -> Response:  # noqa: ASYNC124 - else it would get a thread
    """Say that the loop runs: else nobody would answer."""
    return PlainTextResponse("ok\n")


async def refuse(_: Request, error: Exception) -> Response:  # noqa: ASYNC124 - as above
    """Say no: an unknown path, a wrong method."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


@frozen
class State:
    """What is said in our own words."""

    look: Look
    recent: Recent
    page: Page

    async def root(self, request: Request) -> Response:
        """Show the status page to a browser; say who is here to everybody else."""
        vary = {"Vary": "Accept"}
        if wants_page(request.headers.get("accept", "")):
            policy = {"Content-Security-Policy": self.page.policy}
            return HTMLResponse(self.page.html, headers=vary | policy)
        who = {"service": "trio-ingest", "version": self.look().version, "status": "running"}
        return JSONResponse(who, headers=vary)

    async def readyz(self, _: Request) -> Response:
        """Answer 503 while something is not as it should be, and say what."""
        snapshot = self.look()
        reasons = reasons_not_ready(snapshot, self.recent.dropped(snapshot))
        return JSONResponse(
            {"ready": not reasons, "reasons": reasons}, status_code=503 if reasons else 200
        )

    async def stats(self, _: Request) -> Response:
        """Give all statistics of all stations."""
        return JSONResponse(stats(self.look(), self.recent))


@frozen
class Metrics:
    """What Prometheus scrapes."""

    look: Look
    recent: Recent

    async def metrics(self, request: Request) -> Response:
        """Give the metrics in the format that was asked for."""
        registry = make_registry(self.look, self.recent)
        text, content_type = exposed(registry, request.headers.get("accept", ""))
        return Response(text, headers={"Content-Type": content_type})


@frozen
class Detailed:
    """What the neighbours of the old service read."""

    look: Look
    recent: Recent

    async def health(self, _: Request) -> Response:
        """Answer with 200, be it as it may: to restart us does not bring a database back."""
        snapshot = self.look()
        reasons = reasons_not_ready(snapshot, self.recent.dropped(snapshot))
        return JSONResponse(homeiq.health(snapshot, self.recent, reasons))

    async def event_rate(self, _: Request) -> Response:
        """Say how much is going on."""
        return JSONResponse(homeiq.event_rate(self.look(), self.recent))

    async def filter_stats(self, _: Request) -> Response:
        """Say how much was left out."""
        return JSONResponse(homeiq.filter_stats(self.look()))


@define
class Trigger:
    """The one thing that can be asked for. Not twice at a time."""

    look: Look
    rediscover: Rediscover
    _is_busy: bool = field(default=False, init=False)

    async def discover(self, _: Request) -> Response:
        """Have the registries read anew and say what they list."""
        error = "the registries are being read already" if self._is_busy else await self._discover()
        answer: Mapping[str, object] = homeiq.discovery(self.look(), error)
        if error is None:
            return JSONResponse(answer)
        return JSONResponse({"detail": answer}, status_code=503)

    async def _discover(self) -> str | None:
        """Return what went wrong."""
        self._is_busy = True
        try:
            with trio.fail_after(DISCOVERY_SECONDS):
                await self.rediscover()
        except (SessionLost, AccessRefused, CommandFailed, trio.TooSlowError) as error:
            return str(error) or "Home Assistant takes too long"
        finally:
            self._is_busy = False
        return None
