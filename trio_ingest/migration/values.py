"""Reads values as Home Assistant takes them in YAML: a port in quotes, one name for a list.

Problems repeat no values, because `!secret` may stand for any of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from trio_ingest.config.problems import Misfit

HIGHEST_PORT = 65535
FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "on", "enable"), True),
    **dict.fromkeys(("0", "false", "no", "off", "disable"), False),
}


def text_of(value: object) -> str:
    """Return the string that *value* is taken for. Raises Misfit."""
    if value is None or isinstance(value, list | dict):
        raise Misfit("is not a string", "Write it in quotes.")
    return str(value)


def texts_of(value: object) -> Sequence[str]:
    """Return the strings of a list; a single one need not be in a list. Raises Misfit."""
    return [text_of(each) for each in (value if isinstance(value, list) else [value])]


def entity_ids_of(value: object) -> Sequence[str]:
    """Return entity ids; they may also be one string with commas. Raises Misfit."""
    ids = value.split(",") if isinstance(value, str) else texts_of(value)
    return [each.strip().lower() for each in ids]


def host_of(value: object) -> str:
    """Return the name of a host. Raises Misfit."""
    host = text_of(value)
    if "://" in host:
        raise Misfit("is a whole address", "Write the host alone, and ssl: true for https.")
    return host


def flag_of(value: object) -> bool:
    """Return true or false, in whatever way it is said. Raises Misfit."""
    if isinstance(value, bool | int | float):
        return bool(value)
    flag = FLAGS.get(text_of(value).lower().strip())
    if flag is None:
        raise Misfit("is neither true nor false", "Write true or false.")
    return flag


def port_of(value: object) -> int:
    """Return a port. Raises Misfit."""
    try:
        port = int(text_of(value))
    except ValueError:
        port = 0
    if not 0 < port <= HIGHEST_PORT:
        raise Misfit("is not a port", f"Write a number from 1 to {HIGHEST_PORT}.")
    return port


def table_of(value: object) -> Mapping[str, Any]:
    """Return what is given in a table, by string keys. Raises Misfit."""
    if not isinstance(value, dict):
        raise Misfit("is not a table", "Write keys and values below it.")
    return {str(key): each for key, each in value.items() if each is not None}
