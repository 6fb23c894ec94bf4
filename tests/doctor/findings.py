"""Looking at findings."""

from collections.abc import Iterable, Mapping

from trio_ingest.doctor.finding import Finding, Status


def statuses(findings: Iterable[Finding]) -> Mapping[str, str]:
    """Return how each check went."""
    return {finding.check: str(finding.status) for finding in findings}


def the(check: str, findings: Iterable[Finding]) -> Finding:
    """Return the only finding of a check."""
    [found] = [finding for finding in findings if finding.check == check]
    return found


def not_ok(findings: Iterable[Finding]) -> Mapping[str, str]:
    """Return the checks that are not OK."""
    return {check: how for check, how in statuses(findings).items() if how != Status.OK}
