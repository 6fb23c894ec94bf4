"""Tells what a database really is, by what it says of itself.

Seen: InfluxDB 1.6.7 puts its version into a header of every answer; VictoriaMetrics 1.79.5 its
host name, and claims to be InfluxDB 1.8.0 in some. Documented: InfluxDB 2 has `/health` with its
name and version, InfluxDB 3 `/ping` with its version as JSON.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import field, frozen

from trio_ingest.config.line_protocol_model import InfluxApi

VICTORIA_METRICS = "VictoriaMetrics"
# A newer server also speaks what older ones did; the first is its own.
APIS: Mapping[str, tuple[InfluxApi, ...]] = {
    "1": (InfluxApi.V1,),
    "2": (InfluxApi.V2, InfluxApi.V1),
    "3": (InfluxApi.V3, InfluxApi.V2, InfluxApi.V1),
}


@frozen(kw_only=True)
class Reply:
    """An HTTP answer; headers have lower-case names."""

    status: int
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = field(default=b"", repr=False)

    def content(self) -> Mapping[str, Any]:
        """Return the JSON object in it; empty when there is none."""
        try:
            content = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return {}
        return content if isinstance(content, dict) else {}


@frozen(kw_only=True)
class Product:
    """What a server is, and which write APIs it speaks, its own first."""

    name: str
    apis: tuple[InfluxApi, ...]
    creates_databases: bool = False
    """Whether it makes them when they are written to."""


def recognise(ping: Reply, health: Reply) -> Product | None:
    """Return what the server is by its answers to `/ping` and `/health`; None: nobody known."""
    if "x-server-hostname" in ping.headers or "x-server-hostname" in health.headers:
        return Product(name=VICTORIA_METRICS, apis=(InfluxApi.V1, InfluxApi.V2))
    version = version_in(ping, health)
    if version is None:
        return None
    version = version.removeprefix("v")
    apis = APIS.get(version.partition(".")[0])
    if apis is None:
        return None
    return Product(name=f"InfluxDB {version}", apis=apis, creates_databases=apis[0] is InfluxApi.V3)


def version_in(ping: Reply, health: Reply) -> str | None:
    """Return the version of an InfluxDB."""
    in_header = ping.headers.get("x-influxdb-version") or health.headers.get("x-influxdb-version")
    if in_header:
        return in_header
    said = health.content()
    if said.get("name") == "influxdb" and isinstance(said.get("version"), str):
        return str(said["version"])
    said = ping.content()
    if isinstance(said.get("version"), str) and "revision" in said:
        return str(said["version"])
    return None
