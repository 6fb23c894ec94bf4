"""The spool when its process is killed without warning."""

import subprocess
import sys
from pathlib import Path

from tests.spool.appender import known_with
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.spool.store import open_store

KILLS = 10
ROOT = Path(__file__).parents[2]


def append_until_killed(path, acknowledgements):
    """Return the last instant that a child had acknowledged when it was killed."""
    command = [sys.executable, "-m", "tests.spool.appender", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        lines = [child.stdout.readline() for _ in range(acknowledgements)]
        child.kill()
        lines += child.stdout.read().splitlines(keepends=True)
    return int(next(line for line in reversed(lines) if line.endswith("\n")))


def known_after(last):
    known = {}
    for time in range(1, last + 1):
        known.update(known_with(time))
    return known


def test_killed_while_appending(tmp_path):
    """After a kill -9 there is whatever append returned from, and known is just that."""
    path = tmp_path / "spool.db"

    for kill in range(1, KILLS + 1):
        acknowledged = append_until_killed(path, acknowledgements=7 * kill)

        with open_store(path, SpoolConfig()) as store:
            stored = store.statistics.batches
            recollection = store.recollect()
            assert {"home": stored} == recollection.checkpoint
            assert {"home": known_after(stored)} == recollection.known
            assert stored in (acknowledged, acknowledged + 1)

    with open_store(path, SpoolConfig()) as store:
        for time in range(1, stored + 1):
            spooled = store.oldest()
            assert time == spooled.batch.last
            assert spooled.batch.is_intact
            store.settle(spooled.number)
