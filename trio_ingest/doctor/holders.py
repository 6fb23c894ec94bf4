"""Finds the process that holds a lock, without touching the lock: a daemon may be starting."""

import os
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

LOCKS = Path("/proc/locks")


@frozen
class Holder:
    """A process that holds a lock on a file of some device."""

    process: int
    device: str


def holder_of(lock: Path) -> int | None:
    """Return the process that holds *lock*, or None when that cannot be seen from here."""
    try:
        status = lock.stat()
        locks = LOCKS.read_text(encoding="utf-8")
    except OSError:
        return None
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    for holder in find_holders(locks, status.st_ino):
        # Of overlays and btrfs the kernel tells another device than stat does.
        if holder.device == device or has_open(holder.process, status):
            return holder.process
    return None


def find_holders(locks: str, inode: int) -> Sequence[Holder]:
    """Return who holds a flock alone on a file of that number, on whatever device.

    https://man7.org/linux/man-pages/man5/proc_locks.5.html
    """
    found = []
    for line in locks.splitlines():
        words = line.split()
        if words[1:4] == ["FLOCK", "ADVISORY", "WRITE"]:
            device, _, number = words[5].rpartition(":")
            if number == str(inode):
                found.append(Holder(int(words[4]), device))
    return found


def has_open(process: int, file: os.stat_result) -> bool:
    """Say whether *process* has that very file open; no, if we may not see it."""
    try:
        return any(os.path.samestat(each.stat(), file) for each in descriptors(process))
    except OSError:
        return False


def descriptors(process: int) -> Sequence[Path]:
    """Return the open files of a process. Raises OSError."""
    found = list(Path(f"/proc/{process}/fd").iterdir())
    return [each for each in found if each.exists()]
