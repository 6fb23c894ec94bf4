"""The journal's own protocol, read from a real datagram socket as journald would."""

import array
import io
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import trio

from trio_ingest.telemetry.about import about
from trio_ingest.telemetry.journal import JournalHandler
from trio_ingest.telemetry.message_ids import UNREADABLE_ENTITY, of_entity

LARGE = 400_000  # more than a datagram holds


@pytest.fixture
def journald(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.setblocking(False)
        yield listener


@pytest.fixture
def handler(journald: socket.socket) -> Iterator[JournalHandler]:
    handler = JournalHandler(Path(journald.getsockname()))
    yield handler
    handler.close()


@pytest.fixture
def log(handler: JournalHandler) -> Iterator[logging.Logger]:
    logger = logging.getLogger("trio_ingest.tests.journal")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)


def receive(journald: socket.socket) -> Mapping[str, str]:
    """Return the fields of one record, from the datagram or the file that came with it."""
    descriptors = array.array("i")
    data, ancillary, _, _ = journald.recvmsg(1 << 20, socket.CMSG_SPACE(4))
    for _, _, payload in ancillary:
        descriptors.frombytes(payload)
        with os.fdopen(descriptors[0], "rb") as memory:
            memory.seek(0)
            data = memory.read()
    return decode(data)


def decode(data: bytes) -> Mapping[str, str]:
    fields, stream = {}, io.BytesIO(data)
    while line := stream.readline():
        name, is_short, value = line.rstrip(b"\n").partition(b"=")
        if not is_short:
            value = stream.read(int.from_bytes(stream.read(8), "little"))
            assert stream.read(1) == b"\n"
        fields[name.decode()] = value.decode()
    return fields


def test_fields(journald: socket.socket, log: logging.Logger) -> None:
    """A record has its priority, its logger, and the place in the code."""
    log.warning("the disk is %s", "full")

    fields = receive(journald)
    assert fields["MESSAGE"] == "the disk is full"
    assert fields["PRIORITY"] == "4"
    assert fields["LOGGER"] == log.name
    assert fields["CODE_FILE"] == __file__
    assert fields["CODE_FUNC"] == "test_fields"


def test_what_kind_of_record(journald: socket.socket, log: logging.Logger) -> None:
    """The journal is told the kind, and the entity where there is one; a plain record has neither."""
    log.warning("it is odd", extra=of_entity(UNREADABLE_ENTITY, "light.kitchen"))
    log.warning("it is plain")

    odd, plain = receive(journald), receive(journald)
    assert UNREADABLE_ENTITY["message_id"] == odd["MESSAGE_ID"]
    assert odd["ENTITY_ID"] == "light.kitchen"
    assert not {"MESSAGE_ID", "ENTITY_ID"} & set(plain)


def test_a_traceback_is_in_the_record(journald: socket.socket, log: logging.Logger) -> None:
    """What has several lines is one record."""
    try:
        raise ValueError("kaboom")  # noqa: TRY301
    except ValueError:
        log.exception("it went wrong")

    message = receive(journald)["MESSAGE"].splitlines()
    assert message[0] == "it went wrong"
    assert message[-1] == "ValueError: kaboom"
    with pytest.raises(BlockingIOError):
        receive(journald)


def test_a_large_record_comes_in_one_piece(journald: socket.socket, log: logging.Logger) -> None:
    """What no datagram holds goes as a file in memory."""
    log.info("%s", "x" * LARGE)

    assert len(receive(journald)["MESSAGE"]) == LARGE


def test_a_journal_that_does_not_read(
    journald: socket.socket, log: logging.Logger, handler: JournalHandler
) -> None:
    """Nobody waits for it; what it had no room for is counted, and said when it reads again."""
    for number in range(5000):
        log.info("%d", number)
    dropped = handler.dropped
    while True:
        try:
            receive(journald)
        except BlockingIOError:
            break
    log.info("after")

    assert dropped > 0
    assert receive(journald)["MESSAGE"].startswith(f"{dropped} log records were lost")
    assert receive(journald)["MESSAGE"] == "after"


async def test_what_a_task_is_about(journald: socket.socket, log: logging.Logger) -> None:
    """A task, its children and its threads say which home or sink they are about; others do not."""

    async def stage() -> None:
        await trio.to_thread.run_sync(log.info, "in a thread")

    with about(generation=2):
        async with trio.open_nursery() as nursery:
            with about(sink="influx"):
                nursery.start_soon(stage)
    log.info("outside")

    inside, outside = receive(journald), receive(journald)
    assert (inside["SINK"], inside["GENERATION"]) == ("influx", "2")
    assert "SINK" not in outside


async def test_what_a_task_is_about_may_change(
    journald: socket.socket, log: logging.Logger
) -> None:
    """A task that outlives a reload logs with the number of the generation that there is now."""
    number = Counting()
    with about(generation=number):
        log.info("before")
        number.now = 2
        log.info("after")

    assert [receive(journald)["GENERATION"] for _ in range(2)] == ["1", "2"]


class Counting:
    """A number that changes."""

    now = 1

    def __str__(self) -> str:
        return str(self.now)


def test_nobody_listens(tmp_path: Path) -> None:
    """Without a journald there is an error at once, for the caller to write elsewhere."""
    with pytest.raises(OSError, match=os.strerror(2)):
        JournalHandler(tmp_path / "nothing")
