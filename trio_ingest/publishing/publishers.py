"""The publishers that a configuration asks for: at most one, so far."""

from collections.abc import Mapping
from functools import partial

from trio_ingest.config.wanted import WantedPublisher
from trio_ingest.home_assistant.catalogue import fetch_catalogue
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.publishing.data_api import open_data_api
from trio_ingest.publishing.publisher import Publisher
from trio_ingest.supervision import RestartPolicy, keep_running

# A bug in here is said, and is no reason to end the daemon: it never gives up.
NEVER_GIVES_UP = RestartPolicy(window_seconds=0.0, pause_seconds=60.0)


def make_publisher(
    wanted: WantedPublisher, registries: Mapping[str, Latest[Registry]]
) -> Publisher:
    """Return the publisher that is wanted."""
    return Publisher(
        home=wanted.home.name,
        where=f"data-api at {wanted.config.url}",
        interval_seconds=wanted.config.interval,
        registry=registries[wanted.home.name],
        ask=partial(fetch_catalogue, wanted.home),
        open_taker=partial(open_data_api, wanted.config),
    )


async def keep_publishing(publisher: Publisher) -> None:
    """Run it until cancelled. What is not told by then is told after the next start."""
    await keep_running(f"{publisher.home} publisher", publisher.run, NEVER_GIVES_UP)
