"""httpx without what nobody here needs: its own command line, HTTP/2, asyncio.

httpx and httpcore do without what cannot be imported. Otherwise they bring rich and pygments, h2
and what is below it: a tenth of what the daemon needs to start. Whoever imports httpx first
decides, so the daemon's parts take it from here. HTTP/2 would be imported later, were it asked for.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def leaving_out(*modules: str) -> Generator[None]:
    """Have Python not find *modules* in the block, but for those whose package is here already."""
    left_out = [each for each in modules if each.partition(".")[0] not in sys.modules]
    for each in left_out:
        sys.modules[each] = None  # type: ignore[assignment]  # for Python: it cannot be imported
    try:
        yield
    finally:
        for each in left_out:
            del sys.modules[each]


with leaving_out(
    *("httpx._main", "httpcore._backends.anyio"),
    *("httpcore._async.http2", "httpcore._sync.http2"),
):
    import httpcore  # noqa: F401 - httpx imports it with the first client, and then all of it
    import httpx

__all__ = ["httpx"]
