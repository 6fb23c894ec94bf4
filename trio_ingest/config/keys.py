"""Which keys a table of the file has: read from the annotations of the class that it becomes."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from attrs import NOTHING, fields, frozen, has

from trio_ingest.config.kinds.kind import Kind
from trio_ingest.config.kinds.plain import Choice, FilePath, Flag, Name, Text

KINDS_OF_TYPES: Mapping[type, Kind] = {bool: Flag(), str: Text(), Path: FilePath()}


@frozen(eq=False, repr=False)
class SecretKeys:
    """Marks a field that is made of other keys: each of *names*, and `NAME_file` for its file."""

    names: tuple[str, ...]


@frozen(eq=False, repr=False)
class WhenUnset:
    """Says what holds when the key is absent, where that is no constant."""

    text: str


@frozen(eq=False, repr=False, kw_only=True)
class Key:
    """A key of a table: what it takes and what it is for. It takes a *kind*, or it is a *table*.

    With *names* it is a table of such tables, by names of their own.
    """

    doc: str
    kind: Kind | None = None
    table: type | None = None
    names: Name | None = None
    is_required: bool = False
    default: object = None
    when_unset: str | None = None


def keys_of(table: type) -> Mapping[str, Key]:
    """Return the keys of the table that becomes an object of this class, in their order."""
    keys: dict[str, Key] = {}
    for each in fields(table):
        base, marks = parts_of(each.type)
        doc = next((mark for mark in marks if isinstance(mark, str)), None)
        secret = next((mark for mark in marks if isinstance(mark, SecretKeys)), None)
        unset = next((mark.text for mark in marks if isinstance(mark, WhenUnset)), None)
        if doc is None:
            continue
        if secret is not None:
            for name in secret.names:
                keys |= keys_of_secret(name, doc)
        elif has(base):
            keys[each.name] = Key(doc=doc, table=base)
        elif (named := named_tables_of(each.type)) is not None:
            names, table = named
            keys[each.name] = Key(doc=doc, table=table, names=names)
        else:
            keys[each.name] = Key(
                doc=doc,
                kind=kind_of(each.type),
                is_required=each.default is NOTHING and unset is None,
                default=default_of(each.default),
                when_unset=unset,
            )
    return keys


def hidden(field: str) -> str:
    """Return under which name a table holds a field that is no key of the file."""
    return f"<{field}>"


def default_of(default: Any) -> object:
    """Return the value that the default of an attrs field stands for; None for none."""
    if default is NOTHING:
        return None
    return default.factory() if hasattr(default, "factory") else default


def keys_of_secret(name: str, doc: str) -> Mapping[str, Key]:
    """Return the keys for a secret itself and for the file that holds it."""
    credential = "the systemd credential, if there is one"
    return {
        name: Key(doc=doc, kind=Text(), when_unset=credential),
        f"{name}_file": Key(
            doc=f"The file that holds the {name}. It may change while the daemon runs.",
            kind=FilePath(must_exist=True),
            when_unset=credential,
        ),
    }


def kind_of(annotation: Any) -> Kind | None:
    """Return the kind of value that a field takes; None for a table or a secret."""
    base, marks = parts_of(annotation)
    for mark in marks:
        if isinstance(mark, Kind):
            return mark
    if get_origin(base) is Literal:
        return Choice(get_args(base))
    if isinstance(base, type) and issubclass(base, StrEnum):
        return Choice(tuple(base))
    return KINDS_OF_TYPES.get(base)


def named_tables_of(annotation: Any) -> tuple[Name, type] | None:
    """Return how the tables are named that a field holds, and their class; None for others."""
    base, _ = parts_of(annotation)
    if get_origin(base) is not Mapping:
        return None
    names, table = get_args(base)
    kind = kind_of(names)
    return (kind, table) if isinstance(kind, Name) else None


def parts_of(annotation: Any) -> tuple[Any, tuple[object, ...]]:
    """Return the type inside *annotation*, without `| None`, and what is noted beside it."""
    marks: tuple[object, ...] = ()
    if get_origin(annotation) is Annotated:
        annotation, *noted = get_args(annotation)
        marks = tuple(noted)
    if isinstance(annotation, UnionType):
        annotation = next(each for each in get_args(annotation) if each is not type(None))
    return annotation, marks
