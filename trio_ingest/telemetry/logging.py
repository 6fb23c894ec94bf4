"""Log records to standard error, in the form that whoever reads it understands."""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import TextIO

from trio_ingest.config.model import LogFormat, LoggingConfig

# https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html
_SYSLOG_PRIORITY = {
    logging.CRITICAL: 2,
    logging.ERROR: 3,
    logging.WARNING: 4,
    logging.INFO: 6,
    logging.DEBUG: 7,
}


class TextFormatter(logging.Formatter):
    """For people at a terminal, or for whatever file they redirect it to."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")


class JournalFormatter(logging.Formatter):
    """For the journal: `<N>` in front of every line; the time is the journal's business."""

    def __init__(self) -> None:
        super().__init__("%(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record with its priority on each of its lines."""
        prefix = f"<{_SYSLOG_PRIORITY.get(record.levelno, 6)}>"
        return "\n".join(prefix + line for line in super().format(record).splitlines())


class JsonFormatter(logging.Formatter):
    """For machines: one object a line, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a JSON object."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


_FORMATTERS = {
    LogFormat.TEXT: TextFormatter,
    LogFormat.JOURNALD: JournalFormatter,
    LogFormat.JSON: JsonFormatter,
}


def set_up_logging(config: LoggingConfig, stream: TextIO = sys.stderr) -> None:
    """Send all records of *config*'s level and above to *stream*; may be called again."""
    chosen = config.format
    if chosen is LogFormat.AUTO:
        chosen = LogFormat.JOURNALD if is_journal(stream) else LogFormat.TEXT
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_FORMATTERS[chosen]())
    logging.basicConfig(level=config.level.upper(), handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "trio-websocket"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def is_journal(stream: TextIO) -> bool:
    """Say whether *stream* is the very one that systemd connected to its journal.

    `$JOURNAL_STREAM` names it by device and inode; it is also set in children whose standard
    error has been redirected since, so the variable alone proves nothing.
    """
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
