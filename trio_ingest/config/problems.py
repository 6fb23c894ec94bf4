"""What is wrong with a configuration, said so that its author can put it right at once."""

import json
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from attrs import Factory, define, frozen

LONGEST_SHOWN = 60


class Misfit(ValueError):  # noqa: N818 - a value that does not fit, not yet an error of anyone
    """A value is not what its key asks for. The one who knows the key makes a problem of it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy


@frozen
class Problem:
    """One thing that is wrong: at which key, what, and what would be right. Never a secret."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}"


class ConfigurationError(Exception):
    """The configuration cannot be used. It carries all the problems and prints them, one a line."""

    def __init__(self, source: Path | None, problems: Sequence[Problem]) -> None:
        super().__init__(source, problems)
        self.source = source
        self.problems = tuple(problems)

    def __str__(self) -> str:
        source = "the environment" if self.source is None else str(self.source)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        return "\n".join([f"{source}: {count}", *(f"  {problem}" for problem in self.problems)])


@define(eq=False, repr=False)
class Report:
    """Gathers what is found on the way through a configuration.

    One problem a key: the first one found is the cause, the others follow from it.
    """

    _problems: dict[str, Problem] = Factory(dict)
    _warnings: list[str] = Factory(list)

    def problem(self, where: str, what: str, remedy: str) -> None:
        """Note that the configuration cannot be used as it stands."""
        self._problems.setdefault(where, Problem(where, what, remedy))

    def warning(self, text: str) -> None:
        """Note something that works, but should not stay so."""
        self._warnings.append(text)

    def misfit(self, where: str, misfit: Misfit) -> None:
        """Note that the value at *where* does not fit."""
        self.problem(where, misfit.what, misfit.remedy)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, in the order they were found."""
        return tuple(self._problems.values())

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings, in the order they were found."""
        return tuple(self._warnings)


def shown(value: object) -> str:
    """Return *value* as the file has it, shortened. Never call this with a secret."""
    match value:
        case str() | bool() | int() | float():
            text = json.dumps(value, ensure_ascii=False)
            return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"


def path_of(*keys: str) -> str:
    """Return a dotted key path, with quotes where TOML wants them."""
    return ".".join(key if re.fullmatch("[A-Za-z0-9_-]+", key) else json.dumps(key) for key in keys)


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return a remedy for a name that nobody knows: the closest one, or all of them."""
    names = sorted(known)
    close = get_close_matches(wrong, names, n=1)
    return f'Did you mean "{close[0]}"?' if close else f"Known here: {', '.join(names)}."
