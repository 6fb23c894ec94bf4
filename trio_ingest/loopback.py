"""Tells this very machine from others, by what they are called."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Say whether *host* is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
