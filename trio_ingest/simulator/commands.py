"""The commands that only ask: each is the shape of its request and the answer to it.

Commands that change the session itself (ping, subscriptions, features) are in `session`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from attrs import frozen

from trio_ingest.simulator.core import Core
from trio_ingest.simulator.recorder import Question
from trio_ingest.simulator.services import SERVICES
from trio_ingest.simulator.statistics import TYPES

ENTITY_ID = re.compile(r"(?!.+__)(?!_)[\da-z_]+(?<!_)\.(?!_)[\da-z_]+(?<!_)")


class CommandError(Exception):
    """A command fails with this code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """What every command has."""

    id: int
    type: str


class HistoryRequest(Request, kw_only=True):
    """`history/history_during_period`."""

    start_time: str
    end_time: str | None = None
    entity_ids: list[str]
    include_start_time_state: bool = True
    significant_changes_only: bool = True
    minimal_response: bool = False
    no_attributes: bool = False


class StatisticsRequest(Request, kw_only=True):
    """`recorder/statistics_during_period`."""

    start_time: str
    end_time: str | None = None
    statistic_ids: list[str]
    period: Literal["hour"]
    types: tuple[str, ...] = TYPES
    units: dict[str, str] = {}


@frozen
class Query:
    """A command that only asks."""

    request: type[Request]
    answer: Callable[[Core, Any], Any]
    needs_recorder: bool = False


def read(message: Mapping[str, Any], request: type[Request]) -> Any:
    """Return *message* as the request that it should be. CommandError: it is not."""
    try:
        return msgspec.convert(message, request)
    except msgspec.ValidationError as error:
        raise CommandError("invalid_format", str(error)) from error


def find(core: Core, name: str) -> Query | None:
    """Return the query of that name, None when there is none, or it has gone with the recorder."""
    query = None if name in core.unknown_commands else QUERIES.get(name)
    if query is None or (query.needs_recorder and not core.recorder.is_running):
        return None
    return query


def _current_user(core: Core, _request: Request) -> dict[str, Any]:
    return {
        "id": "5d0c8a1e4f7b4b0c9e3a6d2f1b8c7a90",
        "name": "Simulated user",
        "is_owner": False,
        "is_admin": core.entrance.is_admin,
        "credentials": [],
        "mfa_modules": [],
    }


def _states(core: Core, _request: Request) -> list[msgspec.Raw]:
    return [msgspec.Raw(state.json) for state in core.states.all()]


def _recorder_info(_core: Core, _request: Request) -> dict[str, Any]:
    return {
        "backlog": 0,
        "db_in_default_location": True,
        "max_backlog": 65_000,
        "migration_in_progress": False,
        "migration_is_live": False,
        "recording": True,
        "thread_running": True,
    }


def _history(core: Core, request: HistoryRequest) -> dict[str, Any]:
    now = core.ticker.clock()
    start = _instant(request.start_time, "start_time")
    end = now if request.end_time is None else _instant(request.end_time, "end_time")
    if start > now:
        return {}
    if not all(ENTITY_ID.fullmatch(entity_id) for entity_id in request.entity_ids):
        raise CommandError("invalid_entity_ids", "Invalid entity_ids")
    question = Question(
        start=start,
        end=end,
        include_start_time_state=request.include_start_time_state,
        significant_changes_only=request.significant_changes_only,
        minimal_response=request.minimal_response,
        no_attributes=request.no_attributes,
    )
    return core.recorder.answer(request.entity_ids, question, now)


def _statistics(core: Core, request: StatisticsRequest) -> dict[str, Any]:
    start = _instant(request.start_time, "start_time")
    end = core.ticker.clock()
    if request.end_time is not None:
        end = _instant(request.end_time, "end_time")
    return core.statistics.answer(
        request.statistic_ids, start, end, types=request.types, units=request.units
    )


def _instant(text: str, key: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"invalid_{key}", f"Invalid {key}") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


QUERIES = {
    "get_states": Query(Request, _states),
    "auth/current_user": Query(Request, _current_user),
    "get_services": Query(Request, lambda _core, _request: SERVICES),
    "get_config": Query(Request, lambda core, _: core.configuration()),
    "config/floor_registry/list": Query(
        Request, lambda core, _: list(core.registries.floors.values())
    ),
    "config/area_registry/list": Query(
        Request, lambda core, _: list(core.registries.areas.values())
    ),
    "config/device_registry/list": Query(
        Request, lambda core, _: list(core.registries.devices.values())
    ),
    "config/entity_registry/list": Query(
        Request, lambda core, _: list(core.registries.entities.values())
    ),
    "config/label_registry/list": Query(
        Request, lambda core, _: list(core.registries.labels.values())
    ),
    "recorder/info": Query(Request, _recorder_info, needs_recorder=True),
    "recorder/list_statistic_ids": Query(
        Request, lambda core, _: core.statistics.entries(), needs_recorder=True
    ),
    "recorder/statistics_during_period": Query(StatisticsRequest, _statistics, needs_recorder=True),
    "history/history_during_period": Query(HistoryRequest, _history, needs_recorder=True),
}
