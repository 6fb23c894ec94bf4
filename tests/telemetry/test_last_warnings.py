"""The last warnings are kept for the status page."""

import logging

from trio_ingest.config.model import LoggingConfig
from trio_ingest.telemetry.about import about
from trio_ingest.telemetry.last_warnings import KEPT, LAST_WARNINGS, LONGEST_MESSAGE, LastWarnings
from trio_ingest.telemetry.logging import set_up_logging


def logger_with(handler: logging.Handler) -> logging.Logger:
    logger = logging.Logger("test")  # noqa: LOG001 - one that nobody else has
    logger.addHandler(handler)
    return logger


def test_warnings_with_what_they_are_about() -> None:
    """From warning on, the newest first, each with its time and what its task is about."""
    kept = LastWarnings()
    logger = logger_with(kept)
    with about(home="cabin"):
        logger.warning("the %s", "first")
    with about(sink="influx"):
        logger.error("the second")
    logger.info("not kept")

    second, first = kept.newest_first()

    assert ("error", "the second", None, "influx") == (
        second.level,
        second.message,
        second.home,
        second.sink,
    )
    assert ("warning", "the first", "cabin") == (first.level, first.message, first.home)
    assert second.time >= first.time > 0


def test_they_are_bounded() -> None:
    """So many are kept, none longer than so much."""
    kept = LastWarnings()
    logger = logger_with(kept)
    for number in range(KEPT + 5):
        logger.warning("%d %s", number, "a" * 10_000)

    newest = kept.newest_first()

    assert KEPT == len(newest)
    assert newest[0].message.startswith(f"{KEPT + 4} ")
    assert LONGEST_MESSAGE + 1 == len(newest[0].message)


def test_logging_is_set_up_with_them(capsys) -> None:
    """What is logged as a warning is kept, and still written; also after logging is set up anew."""
    before = logging.getLogger().handlers[:]
    try:
        for number in range(2):
            set_up_logging(LoggingConfig())
            logging.getLogger("trio_ingest").warning("number %d", number)
        assert ["number 1", "number 0"] == [
            each.message for each in LAST_WARNINGS.newest_first()[:2]
        ]
    finally:
        logging.basicConfig(handlers=before, force=True)
