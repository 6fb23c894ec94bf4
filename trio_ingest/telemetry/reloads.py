"""What became of the reloads of the configuration."""

import time

from attrs import define


@define
class Reloads:
    """Counts reloads over all generations. It keeps no reasons: those are in the log."""

    succeeded: int = 0
    refused: int = 0
    is_last_ok: bool = True
    last_success: float = 0.0
    """When a configuration was last taken over, in seconds since the epoch; 0: only at the start"""

    def succeed(self) -> None:
        """Count a configuration that was valid."""
        self.succeeded += 1
        self.is_last_ok, self.last_success = True, time.time()

    def refuse(self) -> None:
        """Count one that was not."""
        self.refused += 1
        self.is_last_ok = False
