"""Append batches to the spool at argv[1] for ever, and say each number once it is on disk.

Each tells of one entity, and what is known is made into one row again and again.
"""

import sys
from pathlib import Path

from attrs import evolve

from tests.spool.batches import make_batch
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.batch import Batch
from trio_ingest.model.progress import Known
from trio_ingest.spool import news
from trio_ingest.spool.store import open_store

ENTITIES = 7


def known_with(time: int) -> dict[str, Known]:
    """Return what becomes known with the batch of that time."""
    return {f"sensor.n{time % ENTITIES}": Known(time, -time)}


def batch_of(time: int) -> Batch:
    batch = make_batch(time)
    return evolve(batch, progress=evolve(batch.progress, known={"home": known_with(time)}))


def main() -> None:
    news.LEAST_BYTES = 100
    with open_store(Path(sys.argv[1]), SpoolConfig()) as store:
        time = store.recollect().checkpoint.get("home", 0)
        while True:
            time += 1
            store.append(batch_of(time))
            print(time, flush=True)  # noqa: T201 - this is how it answers


if __name__ == "__main__":
    main()
