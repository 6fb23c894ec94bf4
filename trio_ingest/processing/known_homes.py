"""What a lane knows of all its homes, from the start on what it knew when it was stopped."""

from collections.abc import Mapping

from attrs import define, field

from trio_ingest.model.progress import Known, Recollection
from trio_ingest.processing.known_home import KnownHome


@define(kw_only=True)
class KnownHomes:
    """A `KnownHome` for each home that something was heard of."""

    drops_noise: bool = False
    heartbeat_seconds: float | None = None
    recollection: Recollection = field(factory=Recollection, repr=False)
    _homes: dict[str, KnownHome] = field(factory=dict, init=False)

    def of(self, home: str) -> KnownHome:
        """Return what is known of *home*."""
        known = self._homes.get(home)
        if known is None:
            known = self._homes[home] = KnownHome(
                drops_noise=self.drops_noise,
                heartbeat_seconds=self.heartbeat_seconds,
                newest=dict(self.recollection.known.get(home, {})),
                gaps=[gap for gap in self.recollection.gaps if gap.home == home],
            )
        return known

    def adopt(self, drops_noise: bool, heartbeat_seconds: float | None) -> None:
        """Treat from now on otherwise what is only restored, and what does not change."""
        self.drops_noise, self.heartbeat_seconds = drops_noise, heartbeat_seconds
        for home in self._homes.values():
            home.drops_noise, home.heartbeat_seconds = drops_noise, heartbeat_seconds

    def take_news(self) -> Mapping[str, Mapping[str, Known]]:
        """Return what has become known since the last time, of each home that there is news of."""
        news = {name: home.take_news() for name, home in self._homes.items()}
        return {name: entities for name, entities in news.items() if entities}

    @property
    def deduplicated(self) -> int:
        """Return how many changes were known already."""
        return sum(home.deduplicated for home in self._homes.values())

    @property
    def noise(self) -> int:
        """Return how many states were only restored by a starting Home Assistant."""
        return sum(home.noise for home in self._homes.values())

    @property
    def held(self) -> int:
        """Return how many changes wait for it to turn out what they mean."""
        return sum(home.held for home in self._homes.values())
