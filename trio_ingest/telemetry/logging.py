"""Log records to standard error, in the form that whoever reads it understands."""

import json
import logging
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from trio_ingest.config.model import LogFormat, LoggingConfig
from trio_ingest.telemetry.journal import PRIORITIES, JournalHandler
from trio_ingest.telemetry.last_warnings import LAST_WARNINGS
from trio_ingest.telemetry.sparing import SparingHandler


class TextFormatter(logging.Formatter):
    """For people at a terminal, or for whatever file they redirect it to."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")


class JournalFormatter(logging.Formatter):
    """For a journal behind a pipe: `<N>` in front of every line; the time is its business."""

    def __init__(self) -> None:
        super().__init__("%(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record with its priority on each of its lines."""
        prefix = f"<{PRIORITIES.get(record.levelno, 6)}>"
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
    """Send all records of *config*'s level and above to *stream*; may be called again.

    The last warnings are kept besides, for the status page.
    """
    handlers = [SparingHandler(make_handler(config.format, stream)), LAST_WARNINGS]
    logging.basicConfig(level=config.level.upper(), handlers=handlers, force=True)
    for chatty in ("httpx", "httpcore", "trio-websocket"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def make_handler(chosen: LogFormat, stream: TextIO) -> logging.Handler:
    """Return what writes records in the *chosen* form; to the journal itself if *stream* is it."""
    reads_journal = is_journal(stream)
    if chosen is LogFormat.AUTO:
        chosen = LogFormat.JOURNALD if reads_journal else LogFormat.TEXT
    if chosen is LogFormat.JOURNALD and reads_journal:
        with suppress(OSError):  # nobody listens: then as text
            return JournalHandler()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_FORMATTERS[chosen]())
    return handler


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
