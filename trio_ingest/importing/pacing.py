"""How much of Home Assistant's time an import may take: pure.

Its database answers one question after the other, and live views of other people ask, too.
"""

SHARE = 0.25
"""Of the time, so much is spent on our questions at most."""
LEAST_PAUSE_SECONDS = 0.01
AIM_SECONDS = 0.5
"""An answer should not take longer; the next questions are about less then."""


def pause_after(took_seconds: float) -> float:
    """Return how long to leave Home Assistant alone after an answer that took so long."""
    return max(LEAST_PAUSE_SECONDS, took_seconds * (1 - SHARE) / SHARE)


def weight_of(size_bytes: int, took_seconds: float, aim_bytes: int) -> int:
    """Return how large an answer counts as: a slow one as large as it is slow."""
    return max(size_bytes, int(aim_bytes * took_seconds / AIM_SECONDS))
