"""From the plain tables of a file to the classes of the model, with cattrs.

cattrs walks the classes and gathers what went wrong where; the kinds read the values.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

import cattrs
from attrs import fields, has
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, override

from trio_ingest.config.common import Secret
from trio_ingest.config.keys import hidden, keys_of, kind_of, named_tables_of, parts_of
from trio_ingest.config.kinds.plain import FilePath
from trio_ingest.config.problems import Misfit, Report, did_you_mean, path_of, shown
from trio_ingest.config.surroundings import Surroundings

T = TypeVar("T")
Structure = Callable[[Any, Any], Any]


def make_converter(surroundings: Surroundings) -> cattrs.Converter:
    """Return what makes objects of the model from tables; relative paths get absolute."""
    converter = cattrs.Converter(forbid_extra_keys=True)

    def structure_value(annotation: Any) -> Structure:
        kind = kind_of(annotation)
        assert kind is not None

        def read(raw: Any, _: Any) -> Any:
            if not isinstance(kind, FilePath):
                return kind.read(raw)
            path = surroundings.path(kind.read(raw))
            kind.check(path)
            return path

        return read

    def structure_table(table: type) -> Structure:
        @cache  # made once the file has such a table: it has few of them, and each takes 1 ms
        def make() -> Structure:
            keys = keys_of(table)
            no_keys = [each.name for each in fields(table) if each.name not in keys]
            renamed: Any = {name: override(rename=hidden(name)) for name in no_keys}
            structure: Structure = make_dict_structure_fn(table, converter, **renamed)
            return structure

        def read(raw: Any, annotation: Any) -> Any:
            return make()(raw, annotation)

        return only_for_tables(read)

    def structure_named_tables(annotation: Any) -> Structure:
        base, _ = parts_of(annotation)
        return only_for_tables(converter.gen_structure_mapping(base))

    converter.register_structure_hook_factory(
        lambda annotation: isinstance(annotation, type) and has(annotation), structure_table
    )
    converter.register_structure_hook_factory(
        lambda annotation: kind_of(annotation) is not None, structure_value
    )
    converter.register_structure_hook_factory(
        lambda annotation: named_tables_of(annotation) is not None, structure_named_tables
    )
    converter.register_structure_hook(Secret, lambda secret, _: secret)
    return converter


def only_for_tables(structure: Structure) -> Structure:
    """Return *structure* with a Misfit for whatever is not a table."""

    def read(raw: Any, annotation: Any) -> Any:
        if not isinstance(raw, dict):
            raise Misfit(f"{shown(raw)} is not a table", "Write it as a [table].")
        return structure(raw, annotation)

    return read


def read_table(
    converter: cattrs.Converter, raw: object, table: type[T], where: Iterable[str], report: Report
) -> T | None:
    """Return the object of class *table* that *raw* means, or None, with the problems reported."""
    try:
        return converter.structure(raw, table)
    except (ClassValidationError, Misfit) as error:
        report_all(error, table, tuple(where), report)
        return None


def report_all(error: Exception, table: type, where: tuple[str, ...], report: Report) -> None:
    """Report all that cattrs has gathered about the *table* at the key path *where*."""
    match error:
        case ClassValidationError():
            at_keys, others = error.group_exceptions()
            for other in others:
                report_all(other, table, where, report)
            for each, note in at_keys:
                inner = keys_of(table)[note.name].table or table
                report_all(each, inner, (*where, note.name), report)
        case IterableValidationError():
            for each, place in error.group_exceptions()[0]:
                report_all(each, table, (*where, str(place.index)), report)
        case ForbiddenExtraKeysError():
            for key in sorted(error.extra_fields):
                remedy = did_you_mean(key, keys_of(table))
                report.problem(path_of(*where, key), "unknown key", remedy)
        case KeyError():
            report.problem(path_of(*where), "is missing", keys_of(table)[where[-1]].doc)
        case Misfit():
            report.misfit(path_of(*where), error)
        case _:
            raise error
