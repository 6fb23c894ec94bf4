"""A finding: how one check went, and what to do about it."""

from collections.abc import Iterable
from enum import StrEnum

from attrs import frozen


class Status(StrEnum):
    """How a check went. Only what has FAILED keeps something from being recorded."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@frozen(kw_only=True)
class Finding:
    """What a check has found of its subject; `advice` is empty when there is nothing to do.

    `subject` and `check` are stable words for programs (docs/operations.md), such as
    `home_assistant.home` and `token`; `what` and `advice` are for people. Never a secret.
    """

    subject: str
    check: str
    status: Status
    what: str
    advice: str = ""


@frozen
class About:
    """Makes findings about one subject."""

    subject: str

    def ok(self, check: str, what: str) -> Finding:
        """Return that all is well."""
        return Finding(subject=self.subject, check=check, status=Status.OK, what=what)

    def warning(self, check: str, what: str, advice: str) -> Finding:
        """Return that it works, but should not stay so."""
        return Finding(
            subject=self.subject, check=check, status=Status.WARNING, what=what, advice=advice
        )

    def failed(self, check: str, what: str, advice: str) -> Finding:
        """Return that it does not work."""
        return Finding(
            subject=self.subject, check=check, status=Status.FAILED, what=what, advice=advice
        )

    def skipped(self, check: str, what: str) -> Finding:
        """Return that there was nothing to check, or no way to."""
        return Finding(subject=self.subject, check=check, status=Status.SKIPPED, what=what)


def worst(findings: Iterable[Finding]) -> Status:
    """Return how it stands as a whole: FAILED, WARNING or OK."""
    statuses = {finding.status for finding in findings}
    return next((each for each in (Status.FAILED, Status.WARNING) if each in statuses), Status.OK)
