"""Which names lead nowhere but to this machine."""

import pytest

from trio_ingest.loopback import is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.evil.example", False),
        ("db.example", False),
        ("192.168.0.2", False),
        ("", False),
    ],
)
def test_what_is_this_machine(host: str, *, expected: bool) -> None:
    """Names of others are told from our own, also where they begin alike."""
    assert expected is is_loopback(host)
