"""`trio-ingest explain`: which rule decides about an entity in each sink, and what is written."""

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import trio

from trio_ingest.cli.explanation import explain_absence, explain_entity
from trio_ingest.cli.loading import load_recorder_or_exit, loader
from trio_ingest.config.common import ENTITY_ID
from trio_ingest.config.model import Config
from trio_ingest.home_assistant.errors import AccessRefused, CommandFailed, SessionLost, leaves
from trio_ingest.home_assistant.present import Present, fetch_present
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.instant import to_microseconds
from trio_ingest.model.registry import Registry
from trio_ingest.model.state_change import State, StateChange


def explain_command(
    entity_id: str, config_file: Path | None, state: str | None, attributes: str | None
) -> None:
    """Explain the entity as it is, or with values to try. Leave with 1 if it is not there."""
    config = load_recorder_or_exit(loader(config_file))
    if state is None:
        if attributes is not None:
            raise click.UsageError("--attributes goes with --state.")
        homes = trio.run(ask_homes, config)
    else:
        homes = made_up_homes(config, made_up_change(entity_id, state, attributes or "{}"))
        click.echo("Home Assistant was not asked: areas, labels and the like are not known.\n")
    found = [name for name, present in homes.items() if entity_id in present.changes]
    explanations = ["\n".join(explain_entity(entity_id, name, homes, config)) for name in found]
    if explanations:
        click.echo("\n\n".join(explanations))
    elif homes:
        click.echo("\n".join(explain_absence(entity_id, homes)), err=True)
    if not found or len(homes) < len(config.home_assistants):
        sys.exit(1)


async def ask_homes(config: Config) -> Mapping[str, Present]:
    """Ask each Home Assistant what is there; one that does not answer is told of and left out."""
    homes: dict[str, Present] = {}
    for home in config.home_assistants:
        try:
            homes[home.name] = await fetch_present(home)
        except* (SessionLost, AccessRefused, CommandFailed) as group:
            reasons = "; ".join(str(error) for error in leaves(group))
            click.echo(f"{home.name} cannot be asked: {reasons}", err=True)
    return homes


def made_up_homes(config: Config, change: StateChange) -> Mapping[str, Present]:
    """Return every home as if *change* were all there is."""
    present = Present(changes={change.entity_id: change}, registry=Registry())
    return {home.name: present for home in config.home_assistants}


def made_up_change(entity_id: str, state: str, attributes: str) -> StateChange:
    """Return a change to *state*, now. Raises BadParameter for what Home Assistant never has."""
    if not re.fullmatch(ENTITY_ID, entity_id):
        raise click.BadParameter(f"{entity_id!r} is no entity id", param_hint="ENTITY_ID")
    now = to_microseconds(datetime.now(UTC))
    present = State(
        value=state,
        attributes=Attributes.of(read_attributes(attributes)),
        last_changed=now,
        last_updated=now,
    )
    return StateChange(entity_id=entity_id, time=now, state=present)


def read_attributes(text: str) -> Mapping[str, Any]:
    """Return a JSON object; what is no number is null in it, as it is on its way to us."""
    try:
        attributes = json.loads(text, parse_constant=lambda _: None)
    except ValueError as error:
        raise click.BadParameter(f"no JSON: {error}", param_hint="--attributes") from error
    if not isinstance(attributes, dict):
        raise click.BadParameter('no object such as {"unit": "W"}', param_hint="--attributes")
    return attributes
