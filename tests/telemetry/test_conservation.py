"""Nothing is lost without being counted: the sum, and that it would show."""

from trio_ingest.telemetry.conservation import Account

WHOLE = Account(
    received=100,
    carried_over=10,
    written=60,
    filtered=1,
    deduplicated=2,
    restart_noise=3,
    unwritten=4,
    failed=5,
    dropped={"spool_full_oldest": 6, "purged": 7},
    quarantined=8,
    in_flight=14,
)


def test_a_balanced_account() -> None:
    """What came in is the sum of where it is."""
    assert WHOLE.is_balanced
    assert Account().is_balanced


def test_what_is_missing() -> None:
    """A point that is nowhere is missing, one that came from nowhere is one too many."""
    assert 3 == Account(received=10, written=7).missing
    assert -1 == Account(received=10, written=11).missing


def test_the_line_in_the_log() -> None:
    """All numbers by their names, those that were dropped by their reasons."""
    assert (
        "received=100 carried_over=10 written=60 filtered=1 deduplicated=2 restart_noise=3 "
        "unwritten=4 failed=5 quarantined=8 in_flight=14 dropped_spool_full_oldest=6 "
        "dropped_purged=7"
    ) == str(WHOLE)
