"""Checks that Python and the packages are as new as they have to be."""

import platform
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version

from trio_ingest import __version__
from trio_ingest.config.surroundings import NAME
from trio_ingest.doctor.finding import About, Finding

ABOUT = About("software")
OLDEST_PYTHON = (3, 11)
_FLOOR = re.compile(r"([A-Za-z0-9._-]+)\s*>=\s*([0-9.]+)")


def check_versions() -> Sequence[Finding]:
    """Ask what is installed, and judge."""
    try:
        floors = read_floors(requires(NAME) or [])
    except PackageNotFoundError:
        floors = {}
    installed = {name: installed_version(name) for name in floors}
    return [*judge_python(sys.version_info[:3]), *judge_packages(installed, floors)]


def installed_version(name: str) -> str | None:
    """Return the version of a package; None: it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def read_floors(requirements: Sequence[str]) -> dict[str, str]:
    """Return the least version of each package that is always needed."""
    found = [_FLOOR.match(each) for each in requirements if ";" not in each]
    return {match[1]: match[2] for match in found if match}


def judge_python(found: tuple[int, ...]) -> Iterator[Finding]:
    """Say whether it is new enough."""
    said = ".".join(str(part) for part in found)
    oldest = ".".join(str(part) for part in OLDEST_PYTHON)
    if found < OLDEST_PYTHON:
        yield ABOUT.failed("python", f"Python {said} is older than {oldest}", "Use a newer one.")
    else:
        what = f"trio-ingest {__version__}, {platform.python_implementation()} {said}"
        yield ABOUT.ok("python", what)


def judge_packages(installed: dict[str, str | None], floors: dict[str, str]) -> Iterator[Finding]:
    """Say which packages are missing or too old."""
    if not floors:
        yield ABOUT.skipped("packages", "trio-ingest is not installed as a package")
        return
    lacking = [
        f"{name} {found or 'is missing'} (at least {floors[name]})"
        for name, found in installed.items()
        if found is None or numbers(found) < numbers(floors[name])
    ]
    if lacking:
        advice = "Install trio-ingest again, into an environment of its own."
        yield ABOUT.failed("packages", f"too old: {', '.join(lacking)}", advice)
    else:
        yield ABOUT.ok("packages", f"all {len(floors)} are new enough")


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with, as far as they can be compared."""
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    return tuple(int(part) for part in match[0].split(".")) if match else ()
