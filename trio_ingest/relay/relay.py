"""A relay: all that belongs to it, and what it says of itself."""

from collections.abc import Mapping

from attrs import define, evolve, frozen

from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.config.wanted import WantedRelay
from trio_ingest.delivery.writer import Writer, WriterStatistics
from trio_ingest.pulse import Pulse
from trio_ingest.relay.farewell import Farewell, FarewellStatistics
from trio_ingest.relay.fetcher import Fetcher
from trio_ingest.relay.hand import Hand, HandStatistics
from trio_ingest.relay.keeping import Keeping
from trio_ingest.relay.stream import Stream
from trio_ingest.sinks.sink import Sink
from trio_ingest.spool.spool import Spool
from trio_ingest.telemetry.conservation import Account

# What was put back from a quarantine of at most 64 MiB always fits.
SPOOL = SpoolConfig()


@frozen(kw_only=True)
class RelayStatistics:
    """A snapshot of what a relay has to do with its stream."""

    stream: str
    consumer: str
    hand: HandStatistics
    farewell: FarewellStatistics
    foreign: int = 0
    """Messages that were no batches."""
    trouble: str | None = None
    """What the stream said instead of giving something; None when nothing stands in the way."""
    needs_operator: bool = False


@frozen(kw_only=True)
class Sinks:
    """Two connections to one database, since one task uses a sink at a time."""

    of_stream: Sink
    of_quarantine: Sink


@define(eq=False, kw_only=True)
class Relay:
    """The stages of a relay, and what they share.

    `spool` holds its quarantine. What a command puts back from there waits in it, too, and has a
    writer of its own.
    """

    wanted: WantedRelay
    stream: Stream
    sinks: Sinks
    spool: Spool
    hand: Hand
    fetcher: Fetcher
    farewell: Farewell
    keeping: Keeping
    writer: Writer
    retries: Writer
    carried_over: int = 0
    """Points that lay in the spool when it was opened."""

    @property
    def name(self) -> str:
        """Return the name of its sink."""
        return self.wanted.sink.name

    @property
    def spool_max_bytes(self) -> int:
        """Return how large the spool of its quarantine may become."""
        return SPOOL.max_size

    def pulses(self) -> Mapping[str, Pulse]:
        """Return the pulse of each stage, by the name of its task."""
        return {
            f"{self.name} fetcher": self.fetcher.pulse,
            f"{self.name} writer": self.writer.pulse,
            f"{self.name} retries": self.retries.pulse,
        }

    def statistics(self) -> RelayStatistics:
        """Return a snapshot, without waiting."""
        weather = self.fetcher.weather
        return RelayStatistics(
            stream=self.wanted.config.stream,
            consumer=self.wanted.config.consumer,
            hand=self.hand.statistics(),
            farewell=self.farewell.statistics(),
            foreign=self.fetcher.foreigners.kept,
            trouble=weather.trouble,
            needs_operator=weather.needs_operator,
        )

    def writer_statistics(self) -> WriterStatistics:
        """Return what both writers have done together."""
        return together(self.writer.statistics(), self.retries.statistics())

    def account(self) -> Account:
        """Return where all points are that were taken from the stream, or from the quarantine."""
        hand, spool, writer = (
            self.hand.statistics(),
            self.spool.statistics(),
            self.writer_statistics(),
        )
        return Account(
            received=hand.taken_points,
            carried_over=self.carried_over + spool.retried_points,
            written=writer.written_points,
            dropped=spool.dropped_points,
            quarantined=writer.quarantined_points,
            in_flight=hand.points + spool.points,
        )


def together(one: WriterStatistics, other: WriterStatistics) -> WriterStatistics:
    """Return the sums; trouble is the first one's, if it has any."""
    successes = [each.last_success for each in (one, other) if each.last_success is not None]
    return evolve(
        one,
        written_points=one.written_points + other.written_points,
        written_batches=one.written_batches + other.written_batches,
        quarantined_points=one.quarantined_points + other.quarantined_points,
        stripped_fields=one.stripped_fields + other.stripped_fields,
        retries=one.retries + other.retries,
        last_success=max(successes, default=None),
        last_problem=one.last_problem or other.last_problem,
        needs_operator=one.needs_operator or other.needs_operator,
    )
