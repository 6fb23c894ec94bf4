"""Starts the daemon as an app of Home Assistant: the app's options become a configuration."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trio_ingest.migration.toml_text import table_lines

OPTIONS = Path("/data/options.json")
OWN_FILE = Path("/config/trio-ingest.toml")
USER = 10001

HOME_ASSISTANT = "ws://supervisor/core/websocket"
PREFIX = "influxdb_"


def configuration(options: Mapping[str, Any], token: str) -> str:
    """Return the file that *options* mean; *token* is the one that the Supervisor gave us."""
    table: dict[str, Any] = {
        "home_assistant": {"home": {"url": HOME_ASSISTANT, "token": token}},
        "logging": {"level": options["log_level"]},
    }
    influxdb = {
        name.removeprefix(PREFIX): value
        for name, value in options.items()
        if name.startswith(PREFIX) and value
    }
    if influxdb:
        influxdb |= {"kind": "influxdb", "schema": options["schema"]}
        table["sink"] = {"influxdb": influxdb}
    return "\n".join(table_lines(table))


def give_up_rights(state: Path) -> None:
    """Go on as a user to whom nothing but *state* belongs."""
    for each in (state, *state.rglob("*")):
        os.chown(each, USER, USER, follow_symlinks=False)
    os.setgroups([])
    os.setgid(USER)
    os.setuid(USER)


def main() -> None:
    """Become the daemon, with the user's own file if there is one."""
    state = Path(os.environ["STATE_DIRECTORY"])
    state.mkdir(mode=0o700, exist_ok=True)
    options = json.loads(OPTIONS.read_text(encoding="utf-8"))
    give_up_rights(state)
    file = OWN_FILE
    if not OWN_FILE.exists():
        file = state / "options.toml"
        file.touch(mode=0o600)
        file.write_text(configuration(options, os.environ["SUPERVISOR_TOKEN"]), encoding="utf-8")
    os.execvp("trio-ingest", ["trio-ingest", "run", "--config", str(file)])  # noqa: S606, S607


if __name__ == "__main__":
    main()
