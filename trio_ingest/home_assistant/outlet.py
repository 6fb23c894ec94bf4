"""The ways from the connectors to the lanes, of which each may come and go at any time."""

from collections.abc import Iterator

import trio
from attrs import define, field

from trio_ingest.home_assistant.ledger import LaneLedger
from trio_ingest.model.notice import Told


@define(eq=False, repr=False)
class Outlet:
    """The way to one lane, from its opening to its end.

    A lane that comes back has another outlet: what was meant for the first one never gets into it.
    """

    name: str
    changes: trio.MemorySendChannel[Told] = field(repr=False)
    ledger: LaneLedger = field(repr=False)
    wishes: int = field(default=0, init=False)
    """How often it has asked to be told of the home as it is."""
    is_open: bool = field(default=True, init=False)


@define(eq=False, repr=False)
class Outlets:
    """Those that are open. All connectors tell them everything, and watch for new ones."""

    _open: list[Outlet] = field(factory=list)
    changed: trio.Event = field(factory=trio.Event, init=False)
    """Set, and replaced, when one has come or gone, or wishes for something."""

    def __iter__(self) -> Iterator[Outlet]:
        """Go through those that are open now."""
        return iter(tuple(self._open))

    def add(self, outlet: Outlet) -> None:
        """Have it told everything, as soon as the connectors have noticed."""
        self._open.append(outlet)
        self._ring()

    def remove(self, outlet: Outlet) -> None:
        """Close it. Who is about to tell it something leaves that."""
        self._open.remove(outlet)
        outlet.is_open = False
        outlet.changes.close()
        self._ring()

    def wish(self, outlet: Outlet) -> None:
        """Have it told of every home as it is."""
        outlet.wishes += 1
        self._ring()

    def _ring(self) -> None:
        self.changed.set()
        self.changed = trio.Event()
