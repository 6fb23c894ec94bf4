"""Shows findings: to people as they come, in colours on a terminal, or to programs as JSON."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict
from rich.console import Console
from rich.text import Text

from trio_ingest import __version__
from trio_ingest.doctor.finding import Finding, Status, worst
from trio_ingest.words import count

FORMAT = 1
"""Of the JSON. It grows only by keys, subjects and checks; else this number does."""
STYLES = {
    Status.OK: "green",
    Status.WARNING: "yellow",
    Status.FAILED: "bold red",
    Status.SKIPPED: "dim",
}
WIDTH = 8


def print_findings(findings: Iterable[Finding], console: Console) -> None:
    """Print each finding: how it went, of what, and what to do; long lines are left to fold."""
    for finding in findings:
        line = Text(f"{finding.status:<{WIDTH}}", style=STYLES[finding.status])
        line.append(f" {finding.subject} {finding.check}: ", style="default")
        line.append(finding.what, style="default")
        console.print(line, soft_wrap=True)
        if finding.advice:
            console.print(Text(f"{'':<{WIDTH}} → {finding.advice}"), soft_wrap=True)


def summary(findings: Sequence[Finding]) -> str:
    """Return the last line."""
    amounts = {each: sum(f.status is each for f in findings) for each in Status}
    failed, warnings = amounts[Status.FAILED], amounts[Status.WARNING]
    if not failed and not warnings:
        return f"All is well: {count(amounts[Status.OK], 'check')}."
    parts = [f"{failed} failed"] if failed else []
    parts += [count(warnings, "warning")] if warnings else []
    return f"{' and '.join(parts)}, {amounts[Status.OK]} are well."


def to_json(findings: Sequence[Finding], source: Path | None) -> str:
    """Return all findings as one JSON object."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": __version__,
        "source": None if source is None else str(source),
        "status": str(worst(findings)),
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)
