"""The room on the disk that is left alone."""

import errno
import os
from pathlib import Path

from trio_ingest.config.common import MIB

SPARE_DISK_BYTES = 16 * MIB  # SQLite needs room even to delete: on a full disk nothing would drain


def insist_on_spare_disk(path: Path) -> None:
    """Raise OSError when there is so little room that nothing more should be put in."""
    disk = os.statvfs(path)
    if disk.f_bavail * disk.f_frsize < SPARE_DISK_BYTES:
        message = f"less than {SPARE_DISK_BYTES // MIB} MiB of the disk are free"
        raise OSError(errno.ENOSPC, message, str(path))
