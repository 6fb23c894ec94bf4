"""Take turns at writing: the daemon and a command that amends its spool while it runs.

SQLite itself sees to it that two writers do not meet, but for a bug: before 3.51.3 a file may be
damaged when two connections write or checkpoint in the same instant
(https://sqlite.org/wal.html#walresetbug). So whoever writes holds this lock meanwhile, which costs
a few microseconds.
"""

import errno
import fcntl
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, TypeVar

from attrs import define, field

from trio_ingest.spool.lock import open_lock_file

T = TypeVar("T")

DAEMON_PATIENCE_SECONDS = 5.0
COMMAND_PATIENCE_SECONDS = 10.0
SECONDS_BETWEEN_TRIES = 0.002


@contextmanager
def open_writing_lock(path: Path, patience_seconds: float) -> Generator["WritingLock"]:
    """Open the lock of the spool at *path*, to be held by `with` around each transaction.

    It falls with the process, however that ends.
    """
    with open_lock_file(path, "writing") as file:
        yield WritingLock(path, patience_seconds, file)


@define(eq=False)
class WritingLock:
    """Entered, it is held. Raises BlockingIOError when another process does not let go of it."""

    _path: Path
    _patience_seconds: float
    _file: IO[str] = field(repr=False)

    def __enter__(self) -> None:
        give_up = time.monotonic() + self._patience_seconds
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up:
                    message = "another trio-ingest is writing to the spool and does not end"
                    raise BlockingIOError(errno.EAGAIN, message, str(self._path)) from None
                time.sleep(SECONDS_BETWEEN_TRIES)
            else:
                return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    @contextmanager
    def held_at_both_ends(self, resource: AbstractContextManager[T]) -> Generator[T]:
        """Enter *resource*; hold the lock while it is opened and closed, but not in between.

        What must be closed is closed, also when someone else does not let go of the lock.
        """
        with ExitStack() as stack:
            with self:
                opened = stack.enter_context(resource)
            try:
                yield opened
            finally:
                with suppress(BlockingIOError), self:
                    stack.close()
