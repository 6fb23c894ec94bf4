"""Turns the `influxdb:` part of a Home Assistant's YAML into a configuration file of ours."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from trio_ingest.config.loading import assemble
from trio_ingest.config.problems import ConfigurationError, Problem, Report
from trio_ingest.config.surroundings import Surroundings
from trio_ingest.loopback import is_loopback
from trio_ingest.migration.influxdb_options import PASSWORD_FILE, TOKEN_FILE, sink_table
from trio_ingest.migration.options import Options
from trio_ingest.migration.toml_text import Table, comment, table_lines
from trio_ingest.migration.yaml_file import CannotFollowError, Tagged, all_behind, behind, load_yaml

BLOCK = "influxdb"
SINK = "influx"
FILES_OF_SECRETS = {"token": TOKEN_FILE, "password": PASSWORD_FILE}
HOME: Table = {"url": "http://homeassistant.local:8123", "token_file": "ha.token"}


@frozen
class Imported:
    """The text of our file, which holds no token or password, and what is left to do by hand."""

    text: str
    advice: tuple[str, ...]


def import_influxdb(path: Path) -> Imported:
    """Return our configuration with the meaning of `influxdb:` in the YAML file at *path*.

    Raises ConfigurationError when there is none, or one that cannot be used. Reads the files that
    the tags in it name, too.
    """
    notes: list[str] = []
    report = Report()
    block = find_block(path, load_yaml(path))
    secrets = {name: block.pop(name) for name in FILES_OF_SECRETS if block.get(name) is not None}
    try:
        found = {name: all_behind(each, name, notes) for name, each in block.items()}
    except RecursionError:
        what = "holds itself, by an alias (*) inside of its anchor (&), or is nested too deeply"
        raise ConfigurationError(path, [Problem(BLOCK, what, "Write it out.")]) from None
    given = {name: each for name, each in found.items() if each is not None}
    given |= dict.fromkeys(secrets, "kept back")  # so that they count, and are in nobody's hands
    table = sink_table(Options(given, (BLOCK,), report, notes))
    check(table, report)
    if report.problems:
        raise ConfigurationError(path, report.problems)
    to_do = tuple(advice(path, table, secrets))
    return Imported("\n".join(lines(path, table, notes)), (*to_do, *notes))


def find_block(path: Path, root: object) -> dict[str, Any]:
    """Return a copy of `influxdb:`, from the top of the file or from one of the packages in it."""
    lost: list[str] = []
    top = table_behind(root, "the file", lost)
    core = table_behind(top.get("homeassistant"), "homeassistant", lost)
    packages = table_behind(core.get("packages"), "packages", lost)
    places = [top, *(table_behind(each, name, lost) for name, each in packages.items())]
    blocks = [place[BLOCK] for place in places if BLOCK in place]
    if not blocks:
        remedy = "Name the file that has it: configuration.yaml, or a package."
        what = f"is not in this file; {' '.join(lost)}" if lost else "is not in this file"
        raise ConfigurationError(path, [Problem(BLOCK, what.rstrip("."), remedy)])
    if len(blocks) > 1:
        remedy = "Write it in one place, as Home Assistant joins them."
        raise ConfigurationError(path, [Problem(BLOCK, "is there several times", remedy)])
    lost.clear()
    block = {} if blocks[0] is None else behind(blocks[0], BLOCK, lost)
    if not isinstance(block, dict):
        what = lost[0].removeprefix(f"{BLOCK}: ").rstrip(".") if lost else "is not a table"
        raise ConfigurationError(path, [Problem(BLOCK, what, "Write its options below it.")])
    return {str(name): each for name, each in block.items()}


def table_behind(value: object, at: str, lost: list[str]) -> Mapping[str, Any]:
    """Return a table, with its tag followed; an empty one for whatever else is there."""
    found = behind(value, at, lost)
    return {str(name): each for name, each in found.items()} if isinstance(found, dict) else {}


def check(table: Table, report: Report) -> None:
    """Report what our own loader would say of *table*, were the files that it names in place."""
    files = {"token_file": "token", "password_file": "password"}
    sink = {files.get(name, name): each for name, each in table.items() if name != "ca_file"}
    root = {
        "state_directory": "/",
        "home_assistant": {"home": {"url": HOME["url"], "token": "none-yet"}},
        "sink": {SINK: sink},
    }
    found = Report()
    assemble(root, None, Surroundings({}, Path("/")), found)
    for problem in found.problems:
        where = problem.where.replace(f"sink.{SINK}", BLOCK, 1)
        report.problem(where, problem.what, problem.remedy)


def lines(path: Path, table: Table, notes: list[str]) -> Iterator[str]:
    """Yield the lines of the file; the notes are comments at its top."""
    yield comment(f"Made by trio-ingest import-config from {path.name}.")
    for note in notes:
        yield comment(f"- {note}")
    yield ""
    yield comment("Where your Home Assistant answers, and the file with a long-lived access token.")
    yield from table_lines(HOME, "home_assistant", "home")
    yield from table_lines(table, "sink", SINK)


def advice(path: Path, table: Table, secrets: Mapping[str, object]) -> Iterator[str]:
    """Yield what has to be put right or put somewhere by hand. A secret is never told."""
    yield f"{HOME['url']}: correct it, if your Home Assistant answers elsewhere."
    if is_loopback(urlsplit(str(table["url"])).hostname or ""):
        yield f"{table['url']}: correct it, unless trio-ingest runs where Home Assistant runs."
    yield f"{HOME['token_file']}: put a long-lived access token of your Home Assistant there."
    for name, file in FILES_OF_SECRETS.items():
        if f"{name}_file" in table:
            yield f"{file}: put the {name} of InfluxDB there{origin(path, name, secrets)}."
    if "ca_file" in table:
        yield f"{table['ca_file']}: has to be where trio-ingest runs, too."


def origin(path: Path, name: str, secrets: Mapping[str, object]) -> str:
    """Say where a secret stands now."""
    match secrets.get(name):
        case None:
            return ""
        case Tagged() as tagged:
            try:
                tagged.value()
            except CannotFollowError as error:
                return f", which is {tagged} ({error})"
            return f", which is {tagged}"
        case _:
            return f", which is {BLOCK}.{name} in {path.name}"
