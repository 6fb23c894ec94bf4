"""Where the files for systemd are: in the wheel within the package, in a checkout at its root."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]
IN_WHEEL = PACKAGE / "shipped"
IN_CHECKOUT = PACKAGE.parent / "systemd"


def shipped(name: str) -> str:
    """Return the text of a shipped file."""
    directory = IN_WHEEL if IN_WHEEL.is_dir() else IN_CHECKOUT
    return (directory / name).read_text(encoding="utf-8")
