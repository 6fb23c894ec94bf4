"""What is running, by name, for those who look at it; and what outlives the parts that run."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import trio
from attrs import define, field

from trio_ingest.home_assistant.connector import Connector
from trio_ingest.home_assistant.gap_book import GapBook
from trio_ingest.home_assistant.outlet import Outlet, Outlets
from trio_ingest.lane import Lane
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.processing.tap import Listener
from trio_ingest.pulse import Pulse
from trio_ingest.telemetry.reloads import Reloads

if TYPE_CHECKING:  # who has neither does not import them
    from trio_ingest.publishing.publisher import Publisher
    from trio_ingest.relay.relay import Relay


@define(eq=False, repr=False, kw_only=True)
class River:
    """The parts as they come and go. Registries and gap books stay, should their home come back."""

    reloads: Reloads = field(factory=Reloads)
    connectors: dict[str, Connector] = field(factory=dict)
    lanes: dict[str, Lane] = field(factory=dict)
    relays: dict[str, "Relay"] = field(factory=dict)
    publishers: dict[str, "Publisher"] = field(factory=dict)
    unopened: dict[str, str] = field(factory=dict)
    """What cannot be opened for now, and why; it is tried again and again."""
    listeners: list[Listener] = field(factory=list)
    """Who wants to hear of each line, of all lanes."""
    outlets: Outlets = field(factory=Outlets)
    registries: dict[str, Latest[Registry]] = field(factory=dict)
    books: dict[str, GapBook] = field(factory=dict)
    standing: trio.Event = field(factory=trio.Event)
    """Set when the first generation has come to stand: what fails before that ends the daemon."""
    is_ending: bool = False
    """Whether the whole daemon ends."""

    @property
    def stands(self) -> bool:
        """Say whether the first generation has come to stand."""
        return self.standing.is_set()

    def pulses(self) -> Mapping[str, Pulse]:
        """Return the pulse of each stage, by the name of its task."""
        homes = {f"{name} connector": each.pulse for name, each in self.connectors.items()}
        lanes = [each.pulses() for each in self.lanes.values()]
        relays = [each.pulses() for each in self.relays.values()]
        return {**homes, **{name: each for of in (*lanes, *relays) for name, each in of.items()}}

    def learn_of(self, homes: Mapping[str, object]) -> None:
        """Make room for what is remembered of *homes*."""
        for name in homes:
            self.registries.setdefault(name, Latest(Registry()))
            self.books.setdefault(name, GapBook(name))

    @contextmanager
    def showing_home(self, name: str, connector: Connector) -> Generator[None]:
        """Have a connector be seen for as long as the block runs."""
        self.connectors[name] = connector
        try:
            yield
        finally:
            del self.connectors[name]

    @contextmanager
    def showing_lane(self, lane: Lane) -> Generator[None]:
        """Have a lane be seen for as long as the block runs."""
        self.lanes[lane.name] = lane
        try:
            yield
        finally:
            del self.lanes[lane.name]

    @contextmanager
    def showing_relay(self, relay: "Relay") -> Generator[None]:
        """Have a relay be seen for as long as the block runs."""
        self.relays[relay.name] = relay
        try:
            yield
        finally:
            del self.relays[relay.name]

    @contextmanager
    def showing_publisher(self, name: str, publisher: "Publisher") -> Generator[None]:
        """Have a publisher be seen for as long as the block runs."""
        self.publishers[name] = publisher
        try:
            yield
        finally:
            del self.publishers[name]

    @contextmanager
    def open_outlet(self, outlet: Outlet) -> Generator[Outlet]:
        """Have a lane be told everything for as long as the block runs; then close its channel."""
        self.outlets.add(outlet)
        try:
            yield outlet
        finally:
            self.outlets.remove(outlet)
