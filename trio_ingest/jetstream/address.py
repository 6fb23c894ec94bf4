"""Where one NATS server is, and whether it has to be spoken to in TLS."""

import ssl
from urllib.parse import urlsplit

from attrs import frozen

from trio_ingest.config.nats_model import DEFAULT_PORT, NatsConfig


@frozen
class Address:
    """The parts of a `nats://` or `tls://` URL."""

    host: str
    port: int
    needs_tls: bool

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls' if self.needs_tls else 'nats'}://{host}:{self.port}"


def address_of(server: str) -> Address:
    """Return the parts of a URL that the configuration has accepted."""
    parts = urlsplit(server)
    assert parts.hostname is not None
    return Address(parts.hostname, parts.port or DEFAULT_PORT, parts.scheme == "tls")


def ssl_context_of(config: NatsConfig) -> ssl.SSLContext:
    """Return what servers are verified with. Raises OSError when a file is of no use."""
    context = ssl.create_default_context(cafile=config.ca_file)
    if not config.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if config.cert_file is not None:
        context.load_cert_chain(config.cert_file, config.key_file)
    return context
