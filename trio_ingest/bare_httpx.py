"""httpx without its own command line, which nobody here runs.

httpx does without when that cannot be imported. Otherwise it brings rich and pygments: a tenth of
what the daemon needs to start. Whoever imports httpx first decides, so the daemon's parts take it
from here.
"""

import sys

if "httpx" not in sys.modules:
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # for Python: it cannot be imported
import httpx

sys.modules.pop("httpx._main", None)

__all__ = ["httpx"]
