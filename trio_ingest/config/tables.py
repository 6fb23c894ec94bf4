"""Completes the tables of a file with what only the whole can know, and reads them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cattrs
from attrs import frozen

from trio_ingest.config.credentials import Credentials
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.influx_rules import check_target, settle_auth
from trio_ingest.config.keys import hidden
from trio_ingest.config.kinds.plain import Choice, FilePath
from trio_ingest.config.line_protocol_model import Schema
from trio_ingest.config.model import AdminConfig, HomeAssistantConfig, LoggingConfig, PublishConfig
from trio_ingest.config.nats_rules import settle_nats
from trio_ingest.config.problems import Misfit, Report, path_of, shown
from trio_ingest.config.schema_rules import check_schema, check_tags
from trio_ingest.config.sink_model import SinkConfig, SqliteSinkConfig
from trio_ingest.config.structure import read_table
from trio_ingest.config.surroundings import Surroundings

if TYPE_CHECKING:
    from trio_ingest.config.relay_model import RelayConfig

NAME_PATTERN = "^[a-z0-9_-]+$"

SINK_KINDS = ("influxdb", "sqlite", "nats")
SINK_KIND = Choice(SINK_KINDS)


def class_of(kind: str) -> type[SinkConfig]:
    """Return what `[sink.NAME]` of that *kind* becomes."""
    if kind == "nats":
        # Few have a stream, and its class takes 5 ms of each start to make.
        from trio_ingest.config.nats_model import NatsSinkConfig  # noqa: PLC0415

        return NatsSinkConfig
    return InfluxSinkConfig if kind == "influxdb" else SqliteSinkConfig


@frozen(eq=False, repr=False, kw_only=True)
class Tables:
    """Reads one table after the other. What is wrong is reported, and None stands in its place."""

    surroundings: Surroundings
    credentials: Credentials
    converter: cattrs.Converter
    report: Report

    def named(self, root: Mapping[str, Any], group: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the name and a copy of each table of a *group*, such as `[sink.NAME]`."""
        tables = root.get(group, {})
        if not isinstance(tables, dict):
            self.report.problem(group, "is not a table", f"Write [{group}.NAME].")
            return
        for name, table in tables.items():
            at = path_of(group, name)
            if not isinstance(table, dict):
                self.report.problem(
                    at, "is not in a table with a name", f"Write [{group}.NAME] above it."
                )
                continue
            if not re.fullmatch(NAME_PATTERN, name):
                remedy = "Use a-z, 0-9, _ and - only: it goes into file names and metrics."
                self.report.problem(at, "is no name that can be used", remedy)
            yield name, dict(table)

    def state_directory(self, root: Mapping[str, Any]) -> Path:
        """Return where state is kept."""
        try:
            if "state_directory" in root:
                return self.surroundings.path(FilePath().read(root["state_directory"]))
            return self.surroundings.default_state_directory()
        except Misfit as misfit:
            self.report.misfit("state_directory", misfit)
            return self.surroundings.directory

    def home_assistant(self, name: str, table: dict[str, Any]) -> HomeAssistantConfig | None:
        """Return `[home_assistant.NAME]`. It always needs a token."""
        at = path_of("home_assistant", name)
        token = self.credentials.take(table, at, "token")
        if token is None:
            self.credentials.missing(at, "token")
        table |= {hidden("name"): name, "token": token}
        where = ("home_assistant", name)
        return read_table(self.converter, table, HomeAssistantConfig, where, self.report)

    def sink(self, name: str, table: dict[str, Any], state_directory: Path) -> SinkConfig | None:
        """Return `[sink.NAME]`, of the class that its `kind` says."""
        at = path_of("sink", name)
        if "kind" not in table:
            self.report.problem(f"{at}.kind", "is missing", f"Write one of {SINK_KIND}.")
            return None
        try:
            kind = SINK_KIND.read(table.pop("kind"))
        except Misfit as misfit:
            self.report.misfit(f"{at}.kind", misfit)
            return None
        table[hidden("name")] = name
        if kind == "influxdb":
            check_target(table, at, self.report)
            check_schema(table, at, self.report)
            settle_auth(table, at, self.credentials)
        elif kind == "nats":
            check_schema(table, at, self.report)
            settle_nats(table, at, self.credentials)
            table.setdefault("subject", f"ha.lp.{name}")
        else:
            check_tags(table.get("tags"), Schema.TIDY, at, self.report)
            table.setdefault("path", str(state_directory / f"{name}.db"))
        return read_table(self.converter, table, class_of(kind), ("sink", name), self.report)

    def relay(self, root: Mapping[str, Any]) -> "RelayConfig | None":
        """Return `[relay]`."""
        from trio_ingest.config.relay_model import RelayConfig  # noqa: PLC0415 - as above

        table = root.get("relay", {})
        if isinstance(table, dict):
            table = dict(table)
            settle_nats(table, "relay", self.credentials)
        return read_table(self.converter, table, RelayConfig, ("relay",), self.report)

    def admin(self, root: Mapping[str, Any]) -> AdminConfig | None:
        """Return `[admin]`."""
        table = root.get("admin", {})
        if isinstance(table, dict):
            table = {"listen": self.surroundings.default_listen(), **table}
            table["token"] = self.credentials.take(table, "admin", "token")
        return read_table(self.converter, table, AdminConfig, ("admin",), self.report)

    def publish(self, root: Mapping[str, Any], homes: Sequence[str]) -> PublishConfig | None:
        """Return `[publish]`, in which it is settled of which of the *homes* is told."""
        table = root.get("publish", {})
        data_api = table.get("data_api") if isinstance(table, dict) else None
        if isinstance(data_api, dict):
            at = "publish.data_api"
            data_api = dict(data_api)
            data_api["token"] = self.credentials.take(data_api, at, "token")
            if len(homes) == 1:
                data_api.setdefault("home", homes[0])
            home = data_api.get("home", "")
            if homes and isinstance(home, str) and home not in homes:
                what = f"there is no home {shown(home)}" if home else "is missing"
                self.report.problem(f"{at}.home", what, f"Name one of {', '.join(sorted(homes))}.")
            table = {**table, "data_api": data_api}
        return read_table(self.converter, table, PublishConfig, ("publish",), self.report)

    def logging(self, root: Mapping[str, Any]) -> LoggingConfig | None:
        """Return `[logging]`."""
        table = root.get("logging", {})
        return read_table(self.converter, table, LoggingConfig, ("logging",), self.report)
