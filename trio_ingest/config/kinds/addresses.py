# ruff: noqa: D102 - what read, write and schema do is said once, in Kind
"""Kinds that are an address: of a server, or one to listen at."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from attrs import frozen

from trio_ingest.config.kinds.kind import JsonSchema, Kind, text_schema
from trio_ingest.config.problems import Misfit, shown

PORT = r"(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
LISTEN_PATTERN = rf"^(|unix:/.+|(\[[0-9a-fA-F:.]+\]|[^:/\[\]\s]+):{PORT})$"


@frozen(eq=False, repr=False)
class Url(Kind):
    """The address of a server. It may hold a path, but nothing secret, so it can be logged.

    What is wrong with one is said without repeating it: a password may stand in it.
    """

    schemes: Sequence[str]

    def read(self, raw: object) -> str:
        if not isinstance(raw, str):
            raise Misfit("is not a string", f"Write {self}.")
        if re.search(r"[\s\x00-\x1f]", raw):
            raise Misfit("has a blank or a control character in it", f"Write {self}.")
        try:
            parts = urlsplit(raw)
            host, _port = parts.hostname, parts.port
        except ValueError:
            raise Misfit("has a host or a port that cannot be", f"Write {self}.") from None
        if parts.scheme not in self.schemes or "://" not in raw:
            raise Misfit("is no URL that can be used here", f"Write {self}.")
        if "@" in parts.netloc:
            raise Misfit(
                "holds credentials", "Give them in keys of their own, because URLs are logged."
            )
        if not host:
            raise Misfit("names no host", f"Write {self}.")
        if parts.query or parts.fragment:
            raise Misfit('has a "?" or a "#" in it', "End it with the path.")
        return raw

    def schema(self) -> JsonSchema:
        return text_schema(rf"^({'|'.join(self.schemes)})://[^/?#@\s]+(/[^?#\s]*)?$")

    def __str__(self) -> str:
        *others, last = (f"{scheme}://" for scheme in self.schemes)
        return f"a URL that begins with {', '.join(others)} or {last}"


@frozen(eq=False, repr=False)
class Urls(Kind):
    """The addresses of servers that stand for each other: at least one."""

    schemes: Sequence[str]

    def read(self, raw: object) -> tuple[str, ...]:
        if not isinstance(raw, list) or not raw:
            raise Misfit("is no list of servers", f"Write a {self}.")
        return tuple(Url(self.schemes).read(server) for server in raw)

    def write(self, value: Sequence[str]) -> list[str]:
        return list(value)

    def schema(self) -> JsonSchema:
        return {"type": "array", "items": Url(self.schemes).schema(), "minItems": 1}

    def __str__(self) -> str:
        return f'list such as ["{self.schemes[0]}://10.0.0.5"]'


@frozen(eq=False, repr=False)
class ListenAddress(Kind):
    """Where to listen, or "" for nowhere."""

    def read(self, raw: object) -> str:
        if isinstance(raw, str) and re.fullmatch(LISTEN_PATTERN, raw):
            return raw
        raise Misfit(f"{shown(raw)} is not an address to listen at", f"Write {self}.")

    def schema(self) -> JsonSchema:
        return text_schema(LISTEN_PATTERN)

    def __str__(self) -> str:
        return '"HOST:PORT", "unix:/PATH", or "" for none'
