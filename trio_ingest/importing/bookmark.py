"""How far an import has come, in a file of the state directory, so that it can go on from there.

It is written after what it says is committed in every spool, never before: after a crash between
the two the same points are told again, and they are the same.
"""

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import trio
from attrs import define, field, frozen

from trio_ingest.importing.order import ImportFailed
from trio_ingest.importing.period import Period

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Task:
    """What makes an import the same one as another: what for, and from when to when."""

    home: str
    sinks: Sequence[str]
    first: int
    asked_last: int | None

    @property
    def file_name(self) -> str:
        """Return a name that no other task has."""
        said = [self.home, sorted(self.sinks), self.first, self.asked_last]
        digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        return f"{digest[:16]}.json"


class _Page(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    home: str
    sinks: list[str]
    first: int
    last: int
    done: dict[str, int]


@define
class Bookmark:
    """Where an import is: for each kind of past the instant up to which it is committed."""

    _path: Path | None
    _task: Task
    period: Period
    _done: dict[str, int] = field(factory=dict)

    def done_until(self, kind: str) -> int:
        """Return where to go on."""
        return self._done.get(kind, self.period.first)

    async def advance(self, kind: str, until: int) -> None:
        """Write down that all up to *until* is committed. Raises OSError."""
        self._done[kind] = until
        if self._path is not None:
            page = _Page(
                home=self._task.home,
                sinks=list(self._task.sinks),
                first=self.period.first,
                last=self.period.last,
                done=self._done,
            )
            content = msgspec.json.format(msgspec.json.encode(page))
            await trio.to_thread.run_sync(write_safely, self._path, content)

    def remove(self) -> None:
        """Forget it: the import is over, and the same command would begin anew."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def open_bookmark(directory: Path | None, task: Task, period: Period, *, anew: bool) -> Bookmark:
    """Return the bookmark of *task*, a new one if need be; without a directory nothing is kept.

    An import that goes on has the period that it began with, or its end would recede for ever.
    """
    if directory is None:
        return Bookmark(None, task, period)
    path = directory / task.file_name
    page = None if anew else _read(path)
    if page is None:
        return Bookmark(path, task, period)
    return Bookmark(path, task, Period(first=page.first, last=page.last), page.done)


@contextmanager
def hold_bookmarks(directory: Path) -> Generator[None]:
    """See to it that one import at a time is under way. Raises ImportFailed, or OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    give_to_owner_of(directory.parent, directory)
    with (directory / "lock").open("w") as lock:
        give_to_owner_of(directory, directory / "lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ImportFailed(
                "another import is under way in this state directory; wait for its end, or stop it"
            ) from error
        yield


def write_safely(path: Path, content: bytes) -> None:
    """Have *content* on the platter under *path*, or still what was there before."""
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    give_to_owner_of(path.parent, fresh)
    fresh.replace(path)


def give_to_owner_of(directory: Path, path: Path) -> None:
    """Let *path* belong to whom *directory* belongs, when it is root who has made it."""
    if os.geteuid() == 0:
        owner = directory.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _read(path: Path) -> _Page | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Page)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        log.warning("%s makes no sense (%s): the import begins anew", path, error)
        return None
