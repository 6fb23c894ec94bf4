"""Environment variables inside the strings of a file: `${VAR}`, `${VAR:-default}`, `$$`."""

import re
from collections.abc import Mapping
from typing import Any

from trio_ingest.config.problems import Misfit, Report, path_of

DOLLAR = re.compile(
    r"""
    \$ (?: \$ | \{ (?P<name>[A-Za-z_][A-Za-z0-9_]*) (?: :- (?P<default>[^}]*) )? \} | (?P<lone>) )
    """,
    re.VERBOSE,
)


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """Return *text* with its variables replaced, in one pass: a value is never looked into.

    A default holds for a variable that is unset or empty. Raises Misfit, which repeats the names
    of variables, but nothing else of *text*.
    """
    unset = []

    def replacement(match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        if match["lone"] is not None:
            raise Misfit('has a lone "$" in it', "Write ${NAME} for a variable, $$ for a dollar.")
        if name is None:
            return "$"
        if default is not None:
            return environment.get(name) or default
        if name not in environment:
            unset.append(name)
        return environment.get(name, "")

    whole = DOLLAR.sub(replacement, text)
    if unset:
        raise Misfit(
            f"the environment does not have {' and '.join(unset)}",
            f"Set it there, or give a default: ${{{unset[0]}:-…}}.",
        )
    return whole


def interpolate_all(value: Any, environment: Mapping[str, str], report: Report, *keys: str) -> Any:
    """Return *value* with the variables replaced in all the strings inside it."""
    match value:
        case str():
            try:
                return interpolate(value, environment)
            except Misfit as misfit:
                report.misfit(path_of(*keys), misfit)
                return value
        case dict():
            return {
                key: interpolate_all(each, environment, report, *keys, key)
                for key, each in value.items()
            }
        case list():
            return [interpolate_all(each, environment, report, *keys) for each in value]
        case _:
            return value
