"""Append batches to the spool at argv[1] for ever, compact them now and then, and say each number.

A number is said once its batch is on disk.
"""

import sys
from pathlib import Path

from tests.spool.batches import make_batch
from trio_ingest.config.common import MIB
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.spool.store import open_store


def main() -> None:
    with open_store(Path(sys.argv[1]), SpoolConfig()) as store:
        time = store.recollect().checkpoint.get("home", 0)
        while True:
            time += 1
            store.append(make_batch(time))
            print(time, flush=True)  # noqa: T201 - this is how it answers
            if time % 3 == 0:
                store.compact(5, MIB)
            store.shorten_journal()


main()
