"""A box with a real systemd and journald in it, for one daemon."""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

BOX = Path(__file__).with_name("box")
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.1


@frozen
class SystemdBox:
    """What can be done in a running box."""

    directory: Path

    def run(
        self, *command: str, stdin: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run *command* inside, to its end."""
        done = subprocess.run(
            [BOX, "exec", self.directory, *command],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        if check:
            assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start *command* inside; its standard output can be read."""
        return subprocess.Popen(
            [BOX, "exec", self.directory, *command], stdout=subprocess.PIPE, text=True
        )

    def put(self, file: str, text: str, mode: str = "644") -> None:
        """Write a file inside."""
        script = 'mkdir -p "$(dirname "$0")" && cat >"$0" && chmod "$1" "$0"'
        self.run("sh", "-c", script, file, mode, stdin=text)

    def show(self, unit: str) -> Mapping[str, str]:
        """Return the properties of a unit."""
        lines = self.run("systemctl", "show", unit).stdout.splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def journal(self, unit: str) -> Sequence[Mapping[str, Any]]:
        """Return what the journal has of a unit: its own records, and systemd's of it."""
        done = self.run("journalctl", "--quiet", "--output=json", "--unit", unit)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def messages(self, unit: str) -> str:
        """Return the messages of a unit's journal, one a line."""
        return "\n".join(str(record["MESSAGE"]) for record in self.journal(unit))


@contextmanager
def systemd_box(*options: str, root: Path = Path("/")) -> Generator[SystemdBox]:
    """Boot a box with what is in *root*, and shut it down at the end."""
    with tempfile.TemporaryDirectory(prefix="trio-ingest-box-") as name:
        subprocess.run([BOX, "up", name, root, *options], check=True, timeout=120)
        try:
            yield SystemdBox(Path(name))
        finally:
            subprocess.run([BOX, "down", name], check=True, timeout=120)


def wait_until(condition: Callable[[], object], what: Callable[[], object] = lambda: "it") -> None:
    """Look again and again until *condition* holds."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up, f"not within {PATIENCE_SECONDS:g} s: {what()}"
        time.sleep(LOOK_SECONDS)
