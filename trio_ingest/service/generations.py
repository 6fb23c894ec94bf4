"""What is said and set for each generation: a configuration from its order until the next one."""

import logging
from collections.abc import Sequence

from attrs import define, field

from trio_ingest import __version__
from trio_ingest.config.model import Config, LoggingConfig
from trio_ingest.config.promise import promise
from trio_ingest.river import River
from trio_ingest.service.service import Service
from trio_ingest.telemetry.logging import set_up_logging
from trio_ingest.telemetry.message_ids import CONFIGURATION_WARNING, STARTED

log = logging.getLogger(__name__)


@define(eq=False, repr=False)
class Generations:
    """Counts them. As text it is the number of the present one, for the journal."""

    river: River
    service: Service
    _number: int = field(default=0, init=False)
    _logging: LoggingConfig | None = field(default=None, init=False)
    _promised: Sequence[str] = field(default=(), init=False)

    def begin(self, config: Config) -> None:
        """Say what begins, and what it promises that was not promised before."""
        self._number += 1
        if config.logging != self._logging:
            self._logging = config.logging
            set_up_logging(config.logging)
        source = config.source or "the environment"
        if self._number == 1:
            log.info("trio-ingest %s starts with %s", __version__, source, extra=STARTED)
        else:
            log.info("generation %d begins, with %s", self._number, source)
        for warning in config.warnings:
            log.warning("%s", warning, extra=CONFIGURATION_WARNING)
        promised, self._promised = self._promised, promise(config)
        for sentence in self._promised:
            if sentence not in promised:
                log.info("%s", sentence)

    def stand(self) -> None:
        """Say that all of it stands, or is being tried again."""
        if self._number > 1:
            log.info("generation %d stands; what was not named goes on untouched", self._number)
        self.service.stands(self.river)

    def __str__(self) -> str:
        """Return the number of the present one."""
        return str(self._number)
