"""The metrics, each with what it means and where its samples come from.

Labels are names that stand in the configuration, and reasons of ours: never an entity.
"""

from collections.abc import Iterator

from trio_ingest.admin.families.daemon import DAEMON
from trio_ingest.admin.families.family import Family
from trio_ingest.admin.families.homes import HOMES
from trio_ingest.admin.families.publishers import PUBLISHERS
from trio_ingest.admin.families.relays import RELAYS
from trio_ingest.admin.families.sinks import SINKS


def families() -> Iterator[Family]:
    """Yield all of them, in the order in which they are shown."""
    yield from DAEMON
    yield from HOMES
    yield from SINKS
    yield from RELAYS
    yield from PUBLISHERS
