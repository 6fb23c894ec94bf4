"""The protocol of websockets, without what nobody here needs: a way to find out its version.

A release knows its own. `importlib.metadata`, which it imports all the same, brings email, zipfile
and csv: 17 ms of the start. Whoever imports websockets first decides, so the daemon takes it from
here.
"""

import importlib
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType

METADATA = "importlib.metadata"


class Absent(ModuleType):
    """Stands where a module would be. Who wants something of it hears that it cannot be had."""

    def __getattr__(self, name: str) -> object:
        raise ImportError(f"{self.__name__} is left out")


@contextmanager
def leaving_out_metadata() -> Generator[None]:
    """Have Python not import `importlib.metadata` in the block, unless it is here already."""
    if METADATA in sys.modules:
        yield
        return
    sys.modules[METADATA] = importlib.metadata = Absent(METADATA)
    try:
        yield
    finally:
        del sys.modules[METADATA], importlib.metadata


with leaving_out_metadata():
    from websockets.client import ClientProtocol
    from websockets.exceptions import ConnectionClosed, InvalidStatus
    from websockets.frames import CloseCode, Frame, Opcode
    from websockets.protocol import State
    from websockets.uri import parse_uri

__all__ = [
    "ClientProtocol",
    "CloseCode",
    "ConnectionClosed",
    "Frame",
    "InvalidStatus",
    "Opcode",
    "State",
    "parse_uri",
]
