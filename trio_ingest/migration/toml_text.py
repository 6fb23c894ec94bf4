"""Writes TOML that our own loader reads: strings, lists, flags and the tables that hold them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

Value = str | bool | Sequence[str] | Mapping[str, "Value"]
Table = Mapping[str, Value]


def table_lines(table: Table, *path: str) -> Iterator[str]:
    """Yield the lines of `[PATH]`, and of the tables inside it."""
    plain = {name: value for name, value in table.items() if not isinstance(value, Mapping)}
    if plain or not table:
        yield f"[{'.'.join(key(part) for part in path)}]"
        yield from (f"{key(name)} = {literal(value)}" for name, value in plain.items())
        yield ""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from table_lines(value, *path, name)


def literal(value: str | bool | Sequence[str]) -> str:
    """Return *value* as a file has it; a dollar sign is doubled, since `${VAR}` is a variable."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value.replace("$", "$$"))
        case _:
            return f"[{', '.join(literal(each) for each in value)}]"


def key(name: str) -> str:
    """Return *name* as a key, in quotes where it needs them."""
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else quoted(name)


def quoted(text: str) -> str:
    """Return *text* in quotes. JSON escapes all that TOML asks for but the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def comment(text: str) -> str:
    """Return *text* as a comment of one line."""
    return "# " + "".join(letter if letter.isprintable() else "?" for letter in text)
