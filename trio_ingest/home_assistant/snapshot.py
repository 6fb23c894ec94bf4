"""What Home Assistant says of itself and of all its entities, asked once a session."""

import logging
from collections.abc import Sequence

import trio
from msgspec import Raw, Struct
from msgspec.json import Decoder

from trio_ingest.home_assistant.frames import NOT_AS_PROMISED
from trio_ingest.home_assistant.messages import WireState, to_state
from trio_ingest.home_assistant.session import Session
from trio_ingest.model.state_change import StateChange
from trio_ingest.telemetry.message_ids import UNREADABLE_ENTITY


class CoreConfig(Struct):
    """What we read of the answer to `get_config`.

    `state` is `RUNNING` once the start is over. Home Assistant lets clients in long before that,
    when only some of its entities are there, so a snapshot adds and never takes away.
    """

    version: str
    location_name: str
    state: str
    time_zone: str = "UTC"

    @property
    def is_running(self) -> bool:
        """Say whether the start is over."""
        return self.state == RUNNING


class SnapshotState(WireState, kw_only=True):
    """One entry of the answer to `get_states`."""

    entity_id: str


log = logging.getLogger(__name__)

RUNNING = "RUNNING"
LOOK_AGAIN_SECONDS = 2.0

_core = Decoder(CoreConfig)
_one = Decoder(SnapshotState)
_states: Decoder[Sequence[Raw]] = Decoder(Sequence[Raw])


async def fetch_core(session: Session) -> CoreConfig:
    """Ask for `get_config`, which every user may."""
    return await session.request("get_config", _core)


async def fetch_snapshot(session: Session) -> Sequence[StateChange]:
    """Return the present state of every entity, each at the time when it came about.

    Points made of it are the same as those of the changes themselves, so it may be asked often.
    """
    return decode_snapshot(await session.request("get_states", _states))


async def wait_running(session: Session) -> None:
    """Wait until the start of Home Assistant is over.

    It is asked again and again, because only an administrator may hear the event that says so.
    """
    while not (await fetch_core(session)).is_running:  # noqa: ASYNC110 - the event is its own
        await trio.sleep(LOOK_AGAIN_SECONDS)


def decode_snapshot(entries: Sequence[Raw]) -> list[StateChange]:
    """Return the states of a snapshot as the changes that brought them about, at their own times.

    An entry that cannot be read is left out: its next change comes as an event, and is judged then.
    """
    changes: list[StateChange] = []
    for entry in entries:
        try:
            state = _one.decode(entry)
            present = to_state(state)
        except (*NOT_AS_PROMISED, OverflowError) as error:
            log.warning(
                "an entity in the snapshot was unreadable, skipped: %s",
                error,
                extra=UNREADABLE_ENTITY,
            )
            continue
        changes.append(
            StateChange(
                entity_id=state.entity_id,
                time=present.last_updated,
                state=present,
                context=present.context,
            )
        )
    return changes
