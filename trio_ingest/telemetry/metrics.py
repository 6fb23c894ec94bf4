"""The accounts of all lanes as Prometheus metrics; their law can be watched from outside.

trio_ingest_received_points_total + trio_ingest_carried_over_points_total
= sum by (sink) (trio_ingest_points_total) + trio_ingest_in_flight_points
"""

from collections.abc import Callable, Iterator, Mapping

from attrs import frozen
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from trio_ingest.telemetry.conservation import Account

FATES = (
    "written",
    "filtered",
    "deduplicated",
    "restart_noise",
    "unwritten",
    "failed",
    "quarantined",
)


@frozen
class AccountCollector(Collector):
    """Asks for the accounts, by the names of the sinks, each time that it is scraped."""

    accounts: Callable[[], Mapping[str, Account]]

    def collect(self) -> Iterator[Metric]:
        """Yield the families of metrics."""
        received = CounterMetricFamily(
            "trio_ingest_received_points",
            "Changes and events that a lane was told of.",
            labels=["sink"],
        )
        carried_over = CounterMetricFamily(
            "trio_ingest_carried_over_points",
            "Points that lay in the spool at the start.",
            labels=["sink"],
        )
        points = CounterMetricFamily(
            "trio_ingest_points",
            "What became of them; of those that were dropped, why.",
            labels=["sink", "fate", "reason"],
        )
        in_flight = GaugeMetricFamily(
            "trio_ingest_in_flight_points", "Points in memory or in the spool.", labels=["sink"]
        )
        unaccounted = GaugeMetricFamily(
            "trio_ingest_unaccounted_points",
            "Points that are in no place; anything but 0 is a bug.",
            labels=["sink"],
        )
        for sink, account in self.accounts().items():
            received.add_metric([sink], account.received)
            carried_over.add_metric([sink], account.carried_over)
            for fate in FATES:
                points.add_metric([sink, fate, ""], getattr(account, fate))
            for reason, count in account.dropped.items():
                points.add_metric([sink, "dropped", reason], count)
            in_flight.add_metric([sink], account.in_flight)
            unaccounted.add_metric([sink], account.missing)
        yield from (received, carried_over, points, in_flight, unaccounted)
