"""A snapshot as Prometheus metrics; the law of conservation can be watched from outside.

trio_ingest_received_points_total + trio_ingest_carried_over_points_total
= sum by (sink) (trio_ingest_points_total) + trio_ingest_in_flight_points
"""

from collections.abc import Callable, Iterator

from attrs import frozen
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from trio_ingest.admin.families import families
from trio_ingest.admin.families.family import Family
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot


@frozen(eq=False)
class SnapshotCollector(Collector):
    """Looks each time that it is scraped."""

    look: Callable[[], Snapshot]
    recent: Recent

    def collect(self) -> Iterator[Metric]:
        """Yield the families of metrics."""
        snapshot = self.look()
        for family in families():
            metric = _metric(family)
            for labels, value in family.samples(snapshot, self.recent):
                metric.add_metric(list(labels), float(value))
            yield metric


def make_registry(look: Callable[[], Snapshot], recent: Recent) -> CollectorRegistry:
    """Return a registry of ours and of what the operating system knows of the process."""
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(look, recent))
    ProcessCollector(registry=registry)
    return registry


def exposed(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """Return the metrics in the format that *accept* prefers, and the name of that format."""
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _metric(family: Family) -> CounterMetricFamily | GaugeMetricFamily:
    kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    return kind(f"trio_ingest_{family.name}", family.help, labels=list(family.labels))
