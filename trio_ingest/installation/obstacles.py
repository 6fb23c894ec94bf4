"""Why a service could not run a program from where it is."""

import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

# What the unit hides from the service, and by which of its lines.
HIDDEN = {
    Path("/home"): "ProtectHome=",
    Path("/root"): "ProtectHome=",
    Path("/run/user"): "ProtectHome=",
    Path("/tmp"): "PrivateTmp=",  # noqa: S108 - a name, nothing is written there
    Path("/var/tmp"): "PrivateTmp=",  # noqa: S108
}
UNSPEAKABLE = frozenset("\"'\\") | frozenset(" \t\n")


def obstacles(program: Path, places: Iterable[Path]) -> Sequence[str]:
    """Return what keeps a user without rights from *program* and the *places* that it needs."""
    found = []
    if UNSPEAKABLE & set(str(program)):
        found.append(f"{program}: a unit cannot name a path with spaces, quotes or backslashes")
    for place in dict.fromkeys((program, *places)):
        found += [problem for each in (place, place.resolve()) if (problem := _obstacle(each))]
    return list(dict.fromkeys(found))


def _obstacle(place: Path) -> str | None:
    for directory, setting in HIDDEN.items():
        if place.is_relative_to(directory):
            return f"{place}: {setting} hides {directory} from the service"
    closed = [each for each in reversed(place.parents) if not each.stat().st_mode & stat.S_IXOTH]
    return f"{place}: other users may not enter {closed[0]}" if closed else None
