"""What the service manager is told of the daemon, and when."""

import logging
from collections.abc import Sequence

import trio
from attrs import define, field

from trio_ingest.admin.snapshot import Snapshot
from trio_ingest.looking import look
from trio_ingest.pulse import wedged
from trio_ingest.river import River
from trio_ingest.service.status_line import REFUSED, status_line
from trio_ingest.telemetry.message_ids import WEDGED
from trio_ingest.telemetry.systemd import Notifier
from trio_ingest.topology import DRAIN_SECONDS

log = logging.getLogger(__name__)

STATUS_SECONDS = 3.0
PINGS_A_PERIOD = 3
# To close what is open once the river is dry, or was cut off.
CLOSING_SECONDS = 20.0


@define(eq=False, repr=False)
class Service:
    """Follows the generations. Reports what they are like, and that they move."""

    notifier: Notifier
    _river: River | None = field(default=None, init=False)
    _last: Snapshot | None = field(default=None, init=False)
    _is_reloading: bool = field(default=False, init=False)
    _is_stopping: bool = field(default=False, init=False)
    _is_refused: bool = field(default=False, init=False)
    _wedged: Sequence[str] = field(default=(), init=False)

    def stands(self, river: River) -> None:
        """Say that a generation stands: what is new of it runs, or is tried again and again."""
        self._river = river
        self._is_reloading = False
        if not self._is_stopping:
            self.notifier.ready(self.status())

    def ended(self) -> None:
        """Take note that the last generation is over."""
        self._river = None

    def reloading(self) -> None:
        """Say that a new configuration is looked at."""
        self.notifier.reloading()

    def accepted(self) -> None:
        """Take note that the new configuration is valid, and how long it may take to change."""
        self._is_reloading, self._is_refused = True, False
        self.notifier.extend_timeout(DRAIN_SECONDS + CLOSING_SECONDS)

    def refused(self) -> None:
        """Say that it is not, and that the reload is over with that."""
        self._is_refused = True
        if self._is_reloading:
            self.notifier.status(self.status())  # another one is on its way, and not ready yet
        else:
            self.notifier.ready(self.status())

    def stopping(self) -> None:
        """Say that the end has begun, and how long it may take."""
        self._is_stopping = True
        self.notifier.stopping()
        self.notifier.extend_timeout(DRAIN_SECONDS + CLOSING_SECONDS)

    def status(self) -> str:
        """Return how things stand, in one line."""
        if self._river is None:
            return "stopping" if self._is_stopping else "opening the spools"
        now = look(self._river)
        line = status_line(now, self._last or now)
        self._last = now
        if self._is_refused:
            line = f"{REFUSED} · {line}"
        if self._wedged:
            line = f"wedged: {', '.join(self._wedged)} · {line}"
        if self._is_stopping or self._is_reloading:
            line = f"{'stopping' if self._is_stopping else 'reloading'} · {line}"
        return line

    async def report(self) -> None:
        """Keep the status fresh, until cancelled, if there is somebody to tell."""
        if self.notifier.address is None:
            return
        said = None
        while True:
            await trio.sleep(STATUS_SECONDS)
            if (status := self.status()) != said:
                self.notifier.status(status)
            said = status

    async def keep_watch(self) -> None:
        """Say that the daemon is alive, while every stage is; until cancelled.

        The loop shows by this very task that it turns. A stage that has been at one piece of work
        for the whole period ends the good news, and so systemd kills and restarts us.
        """
        period = self.notifier.watchdog_seconds
        if period is None:
            return
        while True:
            self._take_pulses(period)
            if not self._wedged:
                self.notifier.alive()
            await trio.sleep(period / PINGS_A_PERIOD)

    def _take_pulses(self, period: float) -> None:
        pulses = self._river.pulses() if self._river else {}
        found = wedged(pulses, trio.current_time(), period)
        if found and not self._wedged:
            log.critical(
                "wedged for %g s: %s. This is a bug, or a disk that does not answer; the watchdog "
                "restarts the daemon",
                period,
                ", ".join(found),
                extra=WEDGED,
            )
        self._wedged = found
