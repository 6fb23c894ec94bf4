"""The entities as Home Assistant has them, copied, so that it need say only what is different.

A copy is the entity's last state: some 0.4 to 0.7 KB an entity, for as many as Home Assistant has.
"""

from collections.abc import Mapping, Sequence

from attrs import define, field, frozen
from msgspec import Raw, Struct

from trio_ingest.home_assistant.compressed import WireEntities, apply, decode_added
from trio_ingest.home_assistant.frames import Unreadable
from trio_ingest.model.state_change import State, StateChange


@frozen(kw_only=True)
class Gone:
    """An entity that is no more. When it went is not told.

    `state` is its last one, if there is a copy. It did not go before `heard`, the instant of what
    was heard last before that.
    """

    entity_id: str
    state: State | None
    heard: int

    @property
    def stand_in(self) -> int:
        """Return the instant to record when nobody knows the right one: Home Assistant's, too."""
        return max(self.heard, self.began + 1)

    @property
    def began(self) -> int:
        """Return the instant of its last state."""
        return 0 if self.state is None else self.state.last_updated

    def at(self, time: int) -> StateChange:
        """Return the change that it was."""
        return StateChange(entity_id=self.entity_id, time=time, state=None, before=self.state)


class Taken(Struct, frozen=True, gc=False):
    """What an event has told. A struct, for there is one for each change (ADR 0015)."""

    changes: Sequence[StateChange] = ()
    gone: Sequence[Gone] = ()
    amiss: Sequence[Unreadable] = ()
    """What does not fit what is known: the copies are not what Home Assistant has."""


@define(eq=False, repr=False)
class EntityCopies:
    """All copies of one home. `begin` with a snapshot, then `take` what comes, in its order."""

    _states: dict[str, State] = field(factory=dict)
    _heard: int = 0

    def __len__(self) -> int:
        """Return how many entities there are."""
        return len(self._states)

    def present(self) -> Sequence[StateChange]:
        """Return every state as the change that brought it about."""
        return [_change(entity_id, state) for entity_id, state in self._states.items()]

    def begin(self, added: Mapping[str, Raw]) -> Taken:
        """Forget everything for a snapshot; return what that has otherwise than the copies had.

        Who is not in it is not gone: Home Assistant may only be unable to say how it is.
        """
        before, self._states = self._states, {}
        changes: list[StateChange] = []
        amiss: list[Unreadable] = []
        for entity_id, text in added.items():
            state = decode_added(text)
            if isinstance(state, Unreadable):
                amiss.append(state)
                continue
            self._states[entity_id] = state
            if before.get(entity_id) != state:
                changes.append(_change(entity_id, state))
        self._heard = max((each.last_updated for each in self._states.values()), default=0)
        return Taken(changes, (), amiss)

    def take(self, event: WireEntities) -> Taken:
        """Return what *event* tells, and know it from now on."""
        states = self._states
        changes: list[StateChange] = []
        amiss: list[Unreadable] = []
        for entity_id, difference in event.c.items():
            before = states.get(entity_id)
            if before is None:
                amiss.append(Unreadable(f"a difference of {entity_id}, which was not there", ""))
                continue
            try:
                state = apply(difference, before)
            except OverflowError as error:
                del states[entity_id]
                amiss.append(Unreadable(str(error), ""))
                continue
            states[entity_id] = state
            self._heard = state.last_updated
            changes.append(_change(entity_id, state, before))
        for entity_id, text in event.a.items():
            added = decode_added(text)
            if isinstance(added, Unreadable):
                states.pop(entity_id, None)
                amiss.append(added)
                continue
            before, states[entity_id] = states.get(entity_id), added
            self._heard = added.last_updated
            changes.append(_change(entity_id, added, before))
        gone = [
            Gone(entity_id=entity_id, state=states.pop(entity_id, None), heard=self._heard)
            for entity_id in event.r
        ]
        return Taken(changes, gone, amiss)


def _change(entity_id: str, state: State, before: State | None = None) -> StateChange:
    return StateChange(
        entity_id=entity_id,
        time=state.last_updated,
        state=state,
        before=before,
        context=state.context,
    )
