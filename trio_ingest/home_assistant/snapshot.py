"""What Home Assistant says of itself and of all its entities, asked once a session."""

from collections.abc import Sequence

import trio
from msgspec import Raw, Struct
from msgspec.json import Decoder

from trio_ingest.home_assistant.messages import decode_snapshot
from trio_ingest.home_assistant.session import Session
from trio_ingest.model.state_change import StateChange


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


RUNNING = "RUNNING"
LOOK_AGAIN_SECONDS = 2.0

_core = Decoder(CoreConfig)
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
