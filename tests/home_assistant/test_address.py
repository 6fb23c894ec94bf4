"""From what people write into `url` to what is dialled."""

import pytest

from trio_ingest.home_assistant.address import Address, address_of


@pytest.mark.parametrize(
    ("url", "expected", "authority"),
    [
        ("http://ha.local:8123", ("ha.local", 8123, False, "/api/websocket"), "ha.local:8123"),
        ("http://ha.local", ("ha.local", 80, False, "/api/websocket"), "ha.local"),
        ("https://ha.example", ("ha.example", 443, True, "/api/websocket"), "ha.example"),
        ("wss://ha.example:8443/", ("ha.example", 8443, True, "/api/websocket"), "ha.example:8443"),
        ("http://proxy/home/", ("proxy", 80, False, "/home/api/websocket"), "proxy"),
        ("http://[::1]:8123", ("::1", 8123, False, "/api/websocket"), "[::1]:8123"),
        ("ws://ha:8123/api/websocket", ("ha", 8123, False, "/api/websocket"), "ha:8123"),
        (
            "ws://supervisor/core/websocket",
            ("supervisor", 80, False, "/core/websocket"),
            "supervisor",
        ),
    ],
)
def test_address_of(url: str, expected: tuple[str, int, bool, str], authority: str) -> None:
    """Schemes, ports, prefixes, IPv6 and the Supervisor's proxy all lead to the right socket."""
    host, port, tls, path = expected

    address = address_of(url)

    assert address == Address(host=host, port=port, tls=tls, path=path)
    assert address.authority == authority


def test_no_host() -> None:
    """A URL without a host is an error that shows the URL."""
    with pytest.raises(ValueError, match="no host in 'http:///x'"):
        address_of("http:///x")
