"""From the plain tables of a file to the classes of the model; whatever is wrong is reported.

This walks the classes, and the kinds read the values. To import cattrs, and to have it write code
for each class, took 25 ms: a twentieth of the start.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import NOTHING, fields, frozen, has

from trio_ingest.config.common import Secret
from trio_ingest.config.keys import hidden, keys_of, kind_of, named_tables_of, parts_of
from trio_ingest.config.kinds.kind import Kind
from trio_ingest.config.kinds.plain import FilePath, Name
from trio_ingest.config.problems import Misfit, Report, did_you_mean, path_of, shown
from trio_ingest.config.surroundings import Surroundings

T = TypeVar("T")
Where = tuple[str, ...]

UNUSABLE = object()
"""Stands where a value would be. What is wrong with that has been reported."""


@frozen(eq=False, repr=False)
class Reader:
    """Makes objects of the model from tables; relative paths get absolute."""

    surroundings: Surroundings
    report: Report

    def read(self, raw: object, table: type[T], where: Where) -> T | None:
        """Return the object of class *table* that *raw* means, or None, with a report of why."""
        made: T = self._table(raw, table, where)
        return None if made is UNUSABLE else made

    def _table(self, raw: object, table: type, where: Where) -> Any:
        if not isinstance(raw, dict):
            return self._no_table(raw, where)
        keys = keys_of(table)
        places = {
            each.name if each.name in keys else hidden(each.name): each for each in fields(table)
        }
        strangers = sorted(raw.keys() - places.keys())
        for key in strangers:
            self.report.problem(path_of(*where, key), "unknown key", did_you_mean(key, keys))
        made = {}
        for key, each in places.items():
            at = (*where, each.name)
            if key in raw:
                made[each.name] = self._value(raw[key], each.type, at)
            elif each.default is NOTHING:
                self.report.problem(path_of(*at), "is missing", keys[each.name].doc)
                made[each.name] = UNUSABLE
        return UNUSABLE if strangers or UNUSABLE in made.values() else table(**made)

    def _value(self, raw: object, annotation: Any, where: Where) -> Any:
        base, _ = parts_of(annotation)
        if base is Secret:
            return raw  # it is one already: credentials come from several keys
        if (named := named_tables_of(annotation)) is not None:
            return self._named_tables(raw, *named, where)
        if (kind := kind_of(annotation)) is not None:
            return self._plain(raw, kind, where)
        assert has(base)
        return self._table(raw, base, where)

    def _named_tables(self, raw: object, names: Name, table: type, where: Where) -> Any:
        if not isinstance(raw, dict):
            return self._no_table(raw, where)
        made: Mapping[Any, Any] = {
            self._plain(name, names, (*where, name)): self._table(each, table, (*where, name))
            for name, each in raw.items()
        }
        return UNUSABLE if UNUSABLE in (*made, *made.values()) else made

    def _plain(self, raw: object, kind: Kind, where: Where) -> Any:
        try:
            if not isinstance(kind, FilePath):
                return kind.read(raw)
            path = self.surroundings.path(kind.read(raw))
            kind.check(path)
        except Misfit as misfit:
            self.report.misfit(path_of(*where), misfit)
            return UNUSABLE
        return path

    def _no_table(self, raw: object, where: Where) -> Any:
        what = f"{shown(raw)} is not a table"
        self.report.problem(path_of(*where), what, "Write it as a [table].")
        return UNUSABLE
