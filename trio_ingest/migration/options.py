"""Options that are taken one by one, so that at the end is known which of them nobody wanted."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from attrs import define

from trio_ingest.config.problems import Misfit, Report, path_of
from trio_ingest.migration.values import table_of

T = TypeVar("T")


@define
class Options:
    """What a table of the YAML gives, at a key path. What is wrong with it is reported."""

    given: dict[str, Any]
    at: Sequence[str]
    report: Report
    notes: list[str]

    def take(self, name: str, read: Callable[[object], T], default: T) -> T:
        """Take an option away and return what it means; the default if it is not given."""
        if name not in self.given:
            return default
        try:
            return read(self.given.pop(name))
        except Misfit as misfit:
            self.report.misfit(path_of(*self.at, name), misfit)
            return default

    def take_options(self, name: str) -> "Options":
        """Take away a table of options."""
        inside: Mapping[str, Any] = self.take(name, table_of, {})
        return Options(dict(inside), (*self.at, name), self.report, self.notes)

    def leave_out(self, name: str, why: str) -> None:
        """Take an option away if it is given, and note why it has no equivalent."""
        if name in self.given:
            del self.given[name]
            self.notes.append(f"{path_of(*self.at[1:], name)}: {why}")

    def finish(self) -> None:
        """Note what is left as unknown."""
        for name in [*self.given]:
            self.leave_out(name, "left out; the integration has no such option.")
