"""What a lane knows of the entities of a home, and what that makes of the news: write it, or not.

For each entity that is when something was last heard of it, and a fingerprint of what. So a state
that comes a second time, by another way, is told from a new one; so is a state that Home Assistant
merely restored while it started; and so is an entity that is gone.
"""

from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field

from trio_ingest.model.gap import Gap, Repair
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND
from trio_ingest.model.progress import Known
from trio_ingest.model.state_change import Source, StateChange
from trio_ingest.processing.fingerprint import Fingerprints
from trio_ingest.processing.windows import Window

Changes = Sequence[StateChange]
NEVER = -1


@define(kw_only=True)
class KnownHome:
    """Sifts what comes of one home; every method returns the changes that are to be written now.

    With `drops_noise`, states that a starting Home Assistant only restores are left out. A change
    that is neither written nor counted in `deduplicated` or `noise` is held, see `held`.
    """

    drops_noise: bool = False
    heartbeat_seconds: float | None = None
    deduplicated: int = 0
    noise: int = 0
    _newest: dict[str, Known] = field(factory=dict)
    _fingerprints: Fingerprints = field(factory=Fingerprints, init=False)
    _gaps: list[Gap] = field(factory=list)
    _unread: dict[str, StateChange] = field(factory=dict, init=False)
    """What was heard last, where that is not in `_newest` yet: fingerprints are made when due."""
    _news: dict[str, Known] = field(factory=dict, init=False)
    """What has changed in `_newest` since the last commit."""
    _heard: int = field(default=0, init=False)
    """Changes that were heard since then, while it was calm."""
    _reads_at_once: bool = field(default=False, init=False)
    """Most changes are of another entity: to read them later saves nothing, and the processor's
    caches no longer have them then, which costs 1 µs a change."""
    _windows: dict[str, Window] = field(factory=dict, init=False)
    _is_starting: bool = field(default=False, init=False)
    _has_restarted: bool = field(default=False, init=False)
    """A start lies in the gaps that are open."""
    _held: dict[str, StateChange] = field(factory=dict, init=False)

    @property
    def held(self) -> int:
        """Return how many changes wait for it to turn out what they mean."""
        return len(self._held) + sum(window.held is not None for window in self._windows.values())

    def entities(self) -> Iterable[str]:
        """Return the ids of all entities that were there when something was last heard of them."""
        self._read_all()
        return [each for each, known in self._newest.items() if known.fingerprint is not None]

    def take_news(self) -> Mapping[str, Known]:
        """Return what has become known since the last time, to be committed."""
        self._read_all()
        news, self._news = self._news, {}
        self._reads_at_once = 2 * len(news) > self._heard
        self._heard = 0
        return news

    def sift(self, change: StateChange, source: Source) -> Changes:
        """Return what is to be written once *change* was heard from *source*."""
        match source:
            case Source.LIVE:
                return self._hear(change)
            case Source.SNAPSHOT:
                return self._see(change)
            case Source.HISTORY:
                return self._read_up(change)
            case Source.LATE:
                return self._hear_late(change)
            case Source.HEARTBEAT:
                return self._feel(change)

    @property
    def is_calm(self) -> bool:
        """Say whether all that is heard live is to be written, as nearly always."""
        return not self._gaps and not self._is_starting

    def hear(self, changes: Sequence[StateChange]) -> None:
        """Be told of live *changes*, all of which are written; only while it is calm."""
        unread = self._unread
        for change in changes:
            unread[change.entity_id] = change
        self._heard += len(changes)
        if self._reads_at_once:
            self._read_all()

    def open_gap(self, gap: Gap) -> None:
        """Expect history: what is missing lies in *gap*. It may be told again, with its end."""
        same = (gap.reason, gap.first)
        self._gaps = [each for each in self._gaps if (each.reason, each.first) != same]
        self._gaps.append(gap)
        for window in self._windows.values():
            window.rewind(gap.first)

    def close_gap(self, repair: Repair) -> Changes:
        """Take note of what was repaired. Return what was held, once no gap is open."""
        remainders = [repair.remainder if gap == repair.gap else gap for gap in self._gaps]
        self._gaps = [gap for gap in remainders if gap is not None]
        if self._gaps:
            return ()
        self._has_restarted = False
        windows, self._windows = self._windows, {}
        held = [window.held for window in windows.values() if window.held is not None]
        final = [each for each in held if windows[each.entity_id].is_open_ended]
        self.noise += len(held) - len(final)
        return self._release(final)

    def start_up(self, *, is_over: bool) -> Changes:
        """Be told that Home Assistant is starting, or no longer. Return what was held meanwhile."""
        self._is_starting = not is_over
        if not is_over:
            self._has_restarted = bool(self._gaps)
            return ()
        held, self._held = self._held, {}
        return self._release(held.values())

    def call_roll(self, present: frozenset[str], time: int) -> Changes:
        """Return the removals of those who are known and not *present* at *time*."""
        self._read_all()
        removals = [
            StateChange(entity_id=entity_id, time=max(time, known.time + 1), state=None)
            for entity_id, known in self._newest.items()
            if known.fingerprint is not None and known.time <= time and entity_id not in present
        ]
        return self._release(removals)

    def _hear(self, change: StateChange) -> Changes:
        entity_id = change.entity_id
        window = self._window_of(entity_id) if self._gaps else None
        if window is not None:
            window.end_at(change.time)
        if self._is_starting and self.drops_noise:
            superseded = self._held.pop(entity_id, None)
            self.noise += superseded is not None
            if is_placeholder(change):
                self._held[entity_id] = change
                return ()
            if self._is_repetition(change, self._known(entity_id)):
                if window is not None and window.left_out is None:
                    window.left_out = change
                return self._leave_as_noise(change)
        self._unread[entity_id] = change
        return (change,)

    def _hear_late(self, change: StateChange) -> Changes:
        known = self._known(change.entity_id)
        if known is None or known.time < change.time:
            return self._hear(change)
        if known.time == change.time:
            return self._leave_as_known()
        return (change,)  # the entity has come back since: that is what is known of it

    def _see(self, change: StateChange) -> Changes:
        known = self._known(change.entity_id)
        window = self._window_of(change.entity_id) if self._gaps else None
        if change.entity_id in self._held or self._has_seen(change, known, window):
            return self._leave_as_known()
        if window is not None:
            window.end_at(change.time)
        if self._is_starting and self.drops_noise:
            if is_placeholder(change):
                self._held[change.entity_id] = change
                return ()
            if self._is_repetition(change, known):
                if window is not None:
                    window.left_out = change
                return self._leave_as_noise(change)
        self._unread[change.entity_id] = change
        return (change,)

    def _read_up(self, change: StateChange) -> Changes:
        window = self._window_of(change.entity_id)
        if not window.admits(change.time):
            return self._leave_as_known()
        self.noise += window.held is not None  # a placeholder that something came after
        window.held = None
        if self._has_restarted and self.drops_noise:
            if is_placeholder(change):
                window.held = change
                return ()
            if not window.has_written and self._is_repetition(change, window.known):
                self.noise += 1
                return ()
        window.has_written = True
        if window.is_open_ended:
            self._unread[change.entity_id] = change
        left_out, window.left_out = window.left_out, None
        if left_out is None:
            return (change,)
        self.noise -= 1  # it came back to what it was: that is no repetition after all
        return (change, left_out)

    def _feel(self, change: StateChange) -> Changes:
        known = self._known(change.entity_id)
        every = self.heartbeat_seconds
        is_due = (
            every is not None
            and known is not None
            and change.time - known.time >= every * MICROSECONDS_PER_SECOND
            and self._is_repetition(change, known)
        )
        if not is_due:
            return self._leave_as_known()
        self._unread[change.entity_id] = change
        return (change,)

    def _window_of(self, entity_id: str) -> Window:
        window = self._windows.get(entity_id)
        if window is None:
            known = self._known(entity_id)
            firsts = [gap.first for gap in self._gaps]
            after = NEVER if known is None else min([known.time, *firsts])
            # What we know of it may have been heard after the gap, when a repair was interrupted:
            # then it says nothing about what came before.
            is_from_before = known is not None and known.time == after
            before = known if is_from_before else None
            window = self._windows[entity_id] = Window(after=after, known=before)
        return window

    def _has_seen(self, change: StateChange, known: Known | None, window: Window | None) -> bool:
        """Say whether the present state is one that was heard before."""
        if known is None or change.time > known.time:
            return False
        if change.time == known.time or window is None or not window.is_open_ended:
            return True
        # Older than what we know, and nothing was heard since: if it is another one all the same,
        # Home Assistant's clock was put back meanwhile.
        return self._is_repetition(change, known)

    def _known(self, entity_id: str) -> Known | None:
        change = self._unread.pop(entity_id, None)
        if change is not None:
            self._learn(change)
        return self._newest.get(entity_id)

    def _learn(self, change: StateChange) -> None:
        entity_id, state, fingerprint = change.entity_id, change.state, None
        if state is None:
            self._fingerprints.forget(entity_id)
        else:
            fingerprint = self._fingerprints.of(entity_id, state)
        self._newest[entity_id] = self._news[entity_id] = Known(change.time, fingerprint)

    def _read_all(self) -> None:
        for change in self._unread.values():
            self._learn(change)
        self._unread.clear()

    def _release(self, changes: Iterable[StateChange]) -> Changes:
        written = list(changes)
        self._unread.update((change.entity_id, change) for change in written)
        return written

    def _leave_as_known(self) -> Changes:
        self.deduplicated += 1
        return ()

    def _leave_as_noise(self, change: StateChange) -> Changes:
        self.noise += 1
        self._unread[change.entity_id] = change  # the same under a new time: that is known now
        return ()

    def _is_repetition(self, change: StateChange, known: Known | None) -> bool:
        return (
            known is not None
            and change.state is not None
            and known.fingerprint == self._fingerprints.of(change.entity_id, change.state)
        )


def is_placeholder(change: StateChange) -> bool:
    """Say whether a starting Home Assistant only says that it knows of the entity."""
    state = change.state
    return (
        state is not None
        and state.value == "unavailable"
        and state.attributes.by_name.get("restored") is True
    )
