"""Whether the daemon does what it is there for now, and if not, why. Not: whether to restart it."""

from collections.abc import Mapping, Sequence

from trio_ingest.admin.problems import problems_of_recording
from trio_ingest.admin.snapshot import Snapshot


def reasons_not_ready(snapshot: Snapshot, dropped_lately: Mapping[str, int]) -> Sequence[str]:
    """Return what stands in the way, a sentence each; nothing when all is well.

    A restart helps against none of it, and what is in memory would be lost by one.
    """
    return [problem.what for problem in problems_of_recording(snapshot, dropped_lately)]
