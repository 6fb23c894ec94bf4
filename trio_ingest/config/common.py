"""What several tables of the configuration have: units, kinds of values, and secrets."""

from pathlib import Path
from typing import Annotated

from attrs import field, frozen

from trio_ingest.config.kinds.amounts import Duration
from trio_ingest.config.kinds.many import Names
from trio_ingest.config.kinds.plain import FilePath, Name

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
TIB = 1024 * GIB

MILLISECOND = 0.001
MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR

Timeout = Annotated[float, Duration(least=MILLISECOND, most=HOUR)]
CaFile = Annotated[Path | None, FilePath(must_exist=True)]
Globs = Annotated[tuple[str, ...], Names("^.+$", "*_power")]

ANY_TEXT = r"^[\s\S]*$"
AttributeNames = Annotated[tuple[str, ...], Names(ANY_TEXT, "icon")]

DOMAIN = "^[a-z0-9_]+$"
ENTITY_ID = r"^[a-z0-9_]+\.[a-z0-9_]+$"
Domain = Annotated[str, Name(DOMAIN, "light")]
EntityId = Annotated[str, Name(ENTITY_ID, "light.kitchen")]
Glob = Annotated[str, Name("^.+$", "sensor.*_power")]


@frozen(kw_only=True)
class Secret:
    """A token or password, or the file that holds it. It never shows in a repr or a log.

    `read` looks into the file anew each time, so that a rotated token works without a restart.
    """

    value: str | None = field(default=None, repr=False)
    file: Path | None = None

    def read(self) -> str:
        """Return the secret. Raises OSError when its file cannot be read."""
        if self.file is not None:
            return self.file.read_text(encoding="utf-8").strip()
        return self.value or ""
