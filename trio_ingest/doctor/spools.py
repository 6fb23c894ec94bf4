"""Checks the spool of a sink: whether it is sound, what waits, and who has it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from trio_ingest.doctor.finding import About, Finding
from trio_ingest.doctor.holders import holder_of
from trio_ingest.doctor.verification import Verified, verify_spool
from trio_ingest.spool.inspection import SpoolReport, inspect_spool
from trio_ingest.spool.reading import NoSpoolError
from trio_ingest.sqlite_file import UnusableFileError
from trio_ingest.words import count, show_size

NEARLY_FULL = 0.8


def check_spool(name: str, path: Path, max_size: int) -> Sequence[Finding]:
    """Read it, and judge. Changes nothing, and makes nothing. Blocks."""
    about = About(f"spool.{name}")
    problems: list[str] = []
    try:
        verified = verify_spool(path, problems.append)
        report = inspect_spool(path)
    except NoSpoolError as error:
        return [about.skipped("sound", str(error))]
    except UnusableFileError as error:
        return [about.failed("sound", str(error), "See docs/operations.md.")]
    return [
        judge_soundness(about, verified, problems),
        judge_waiting(about, report, max_size),
        *judge_losses(about, report),
        judge_holder(about, holder_of(path.with_name(f"{path.name}.lock"))),
    ]


def judge_soundness(about: About, verified: Verified, problems: Sequence[str]) -> Finding:
    """Say whether anything is damaged."""
    if not problems:
        return about.ok("sound", f"{count(verified.batches, 'batch')} read, nothing is damaged")
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    advice = f"`trio-ingest spool verify {about.subject.partition('.')[2]}` says it all."
    return about.failed("sound", f"{problems[0]}{more}", advice)


def judge_waiting(about: About, report: SpoolReport, max_size: int) -> Finding:
    """Say how much waits for the sink."""
    what = f"{count(report.points, 'point')} of {show_size(report.size_bytes)} wait for the sink"
    if report.size_bytes > max_size * NEARLY_FULL:
        return about.warning(
            "waiting",
            f"{what}; at {show_size(max_size)} something has to give way",
            "See why the sink does not take them, or give it a larger spool.max_size.",
        )
    return about.ok("waiting", what)


def judge_losses(about: About, report: SpoolReport) -> Iterator[Finding]:
    """Say what was refused, was dropped, or is missing."""
    name = about.subject.partition(".")[2]
    if report.quarantined_lines:
        yield about.warning(
            "quarantine",
            f"{count(report.quarantined_lines, 'line')} that the sink has refused",
            f"`trio-ingest quarantine list {name} --by-reason` says why.",
        )
    else:
        yield about.ok("quarantine", "the sink has refused nothing")
    dropped = ", ".join(f"{points:,} {reason}" for reason, points in report.dropped_points.items())
    if dropped:
        advice = f"`trio-ingest spool status {name}` says what became of them."
        yield about.warning("dropped", f"points gave way: {dropped}", advice)
    if report.open_gaps:
        yield about.ok(
            "gaps", f"{count(len(report.open_gaps), 'gap')} open, to be repaired by the daemon"
        )


def judge_holder(about: About, holder: int | None) -> Finding:
    """Say whether a daemon has it."""
    if holder is None:
        return about.ok("holder", "no daemon has it open, as far as can be seen from here")
    # A process of another container is there, but has no number here.
    return about.ok("holder", f"process {holder} has it open" if holder else "a daemon has it open")
