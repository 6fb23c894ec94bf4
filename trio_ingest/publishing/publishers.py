"""Which publishers there are, and their life."""

from collections.abc import Mapping, Sequence
from functools import partial

import trio

from trio_ingest.config.model import Config
from trio_ingest.home_assistant.catalogue import fetch_catalogue
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.publishing.data_api import open_data_api
from trio_ingest.publishing.publisher import Publisher
from trio_ingest.supervision import RestartPolicy, keep_running
from trio_ingest.telemetry.about import about

# A bug in here is said, and is no reason to end the daemon: it never gives up.
NEVER_GIVES_UP = RestartPolicy(window_seconds=0.0, pause_seconds=60.0)


def make_publishers(
    config: Config, registries: Mapping[str, Latest[Registry]]
) -> Sequence[Publisher]:
    """Return those that the configuration asks for: at most one, so far."""
    data_api = config.publish.data_api
    return [
        Publisher(
            home=home.name,
            where=f"data-api at {data_api.url}",
            interval_seconds=data_api.interval,
            registry=registries[home.name],
            ask=partial(fetch_catalogue, home),
            open_taker=partial(open_data_api, data_api),
        )
        for home in config.home_assistants
        if data_api is not None and home.name == data_api.home
    ]


async def run_publishers(publishers: Sequence[Publisher], stop: trio.Event) -> None:
    """Run them until *stop*. What is not told by then is told after the next start."""
    async with trio.open_nursery() as nursery:
        for publisher in publishers:
            name = f"{publisher.home} publisher"
            with about(home=publisher.home):
                nursery.start_soon(keep_running, name, publisher.run, NEVER_GIVES_UP, name=name)
        await stop.wait()
        nursery.cancel_scope.cancel(reason="drain")
