"""What a server is verified with."""

import ssl

import pytest

from trio_ingest.http_client import what_to_trust


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_where_there_is_no_tls_nobody_is_trusted():
    """No authorities are read, and should there be TLS after all nothing passes."""
    trusted = what_to_trust("http://influx:8086", verify_tls=True, authority=None)

    assert isinstance(trusted, ssl.SSLContext)
    assert trusted.get_ca_certs() == []
    assert (trusted.verify_mode, trusted.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_where_there_may_be_tls_the_usual_authorities_are_trusted(monkeypatch):
    """At the server itself, or at a proxy on the way."""
    assert what_to_trust("https://influx:8086", verify_tls=True, authority=None) is True
    monkeypatch.setenv("HTTP_PROXY", "https://proxy:3128")
    assert what_to_trust("http://influx:8086", verify_tls=True, authority=None) is True


def test_to_verify_nothing_is_a_choice():
    """And only where it was made."""
    assert what_to_trust("https://influx:8086", verify_tls=False, authority=None) is False
