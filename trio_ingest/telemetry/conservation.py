"""The account of a lane: everything that it was told of is somewhere, or was counted as it went."""

from collections.abc import Mapping

from attrs import asdict, field, frozen


@frozen(kw_only=True)
class Account:
    """Changes and events that came in, against where they are now.

    received + carried_over = written + filtered + deduplicated + restart_noise + unwritten + failed
    + dropped + quarantined + in_flight. All count since the start; `carried_over` is what lay in
    the spool then, or was put back into it from the quarantine.
    """

    received: int = 0
    carried_over: int = 0
    written: int = 0
    filtered: int = 0
    deduplicated: int = 0
    """Known already: it came a second time, by another way."""
    restart_noise: int = 0
    """States that a starting Home Assistant only gave back to its entities."""
    unwritten: int = 0
    """What the schema has no point for."""
    failed: int = 0
    """What could not be encoded: a bug, and logged."""
    dropped: Mapping[str, int] = field(factory=dict)
    """What had to give way, by reason."""
    quarantined: int = 0
    in_flight: int = 0
    """In memory, or in the spool."""

    @property
    def missing(self) -> int:
        """Return how many are in none of the places; 0, or there is a bug."""
        came = self.received + self.carried_over
        known = (
            self.written
            + self.filtered
            + self.deduplicated
            + self.restart_noise
            + self.unwritten
            + self.failed
            + sum(self.dropped.values())
            + self.quarantined
            + self.in_flight
        )
        return came - known

    @property
    def is_balanced(self) -> bool:
        """Say whether nothing is missing, and nothing came from nowhere."""
        return self.missing == 0

    def __str__(self) -> str:
        """Return the account on one line, as it is logged."""
        numbers = asdict(self)
        dropped = numbers.pop("dropped")
        numbers |= {f"dropped_{reason}": count for reason, count in dropped.items()}
        return " ".join(f"{name}={count}" for name, count in numbers.items())
