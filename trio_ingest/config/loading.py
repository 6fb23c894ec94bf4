"""Loads the configuration: from a file or the environment to a `Config`, or all its problems."""

import os.path
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from trio_ingest.config.admin_rules import warning_of
from trio_ingest.config.credentials import Credentials
from trio_ingest.config.environment import NOTHING_GIVEN, in_its_words, table_from
from trio_ingest.config.interpolation import interpolate_all
from trio_ingest.config.keys import keys_of
from trio_ingest.config.model import AdminConfig, Config, LoggingConfig, PublishConfig
from trio_ingest.config.problems import ConfigurationError, Report, did_you_mean, path_of
from trio_ingest.config.sink_model import SinkConfig, SqliteSinkConfig
from trio_ingest.config.structure import make_converter
from trio_ingest.config.surroundings import NAME, Surroundings, absolute, first_of
from trio_ingest.config.tables import Tables
from trio_ingest.config.toml_file import parse_toml, read_text

FILE_NAME = f"{NAME}.toml"
SYSTEM_DIRECTORY = Path("/etc", NAME)
GROUPS = ("home_assistant", "sink", "relay")


def find_config(environment: Mapping[str, str]) -> Path | None:
    """Return the first configuration file at the usual places; None: the environment alone."""
    home = absolute(environment.get("HOME"))
    user_configs = absolute(environment.get("XDG_CONFIG_HOME")) or (home and home / ".config")
    directories = (
        absolute(first_of(environment.get("CONFIGURATION_DIRECTORY", ""))),
        user_configs and user_configs / NAME,
        SYSTEM_DIRECTORY,
    )
    files = [directory / FILE_NAME for directory in directories if directory]
    # Path.is_file() would raise for a directory that is closed to us.
    return next((file for file in files if os.path.isfile(file)), None)  # noqa: PTH113


def load(
    path: Path | None, environment: Mapping[str, str], *, reads_secrets: bool = True
) -> Config:
    """Return what the file at *path* configures, or without a file the environment alone.

    Raises ConfigurationError with all problems at once. Reads files: *path*, and, unless told not
    to, those that hold secrets.
    """
    if path is None:
        return load_environment(environment, reads_secrets=reads_secrets)
    return load_file(path, environment, reads_secrets=reads_secrets)


def load_environment(environment: Mapping[str, str], *, reads_secrets: bool = True) -> Config:
    """Return what the variables of the environment configure. Raises ConfigurationError."""
    table = table_from(environment)
    if not table:
        raise ConfigurationError(None, [NOTHING_GIVEN])
    report = Report()
    surroundings = Surroundings(environment, Path.cwd())
    config = assemble(table, None, surroundings, report, reads_secrets=reads_secrets)
    if report.problems:
        raise ConfigurationError(None, [in_its_words(problem) for problem in report.problems])
    return evolve(config, warnings=report.warnings)


def load_file(path: Path, environment: Mapping[str, str], *, reads_secrets: bool = True) -> Config:
    """Return what the file at *path* configures. Raises ConfigurationError."""
    text = read_text(path)
    report = Report()
    table = interpolate_all(parse_toml(path, text), environment, report)
    surroundings = Surroundings(environment, path.absolute().parent)
    config = assemble(table, path, surroundings, report, reads_secrets=reads_secrets)
    if report.problems:
        raise ConfigurationError(path, report.problems)
    if path.stat().st_mode & stat.S_IROTH and holds_secrets(text, config):
        report.warning(f"{path} holds secrets and can be read by every user: chmod o-r {path}")
    return evolve(config, warnings=report.warnings)


def assemble(
    root: Mapping[str, Any],
    source: Path | None,
    surroundings: Surroundings,
    report: Report,
    *,
    reads_secrets: bool = True,
) -> Config:
    """Return the configuration that *root* means; it is of use if *report* has no problem."""
    known = [*keys_of(Config), *GROUPS]
    for key in sorted(root.keys() - known):
        report.problem(path_of(key), "unknown key", did_you_mean(key, known))
    tables = Tables(
        surroundings=surroundings,
        credentials=Credentials(surroundings, report, reads_secrets),
        converter=make_converter(surroundings),
        report=report,
    )
    if "relay" in root:
        return assemble_relay(root, source, tables)
    state_directory = tables.state_directory(root)
    homes = [tables.home_assistant(*each) for each in tables.named(root, "home_assistant")]
    sinks: list[SinkConfig | None] = [
        tables.sink(*each, state_directory) for each in tables.named(root, "sink")
    ]
    if not root.get("home_assistant"):
        report.problem("home_assistant", "none is given", "Add [home_assistant.home], and its url.")
    if not root.get("sink"):
        sinks = [SqliteSinkConfig(name="embedded", path=state_directory / "home.db")]
    check_paths(sinks, report)
    return Config(
        source=source,
        state_directory=state_directory,
        home_assistants=tuple(home for home in homes if home),
        sinks=tuple(sink for sink in sinks if sink),
        admin=read_admin(root, source, tables),
        publish=tables.publish(root, names_in(root, "home_assistant")) or PublishConfig(),
        logging=tables.logging(root) or LoggingConfig(),
    )


def assemble_relay(root: Mapping[str, Any], source: Path | None, tables: Tables) -> Config:
    """Return the configuration of a relay that *root* means."""
    from trio_ingest.config.relay_rules import (  # noqa: PLC0415 - 2 ms, and few are one
        check_relay_file,
        check_times,
    )

    report = tables.report
    check_relay_file(root, report)
    state_directory = tables.state_directory(root)
    found = [tables.sink(*each, state_directory) for each in tables.named(root, "sink")]
    sinks = tuple(sink for sink in found if sink)
    relay = tables.relay(root)
    if relay is not None:
        check_times(relay, sinks, report)
    return Config(
        source=source,
        state_directory=state_directory,
        home_assistants=(),
        sinks=sinks,
        relay=relay,
        admin=read_admin(root, source, tables),
        logging=tables.logging(root) or LoggingConfig(),
    )


def read_admin(root: Mapping[str, Any], source: Path | None, tables: Tables) -> AdminConfig:
    """Return `[admin]`, and warn of one that everybody reaches."""
    admin = tables.admin(root) or AdminConfig()
    # What the environment says is said by whoever has built the container, and its network.
    given = root.get("admin")
    is_in_file = source is not None and isinstance(given, Mapping) and "listen" in given
    if is_in_file and (warning := warning_of(admin)):
        tables.report.warning(warning)
    return admin


def names_in(root: Mapping[str, Any], group: str) -> Sequence[str]:
    """Return the names of the tables of a *group*."""
    tables = root.get(group)
    return list(tables) if isinstance(tables, dict) else []


def check_paths(sinks: Sequence[SinkConfig | None], report: Report) -> None:
    """Report databases that two sinks would write to."""
    owners: dict[Path, str] = {}
    for sink in sinks:
        if isinstance(sink, SqliteSinkConfig):
            owner = owners.setdefault(sink.path, sink.name)
            if owner != sink.name:
                what = f"{sink.path} is the database of sink.{owner} already"
                report.problem(f"sink.{sink.name}.path", what, "Give each sink its own.")


def holds_secrets(text: str, config: Config) -> bool:
    """Say whether a token or password of *config* stands in *text* itself."""
    secrets = [
        *(home.token for home in config.home_assistants),
        *(secret for sink in config.sinks for secret in sink.secrets),
        config.admin.token,
        config.publish.data_api and config.publish.data_api.token,
        *(config.relay.secrets if config.relay else ()),
    ]
    return any(secret.value in text for secret in secrets if secret and secret.value)
