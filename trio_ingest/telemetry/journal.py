"""Log records to journald by its own protocol: with fields, and a traceback in one record.

https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
"""

import array
import errno
import fcntl
import logging
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from trio_ingest.telemetry.about import what_about
from trio_ingest.telemetry.message_ids import RECORDS_LOST

SOCKET = Path("/run/systemd/journal/socket")
# https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html
PRIORITIES = {
    logging.CRITICAL: 2,
    logging.ERROR: 3,
    logging.WARNING: 4,
    logging.INFO: 6,
    logging.DEBUG: 7,
}
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


class JournalHandler(logging.Handler):
    """Sends each record as one datagram and never waits, since it runs within the event loop.

    What a journald that does not keep up has no room for is counted in `dropped`, and said in a
    record of its own as soon as there is room. Raises OSError when nobody listens at *path*.
    """

    def __init__(self, path: Path = SOCKET) -> None:
        super().__init__()
        self.dropped = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._socket.setblocking(False)

    def emit(self, record: logging.LogRecord) -> None:
        """Send *record*, after the word about those that were dropped before it."""
        try:
            if self.dropped:
                self._send(_fields_of_loss(self.dropped))
                self.dropped = 0
            self._send(self._fields_of(record))
        except OSError:
            self.dropped += 1
        except Exception:  # noqa: BLE001 - a record that cannot be formatted is logging's business
            self.handleError(record)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        super().close()

    def _fields_of(self, record: logging.LogRecord) -> Mapping[str, str]:
        return {
            "MESSAGE": self.format(record),
            "PRIORITY": str(PRIORITIES.get(record.levelno, 6)),
            "SYSLOG_IDENTIFIER": "trio-ingest",
            "LOGGER": record.name,
            "CODE_FILE": record.pathname,
            "CODE_LINE": str(record.lineno),
            "CODE_FUNC": record.funcName or "",
            **_own_fields(record),
            **getattr(record, "about", what_about()),
        }

    def _send(self, fields: Mapping[str, str]) -> None:
        data = b"".join(encode_field(name, value) for name, value in fields.items())
        try:
            self._socket.send(data)
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            self._send_as_file(data)

    def _send_as_file(self, data: bytes) -> None:
        """Send what is too large for a datagram as a sealed file in memory."""
        file = os.memfd_create("journal", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with open(file, "wb", closefd=True) as memory:  # noqa: PTH123 - it has no path
            memory.write(data)
            memory.flush()
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file]))
            self._socket.sendmsg([], [rights])


def encode_field(name: str, value: str) -> bytes:
    """Return a field as journald reads it; one of several lines goes with its length."""
    encoded = value.encode(errors="replace")
    if b"\n" not in encoded:
        return name.encode() + b"=" + encoded + b"\n"
    return name.encode() + b"\n" + len(encoded).to_bytes(8, "little") + encoded + b"\n"


def _fields_of_loss(count: int) -> Mapping[str, str]:
    return {
        "MESSAGE": f"{count} log records were lost here, the journal did not take them",
        "PRIORITY": str(PRIORITIES[logging.WARNING]),
        "SYSLOG_IDENTIFIER": "trio-ingest",
        "LOGGER": __name__,
        "MESSAGE_ID": str(RECORDS_LOST["message_id"]),
    }


def _own_fields(record: logging.LogRecord) -> Mapping[str, str]:
    """Return what the call site said in `extra=`, by the names of the journal's fields."""
    own = {name: getattr(record, name, None) for name in ("message_id", "entity_id")}
    return {name.upper(): str(value) for name, value in own.items() if value is not None}
