"""Reads a TOML file, and says what is wrong with it if that fails."""

import re
import tomllib
from pathlib import Path
from typing import Any

from trio_ingest.config.problems import ConfigurationError, Problem


def read_text(path: Path) -> str:
    """Return the text of the file. Raises ConfigurationError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        what, remedy = f"cannot be read: {error.strerror}", "Correct the path, or who may read it."
    except UnicodeDecodeError as error:
        what, remedy = f"byte {error.start} is not UTF-8", "Save the file as UTF-8."
    raise ConfigurationError(path, [Problem("file", what, remedy)])


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """Return what the *text* of the file at *path* says. Raises ConfigurationError."""
    try:
        return tomllib.loads(text)
    except ValueError as error:
        message = re.fullmatch(r"(.*) \(at (.*)\)", str(error))
        what, where = message.groups() if message else (str(error), "file")
    if where == "end of document":
        where = f"line {text.rstrip().count(chr(10)) + 1}, at the end"
    raise ConfigurationError(path, [Problem(where, what, "From here on the file is not TOML.")])
