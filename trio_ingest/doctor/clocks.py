"""Judges how far the clocks of others are from ours."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from trio_ingest.doctor.finding import About, Finding
from trio_ingest.home_assistant.inspection import Clock

TOLERANCE_SECONDS = 5.0
CHECK = "clock"


def judge_clock(about: About, clock: Clock | None, consequence: str) -> Finding:
    """Say whether the two clocks agree; when they do not, *consequence* is what that means."""
    if clock is None:
        return about.skipped(CHECK, "its clock could not be read")
    if abs(clock.ahead) - clock.doubt <= TOLERANCE_SECONDS:
        return about.ok(CHECK, f"agrees with this machine's clock, within {TOLERANCE_SECONDS:g} s")
    which = "ahead of" if clock.ahead > 0 else "behind"
    return about.warning(
        CHECK,
        f"its clock is {abs(clock.ahead):,.0f} s {which} this machine's. {consequence}",
        "Let both keep time by NTP (timedatectl shows whether this machine does).",
    )


def clock_of(headers: Mapping[str, str], now: float) -> Clock | None:
    """Read the clock of an HTTP server, which says whole seconds, off the headers of an answer."""
    try:
        theirs = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError):
        return None
    return Clock(ahead=theirs + 0.5 - now, doubt=0.5)
