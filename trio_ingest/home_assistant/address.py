"""From the URL that people know to the host, port, path and TLS context of the WebSocket API."""

import ssl
from urllib.parse import urlsplit

from attrs import frozen

from trio_ingest.config.model import HomeAssistantConfig

_DEFAULT_PORTS = {False: 80, True: 443}


@frozen(kw_only=True)
class Address:
    """Where the WebSocket API of a Home Assistant is."""

    host: str
    port: int
    tls: bool
    path: str

    @property
    def authority(self) -> str:
        """The `Host` header: with brackets around IPv6, without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.tls] else f"{host}:{self.port}"

    def __str__(self) -> str:
        """Return the address as a URL, as it is logged."""
        return f"{'wss' if self.tls else 'ws'}://{self.authority}{self.path}"


def address_of(url: str) -> Address:
    """Return the address that *url* means.

    `http` and `ws` are the same thing, and so are `https` and `wss`. `/api/websocket` is added to
    the path, unless the path already names the socket, as the Supervisor's proxy does
    (`ws://supervisor/core/websocket`). Raises ValueError for a bad port or a missing host.
    """
    parts = urlsplit(url)
    tls = parts.scheme in {"https", "wss"}
    if not parts.hostname:
        raise ValueError(f"there is no host in {url!r}")
    prefix = parts.path.rstrip("/")
    return Address(
        host=parts.hostname,
        port=parts.port or _DEFAULT_PORTS[tls],
        tls=tls,
        path=prefix if prefix.endswith("/websocket") else f"{prefix}/api/websocket",
    )


def ssl_context_for(config: HomeAssistantConfig) -> ssl.SSLContext | None:
    """Return a context that trusts the system's CAs, or `ca_file` alone, or anyone; None for http.

    Raises OSError (also ssl.SSLError) when `ca_file` cannot be read.
    """
    if not address_of(config.url).tls:
        return None
    context = ssl.create_default_context(cafile=config.ca_file)
    if not config.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
