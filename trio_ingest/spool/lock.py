"""See to it that one process at a time uses a spool."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from trio_ingest.spool.file_format import SPOOL_FORMAT
from trio_ingest.sqlite_file import UnusableFileError, explaining


class SpoolInUseError(UnusableFileError):
    """Another process uses the spool."""


@contextmanager
def hold_alone(path: Path) -> Generator[None]:
    """Hold the lock of the spool at *path* meanwhile; it falls with the process, however that ends.

    Raises SpoolInUseError when another process holds it.
    """
    with open_lock_file(path, "lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SpoolInUseError(
                f"{path} is in use by another trio-ingest. Stop that one first, or give this one "
                f"another state directory."
            ) from error
        yield


@contextmanager
def open_lock_file(path: Path, suffix: str) -> Generator[IO[str]]:
    """Open the file beside the spool at *path* that is there to be locked.

    It is a file of its own: a second descriptor of SQLite's file would, when closed, take SQLite's
    locks with it. It is left behind, because deleting it would race with the next to come. When
    root makes it, it belongs to whom the spool belongs, whose daemon has to open it, too.
    """
    with explaining(path, SPOOL_FORMAT):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.{suffix}").open("w")
        if os.geteuid() == 0:
            with suppress(FileNotFoundError):
                owner = path.stat()
                os.fchown(lock.fileno(), owner.st_uid, owner.st_gid)
    with lock:
        yield lock
