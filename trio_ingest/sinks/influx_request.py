"""Builds the requests that the three write APIs of InfluxDB expect."""

import base64
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit, urlunsplit

from trio_ingest import __version__
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi, Precision
from trio_ingest.model.batch import Encoding

ENCODINGS: Mapping[Precision, Encoding] = {
    Precision.NS: Encoding.LINE_PROTOCOL_NS,
    Precision.US: Encoding.LINE_PROTOCOL_US,
    Precision.MS: Encoding.LINE_PROTOCOL_MS,
    Precision.S: Encoding.LINE_PROTOCOL_S,
}

# The name must be exact: 1.6.7 takes one that it does not know, "us" for example, as nanoseconds.
PRECISION_NAMES: Mapping[InfluxApi, Mapping[Encoding, str]] = {
    InfluxApi.V1: {
        Encoding.LINE_PROTOCOL_NS: "ns",
        Encoding.LINE_PROTOCOL_US: "u",
        Encoding.LINE_PROTOCOL_MS: "ms",
        Encoding.LINE_PROTOCOL_S: "s",
    },
    InfluxApi.V2: {
        Encoding.LINE_PROTOCOL_NS: "ns",
        Encoding.LINE_PROTOCOL_US: "us",
        Encoding.LINE_PROTOCOL_MS: "ms",
        Encoding.LINE_PROTOCOL_S: "s",
    },
    InfluxApi.V3: {
        Encoding.LINE_PROTOCOL_NS: "nanosecond",
        Encoding.LINE_PROTOCOL_US: "microsecond",
        Encoding.LINE_PROTOCOL_MS: "millisecond",
        Encoding.LINE_PROTOCOL_S: "second",
    },
}

WRITE_PATHS: Mapping[InfluxApi, str] = {
    InfluxApi.V1: "/write",
    InfluxApi.V2: "/api/v2/write",
    InfluxApi.V3: "/api/v3/write_lp",
}

# What servers of version 1 and 3 also take credentials from.
_SECRET_PARAMS = ("p", "password", "token")


def write_url(config: InfluxSinkConfig, encoding: Encoding) -> str:
    """Return where lines of *encoding* are posted to; a path prefix of the base URL is kept."""
    targets: Mapping[InfluxApi, Mapping[str, str | None]] = {
        InfluxApi.V1: {"db": config.database, "rp": config.retention_policy},
        InfluxApi.V2: {"org": config.org, "bucket": config.bucket},
        InfluxApi.V3: {"db": config.database},
    }
    target = {key: value for key, value in targets[config.api].items() if value}
    precision = {"precision": PRECISION_NAMES[config.api][encoding]}
    base = urlsplit(config.url)
    path = base.path.rstrip("/") + WRITE_PATHS[config.api]
    query = urlencode(target | precision | dict(config.params))
    return urlunsplit((base.scheme, base.netloc, path, query, ""))


def address(config: InfluxSinkConfig) -> str:
    """Return the server's address for people: without path and query, and without credentials."""
    base = urlsplit(config.url)
    return f"{base.scheme}://{base.netloc.rpartition('@')[2]}"


def headers(*, authorization: str | None, gzip: bool) -> dict[str, str]:
    """Return the headers of one request."""
    chosen = {
        "User-Agent": f"trio-ingest/{__version__}",
        "Content-Type": "text/plain; charset=utf-8",
    }
    if authorization is not None:
        chosen["Authorization"] = authorization
    if gzip:
        chosen["Content-Encoding"] = "gzip"
    return chosen


def read_authorization(config: InfluxSinkConfig) -> str | None:
    """Return the Authorization header, with the secret as it is in its file now.

    Raises OSError when the file cannot be read, and ValueError when what is in it cannot be a
    credential. Neither says what is in it.
    """
    if config.auth is InfluxAuth.NONE or config.secret is None:
        return None
    source = config.secret.file or "the configuration"
    try:
        secret = config.secret.read()
    except UnicodeDecodeError:
        raise ValueError(f"the credential in {source} is not text") from None
    if not secret:
        raise ValueError(f"the credential in {source} is empty")
    if config.auth is InfluxAuth.BASIC:
        pair = f"{config.username or ''}:{secret}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"
    if not (secret.isascii() and secret.isprintable()):
        raise ValueError(f"the token in {source} is not one line of printable ASCII characters")
    scheme = "Token" if config.auth is InfluxAuth.TOKEN else "Bearer"
    return f"{scheme} {secret}"


def secrets_of(config: InfluxSinkConfig, authorization: str | None) -> Sequence[str]:
    """Return everything that must not be repeated, as it stands in a request."""
    secrets = [config.params.get(name) for name in _SECRET_PARAMS]
    if authorization is not None:
        secrets.append(authorization.partition(" ")[2])
    if config.secret is not None:
        secrets.append(config.secret.value)
    return [secret for secret in secrets if secret]
