"""Amounts as people read them."""


def count(number: int, noun: str) -> str:
    """Return how many there are of *noun*."""
    plural = f"{noun}es" if noun.endswith("ch") else f"{noun}s"
    if noun.endswith("ty"):
        plural = f"{noun[:-1]}ies"
    return f"{number:,} {noun if number == 1 else plural}"


def show_size(size: int) -> str:
    """Return bytes for people."""
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if amount < 1024:  # noqa: PLR2004 - that is what these units are
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def show_duration(seconds: float) -> str:
    """Return a duration for people, in its largest unit that is whole."""
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return count(int(seconds // size), unit)
    return f"{seconds:,g} s"
