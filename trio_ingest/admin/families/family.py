"""One metric: what it means, and where its samples come from."""

from collections.abc import Callable, Iterable
from operator import attrgetter

from attrs import frozen

from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot

Sample = tuple[tuple[str, ...], float]
Samples = Callable[[Snapshot, Recent], Iterable[Sample]]


@frozen
class Family:
    """One metric. A counter's samples are called by its name with `_total` behind it."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]
    samples: Samples


def of_homes(name: str, kind: str, text: str, path: str) -> Family:
    """Return a number of each home, which lies at *path* in its snapshot."""
    value = attrgetter(path)
    return Family(
        name,
        kind,
        text,
        ("home",),
        lambda snapshot, _: [((name,), value(home)) for name, home in snapshot.homes.items()],
    )


def of_sinks(name: str, kind: str, text: str, path: str) -> Family:
    """Return a number of each sink; there is no sample where it is None."""
    value = attrgetter(path)
    return Family(
        name,
        kind,
        text,
        ("sink",),
        lambda snapshot, _: [
            ((name,), found)
            for name, sink in snapshot.sinks.items()
            if (found := value(sink)) is not None
        ],
    )
