"""Judges what kind of file system something lies on."""

from pathlib import PurePosixPath

from attrs import frozen

from trio_ingest.doctor.finding import About, Finding

CHECK = "file_system"
NETWORK = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "ncpfs",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.rclone",
        "davfs",
    ]
)
FLEETING = frozenset({"tmpfs", "ramfs"})


@frozen
class Mount:
    """A file system and where it is mounted."""

    place: str
    kind: str


def mount_of(path: str, mounts: str) -> Mount | None:
    """Return the mount that *path* (absolute, without links) lies on, by /proc/self/mountinfo.

    https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
    """
    found: Mount | None = None
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split()
        if not separator or len(fields) < 5 or not after:  # noqa: PLR2004 - the fifth is the place
            continue
        place = unescaped(fields[4])
        if PurePosixPath(path).is_relative_to(place) and (
            found is None or len(place) >= len(found.place)
        ):  # of two at the same place the later one hides the other
            found = Mount(place, after.split()[0])
    return found


def unescaped(text: str) -> str:
    r"""Return what the kernel has written with \040 and the like."""
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, letter)
    return text


def judge_file_system(about: About, mount: Mount | None) -> Finding:
    """Say whether a spool is safe there."""
    if mount is None:
        return about.skipped(CHECK, "this system does not tell its kind")
    what = f"{mount.kind}, mounted at {mount.place}"
    if mount.kind in NETWORK:
        return about.warning(
            CHECK,
            f"{what}: a network file system, on which SQLite may be damaged and the daemon hangs "
            "while the network is away",
            "Put state_directory on a local disk.",
        )
    if mount.kind in FLEETING:
        return about.warning(
            CHECK,
            f"{what}: it is memory, and gone after a restart of the machine with all that waits",
            "Put state_directory on a disk.",
        )
    if mount.kind == "overlay":
        return about.warning(
            CHECK,
            f"{what}: probably that of a container, and gone with it with all that waits",
            "Mount a volume at state_directory.",
        )
    return about.ok(CHECK, what)
