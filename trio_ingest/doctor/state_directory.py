"""Checks the directory in which the daemon keeps what has to survive."""

import os
import pwd
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from trio_ingest.config.model import Config
from trio_ingest.doctor.file_systems import judge_file_system, mount_of
from trio_ingest.doctor.finding import About, Finding
from trio_ingest.spool.spare_disk import SPARE_DISK_BYTES
from trio_ingest.words import show_size

ABOUT = About("state_directory")
MOUNTS = Path("/proc/self/mountinfo")


@frozen(kw_only=True)
class Place:
    """What was seen of a directory. `owner` is None while it is not there."""

    path: Path
    nearest: Path
    """The directory itself, or the nearest one above that is there."""
    owner: str | None
    mode: int
    user: str
    is_writable: bool
    free_bytes: int


def look_at(path: Path) -> Place:
    """Look at the directory, there or not. Blocks."""
    nearest = next(each for each in (path, *path.parents) if each.exists())
    status = nearest.stat()
    return Place(
        path=path,
        nearest=nearest,
        owner=name_of(status.st_uid) if path == nearest else None,
        mode=status.st_mode & 0o777,
        user=name_of(os.geteuid()),
        is_writable=os.access(nearest, os.W_OK | os.X_OK),
        free_bytes=shutil.disk_usage(nearest).free,
    )


def name_of(user_id: int) -> str:
    """Return what a user is called; one without a name is a number."""
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)


def check_state_directory(config: Config) -> Sequence[Finding]:
    """Look at the state directory, and judge. Blocks."""
    path = config.state_directory.resolve()
    place = look_at(path)
    wanted = {
        sink.name: (sink.spool.max_size, size_of(config.state_directory / "spool", sink.name))
        for sink in config.sinks
    }
    mounts = MOUNTS.read_text(encoding="utf-8", errors="replace") if MOUNTS.exists() else ""
    return [
        *judge_place(place),
        judge_room(place.free_bytes, sum(max(0, most - now) for most, now in wanted.values())),
        judge_file_system(ABOUT, mount_of(str(place.nearest), mounts)),
    ]


def size_of(directory: Path, name: str) -> int:
    """Return how large a spool is now."""
    try:
        return (directory / f"{name}.db").stat().st_size
    except OSError:
        return 0


def judge_place(place: Place) -> Iterator[Finding]:
    """Say whose it is, and whether this user can use it."""
    if not place.nearest.is_dir():
        yield ABOUT.failed("exists", f"{place.nearest} is no directory", "Correct state_directory.")
        return
    if place.owner is None:
        yield ABOUT.ok("exists", f"{place.path} is not there yet; the daemon makes it")
    else:
        yield ABOUT.ok("exists", f"{place.path} is there")
        yield judge_owner(place)
    if place.is_writable:
        yield ABOUT.ok("writable", f"{place.user} may write there")
    else:
        yield ABOUT.failed(
            "writable",
            f"{place.user} may not write to {place.nearest}",
            "Run this, and the daemon, as its owner, or correct state_directory.",
        )


def judge_owner(place: Place) -> Finding:
    """Say whether it belongs to whoever asks, and to nobody else."""
    what = f"belongs to {place.owner} (mode {place.mode:o})"
    if place.mode & 0o002:
        return ABOUT.warning("owner", f"{what}, and everybody may write there", "chmod o-w it.")
    if place.user not in {place.owner, "root"}:
        return ABOUT.warning(
            "owner",
            f"{what}, and not to {place.user}, who asks",
            "Run the doctor as the daemon's user, or it sees less than the daemon.",
        )
    return ABOUT.ok("owner", what)


def judge_room(free: int, needed: int) -> Finding:
    """Say whether the spools can grow as far as they may."""
    if free >= needed:
        what = f"{show_size(free)} are free, and the spools may still grow by {show_size(needed)}"
        return ABOUT.ok("room", what)
    if free < SPARE_DISK_BYTES:
        return ABOUT.failed(
            "room",
            f"{show_size(free)} are free, and with less than {show_size(SPARE_DISK_BYTES)} nothing "
            "is recorded",
            "Make room on the disk of state_directory.",
        )
    return ABOUT.warning(
        "room",
        f"{show_size(free)} are free, but the spools may still grow by {show_size(needed)}: in a "
        "long outage the disk is full before they are",
        "Make room, or set smaller spool.max_size.",
    )
