"""Writes what is planned, below a root, and says what became of each file."""

from enum import StrEnum
from pathlib import Path

from trio_ingest.installation.plan import PlannedFile

READABLE = 0o644


class Fate(StrEnum):
    """What became of a planned file."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"
    KEPT = "kept"


def write(planned: PlannedFile, root: Path) -> Fate:
    """Write a file whole or not at all; one that is replaced stays beside it. Raises OSError."""
    target = below(root, planned.path)
    fate = Fate.WRITTEN
    if target.exists():
        if planned.is_own:
            return Fate.KEPT
        if target.read_bytes() == planned.text.encode():
            return Fate.UNCHANGED
        fate = Fate.REPLACED
        target.replace(before(target))
    for directory in reversed(target.parents):
        directory.mkdir(mode=0o755, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.write_text(planned.text, encoding="utf-8")
    unfinished.chmod(READABLE)
    unfinished.replace(target)
    return fate


def below(root: Path, path: Path) -> Path:
    """Return where an absolute *path* of the machine is below *root*."""
    return root / path.relative_to("/")


def before(path: Path) -> Path:
    """Return where that what was at *path* is kept; systemd does not read it there."""
    return path.with_name(f"{path.name}.before")
