"""A flood in the log is a few lines and a number, and the number is right."""

import logging
from collections.abc import Iterator

import pytest
import trio
from trio.testing import MockClock

from trio_ingest.telemetry.about import about
from trio_ingest.telemetry.message_ids import UNREADABLE_ENTITY, of_entity
from trio_ingest.telemetry.repeats import (
    ASKED_FOR,
    KINDS_REMEMBERED,
    MOST_IN_A_WINDOW,
    WINDOW_SECONDS,
)
from trio_ingest.telemetry.sparing import LOOK_SECONDS, SparingHandler, tell_repeats


class Written(logging.Handler):
    """Keeps what it is given, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.times: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.times.append(trio.current_time())

    def messages(self) -> list[str]:
        return [record.getMessage() for record in self.records]


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
def sparing(written: Written) -> Iterator[SparingHandler]:
    handler = SparingHandler(written, trio.current_time)
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def log(sparing: SparingHandler) -> logging.Logger:
    logger = logging.getLogger("trio_ingest.tests.sparing")
    logger.setLevel(logging.DEBUG)
    return logger


def say(log: logging.Logger, times: int) -> None:
    for number in range(times):
        log.warning("the disk is %d %% full", number)


async def test_what_is_said_seldom(log: logging.Logger, written: Written) -> None:
    """What is said no more than so often in a minute is written as it comes."""
    say(log, MOST_IN_A_WINDOW)

    assert MOST_IN_A_WINDOW == len(written.records)


async def test_a_flood(
    log: logging.Logger, written: Written, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """The rest of a minute is one line, with their number and the last of them, though no more comes."""
    nursery.start_soon(tell_repeats)
    say(log, 412)
    began = trio.current_time()
    await trio.sleep(10 * WINDOW_SECONDS)

    *first, last = written.messages()
    assert MOST_IN_A_WINDOW == len(first)
    assert (
        f"{412 - MOST_IN_A_WINDOW} times more in 60 s, the last one: the disk is 411 % full" == last
    )
    assert logging.WARNING == written.records[-1].levelno
    assert written.times[-1] - began < WINDOW_SECONDS + 2 * LOOK_SECONDS


async def test_a_flood_that_goes_on(
    log: logging.Logger, written: Written, autojump_clock: MockClock
) -> None:
    """It is one line a minute, every record is counted, and after a calm minute all is as before."""
    for _ in range(300):
        say(log, 1)
        await trio.sleep(1)
    await trio.sleep(2 * WINDOW_SECONDS)
    say(log, MOST_IN_A_WINDOW)

    sums = [message for message in written.messages() if "times more" in message]
    assert 5 == len(sums)
    assert 300 - MOST_IN_A_WINDOW == sum(int(each.split()[0]) for each in sums)
    assert len(sums) + 2 * MOST_IN_A_WINDOW == len(written.records)


async def test_another_record_brings_the_sum(
    log: logging.Logger, written: Written, autojump_clock: MockClock
) -> None:
    """A sum that is due comes before the next record of any kind."""
    say(log, MOST_IN_A_WINDOW + 2)
    await trio.sleep(WINDOW_SECONDS)
    log.info("something else")

    assert written.messages()[-2].startswith("2 times more in 60 s")
    assert "something else" == written.messages()[-1]


async def test_a_single_one_more(
    log: logging.Logger, written: Written, autojump_clock: MockClock
) -> None:
    """If only one was held back it is written itself."""
    say(log, MOST_IN_A_WINDOW + 1)
    await trio.sleep(WINDOW_SECONDS)
    log.info("something else")

    assert f"the disk is {MOST_IN_A_WINDOW} % full" == written.messages()[-2]


async def test_the_end_of_the_log(
    log: logging.Logger, written: Written, sparing: SparingHandler
) -> None:
    """Closing the log writes what is held back."""
    say(log, MOST_IN_A_WINDOW + 7)
    sparing.close()

    assert written.messages()[-1].startswith("7 times more in 0 s")


async def test_entities_are_counted(
    log: logging.Logger, written: Written, sparing: SparingHandler
) -> None:
    """Records about different entities are of one kind, and the sum says how many and names some."""
    for number in range(MOST_IN_A_WINDOW + 9):
        kind = of_entity(UNREADABLE_ENTITY, f"light.l{number:02}")
        log.warning("%s is odd", f"light.l{number:02}", extra=kind)
    sparing.close()

    record = written.records[-1]
    assert record.getMessage() == (
        "9 times more in 0 s about 9 entities (light.l10, light.l11, light.l12 and others), "
        "the last one: light.l18 is odd"
    )
    assert UNREADABLE_ENTITY["message_id"] == record.__dict__["message_id"]
    assert "entity_id" not in record.__dict__


async def test_what_is_not_the_same(log: logging.Logger, written: Written) -> None:
    """Homes, sinks, levels, errors of other types and texts without a template have a count each."""
    for _ in range(MOST_IN_A_WINDOW):
        for home in ("home", "cabin"):
            with about(home=home):
                log.warning("it rains")
        log.error("it rains")
        log.error("it rains", exc_info=ValueError("a"))
        log.error("it rains", exc_info=ExceptionGroup("b", [KeyError("b")]))
        log.info("%s", "one sentence")
        log.info("%s", "another")

    assert 7 * MOST_IN_A_WINDOW == len(written.records)


async def test_tracebacks(log: logging.Logger, written: Written, sparing: SparingHandler) -> None:
    """Errors with tracebacks are summed up, too, and the sum has none."""
    for _ in range(MOST_IN_A_WINDOW + 5):
        log.error("it crashed", exc_info=ValueError("kaboom"))
    sparing.close()

    assert written.records[0].exc_info
    assert written.messages()[-1] == "5 times more in 0 s, the last one: it crashed"
    assert written.records[-1].exc_info is None


async def test_the_sum_is_about_the_same(
    log: logging.Logger, written: Written, autojump_clock: MockClock
) -> None:
    """A sum says which home it is about, whoever's record brings it."""
    with about(home="cabin"):
        say(log, MOST_IN_A_WINDOW + 2)
    await trio.sleep(WINDOW_SECONDS)
    with about(sink="influx"):
        log.info("something else")

    assert [{"HOME": "cabin"}, {"SINK": "influx"}] == [
        record.__dict__["about"] for record in written.records[-2:]
    ]


async def test_steps_are_all_written(log: logging.Logger, written: Written) -> None:
    """Who wants to see the steps sees them all."""
    for number in range(100):
        log.debug("step %d", number)

    assert 100 == len(written.records)


async def test_answers_are_all_written(log: logging.Logger, written: Written) -> None:
    """Who asks for something, and be it again and again, is answered each time."""
    for _ in range(3 * MOST_IN_A_WINDOW):
        log.info("the tasks", extra=ASKED_FOR)

    assert 3 * MOST_IN_A_WINDOW == len(written.records)


async def test_memory_is_bounded(log: logging.Logger, written: Written) -> None:
    """Beyond so many kinds of records in a minute nothing is remembered, and all is written."""
    for number in range(KINDS_REMEMBERED):
        log.info(f"kind {number} of record")  # noqa: G004 - as others do
    say(log, 3 * MOST_IN_A_WINDOW)

    assert KINDS_REMEMBERED + 3 * MOST_IN_A_WINDOW == len(written.records)
