"""All that is behind the port, put together. To import it takes as long as all that records."""

from attrs import frozen

from trio_ingest.admin.application import make_application
from trio_ingest.admin.events import Events
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.serving import Serving
from trio_ingest.admin.snapshot import Look, Rediscover
from trio_ingest.admin.tail import Tail
from trio_ingest.config.admin_rules import is_at_loopback
from trio_ingest.config.model import AdminConfig
from trio_ingest.processing.tap import Listener


@frozen
class Served:
    """What answers, and who listens for longer."""

    serving: Serving
    events: Events
    tail: Tail


def make_served(
    config: AdminConfig,
    look: Look,
    recent: Recent,
    rediscover: Rediscover,
    listeners: list[Listener],
) -> Served:
    """Return it; nobody is served yet."""
    events, tail = Events(look, recent), Tail(listeners)
    application = make_application(
        look,
        recent,
        rediscover,
        config.token,
        events,
        is_at_loopback=is_at_loopback(config.listen),
        tail=tail,
    )
    return Served(Serving(application), events, tail)
