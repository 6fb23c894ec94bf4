"""See to it that one process at a time uses a spool."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from trio_ingest.spool.tables import SPOOL_FORMAT
from trio_ingest.sqlite_file import UnusableFileError, explaining


@contextmanager
def hold_alone(path: Path) -> Generator[None]:
    """Hold the lock of the spool at *path* meanwhile; it falls with the process, however that ends.

    It is a file of its own: a second descriptor of SQLite's file would, when closed, take SQLite's
    locks with it. It is left behind, because deleting it would race with the next to come. Raises
    UnusableFileError when another process holds it.
    """
    with explaining(path, SPOOL_FORMAT):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UnusableFileError(
                f"{path} is in use by another trio-ingest. Stop that one first, or give this one "
                f"another state directory."
            ) from error
        yield
