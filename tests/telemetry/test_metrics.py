"""What a Prometheus would scrape of the accounts."""

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.telemetry.test_conservation import WHOLE
from trio_ingest.telemetry.conservation import Account
from trio_ingest.telemetry.metrics import AccountCollector


def scraped(**accounts: Account) -> dict[str, dict[str, float]]:
    """Return the sums of all samples by name and sink."""
    registry = CollectorRegistry()
    registry.register(AccountCollector(lambda: accounts))
    text = generate_latest(registry).decode()
    sums: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            of_sink = sums.setdefault(sample.name, {})
            sink = sample.labels["sink"]
            of_sink[sink] = of_sink.get(sink, 0) + sample.value
    return sums


def test_the_law_holds_in_the_metrics() -> None:
    """What came in is what it became, sink by sink."""
    sums = scraped(one=WHOLE, two=Account(received=2, written=1))

    for sink, missing in (("one", 0), ("two", 1)):
        came = (
            sums["trio_ingest_received_points_total"][sink]
            + sums["trio_ingest_carried_over_points_total"][sink]
        )
        became = sums["trio_ingest_points_total"][sink] + sums["trio_ingest_in_flight_points"][sink]
        assert missing == came - became == sums["trio_ingest_unaccounted_points"][sink]


def test_drops_have_reasons() -> None:
    """What had to give way is told apart by the reason."""
    registry = CollectorRegistry()
    registry.register(AccountCollector(lambda: {"one": WHOLE}))

    labels = {"sink": "one", "fate": "dropped", "reason": "purged"}
    assert 7.0 == registry.get_sample_value("trio_ingest_points_total", labels)
