"""The stage between a Home Assistant and a spool: selects, encodes and gathers what happens."""

import logging
from collections.abc import Iterable, Sequence

import trio
from attrs import define, field, frozen

from trio_ingest.config.sink_model import BatchConfig
from trio_ingest.model.batch import Batch
from trio_ingest.model.gap import GapReason
from trio_ingest.model.notice import GapFound, RepairDone, RollCall, StartUp, Told
from trio_ingest.model.progress import Progress
from trio_ingest.model.state_change import Burst, HomeEvent, Source, StateChange
from trio_ingest.processing.encoder import Encoder, EventEncoder
from trio_ingest.processing.gathering import Gathering
from trio_ingest.processing.home_events import entities_of
from trio_ingest.processing.known_homes import KnownHomes
from trio_ingest.processing.selection import Selection
from trio_ingest.processing.settings import Settings
from trio_ingest.processing.tap import Tap
from trio_ingest.processing.values import is_not_finite, number_not_finite
from trio_ingest.pulse import Pulse
from trio_ingest.telemetry.message_ids import CHANGE_NOT_ENCODED, Kind, of_entity

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class ProcessorStatistics:
    """A snapshot: what was received is in one of the others, and what is encoded leaves in batches.

    received = filtered + deduplicated + restart_noise + unwritten + failed + held + encoded. State
    changes and other events count alike. `unwritten` is what the schema has no point for, `held`
    what waits for it to turn out what it means, `in_flight` are those encoded points that have not
    left yet.
    """

    received: int = 0
    filtered: int = 0
    deduplicated: int = 0
    """What was known already: it came a second time, by another way."""
    restart_noise: int = 0
    """States that a starting Home Assistant gave back to its entities."""
    not_finite: int = 0
    """States that spell NaN or an infinity: recorded as text, never sent as a number."""
    unwritten: int = 0
    failed: int = 0
    encoded: int = 0
    held: int = 0
    in_flight: int = 0
    batches: int = 0


@define(kw_only=True)
class Processor:
    """Turns bursts of changes into batches of points.

    The points that are gathered live here and not in `run`, and so does what is known of the homes:
    when a run is cancelled or crashes, the next one carries on with them.
    """

    selection: Selection
    encoder: Encoder
    event_encoder: EventEncoder
    limits: BatchConfig
    homes: KnownHomes = field(factory=KnownHomes)
    tap: Tap = field(factory=Tap)
    pulse: Pulse = field(factory=Pulse, init=False)
    _gathering: Gathering = field(init=False)
    _received: int = field(default=0, init=False)
    _filtered: int = field(default=0, init=False)
    _not_finite: int = field(default=0, init=False)
    _unwritten: int = field(default=0, init=False)
    _failed: int = field(default=0, init=False)
    _encoded: int = field(default=0, init=False)
    _batches: int = field(default=0, init=False)
    _reported: set[type[Exception]] = field(factory=set, init=False)

    @_gathering.default
    def _nothing_gathered(self) -> Gathering:
        return Gathering(
            encoding=self.encoder.encoding,
            limits=self.limits,
            take_news=self.homes.take_news,
            followed=dict(self.homes.recollection.checkpoint),
        )

    async def run(
        self,
        changes: trio.MemoryReceiveChannel[Told | Settings],
        batches: trio.MemorySendChannel[Batch | Progress],
    ) -> None:
        """Send a batch when it is full or has lingered, and the rest when *changes* end."""
        with changes, batches:
            await self._send(batches)
            while await self._gather(changes):
                await self._send(batches)
            await self._send(batches)

    def statistics(self) -> ProcessorStatistics:
        """Return a snapshot, without waiting."""
        return ProcessorStatistics(
            received=self._received,
            filtered=self._filtered,
            deduplicated=self.homes.deduplicated,
            restart_noise=self.homes.noise,
            not_finite=self._not_finite,
            unwritten=self._unwritten,
            failed=self._failed,
            encoded=self._encoded,
            held=self.homes.held,
            in_flight=self._gathering.points,
            batches=self._batches,
        )

    async def _gather(self, changes: trio.MemoryReceiveChannel[Told | Settings]) -> bool:
        """Wait for news or until the open batch is due; say whether more may come."""
        try:
            with trio.move_on_at(self._gathering.due):
                told = await changes.receive()
                with self.pulse.at_work():
                    self._take(told)
                return True
        except trio.EndOfChannel:
            self._gathering.close()
            return False
        self._gathering.close()
        return True

    async def _send(self, batches: trio.MemorySendChannel[Batch | Progress]) -> None:
        ready = self._gathering.ready
        while ready:
            await batches.send(ready[0])
            sent = ready.popleft()  # not before: a send that is cancelled has sent nothing
            self._batches += isinstance(sent, Batch)

    def _take(self, told: Told | Settings) -> None:
        now = trio.current_time()
        match told:
            case Burst():
                self._take_burst(told, now)
            case GapFound(gap=gap):
                self.homes.of(gap.home).open_gap(gap)
                self._gathering.note_found(gap, now)
                if gap.last is not None and gap.reason is GapReason.DISCONNECTED:
                    self._gathering.note_complete(gap.home, gap.last, now)
            case RepairDone(repair=repair):
                home = repair.gap.home
                self._add(home, self.homes.of(home).close_gap(repair), now)
                self._gathering.note_repair(repair, now)
            case RollCall(home=home):
                removals = self.homes.of(home).call_roll(told.present, told.time)
                self._received += len(removals)
                self._add(home, removals, now)
                self._gathering.note_complete(home, told.time, now)
            case StartUp(home=home):
                self._add(home, self.homes.of(home).start_up(is_over=told.is_over), now)
            case Settings():
                self._adopt(told)

    def _adopt(self, settings: Settings) -> None:
        """Do otherwise from now on. What is gathered leaves as it is; what is known stays known."""
        self.selection, self.limits = settings.selection, settings.limits
        self.encoder, self.event_encoder = settings.encoder, settings.event_encoder
        self.homes.adopt(settings.drops_noise, settings.heartbeat_seconds)
        self._gathering.adopt(self.encoder.encoding, self.limits)

    def _take_burst(self, burst: Burst, now: float) -> None:
        is_live = burst.source is Source.LIVE
        if not (is_live and burst.changes and self._take_together(burst.home, burst.changes, now)):
            self._take_singly(burst, now)
        self._take_events(burst, now)

    def _take_together(self, name: str, changes: Sequence[StateChange], now: float) -> bool:
        """Take live *changes*, if there is nothing to decide about each; say whether that was so.

        Nearly always it is, and one by one they cost 3 µs more each.
        """
        if self.tap.listeners or not self.homes.of(name).is_calm:
            return False
        admitted = self.selection.admitted(name, changes)
        try:
            lines = self.encoder.encode_all(name, admitted)
            written = [line for line in lines if line is not None]
            text = "\n".join(written).encode()
        except Exception:  # noqa: BLE001 - which of them it is turns out one by one
            return False
        self._received += len(changes)
        self._filtered += len(changes) - len(admitted)
        self._not_finite += number_not_finite(
            [change.state.value for change in admitted if change.state is not None]
        )
        self._unwritten += len(lines) - len(written)
        self._encoded += len(written)
        if self._gathering.has_room(len(written), len(text)):
            told = zip(admitted, lines, strict=True)
            times = [change.time for change, line in told if line is not None]
            self.homes.of(name).hear(admitted)
            self._gathering.follow(name, changes[-1].time)
            self._gathering.add_all(text, times, name, now)
        else:
            self._add_encoded(name, zip(admitted, lines, strict=True), now)
            if not admitted or admitted[-1] is not changes[-1]:
                self._gathering.follow(name, changes[-1].time)
        return True

    def _add_encoded(
        self, name: str, encoded: Iterable[tuple[StateChange, str | None]], now: float
    ) -> None:
        """Add lines one by one: each batch says what is known with its last, and no more."""
        home, gathering = self.homes.of(name), self._gathering
        for change, line in encoded:
            home.hear((change,))
            gathering.follow(name, change.time)
            if line is not None:
                gathering.add(line.encode(), name, change.time, now)

    def _take_singly(self, burst: Burst, now: float) -> None:
        name, source = burst.home, burst.source
        home = self.homes.of(name)
        is_live = source is Source.LIVE
        for change in burst.changes:
            if is_live:
                self._gathering.follow(name, change.time)
            self._received += 1
            if self.selection.admits(name, change):
                for each in home.sift(change, source):
                    self._write(name, each, now)
            else:
                self._filtered += 1

    def _take_events(self, burst: Burst, now: float) -> None:
        for event in burst.events:
            self._gathering.follow(burst.home, event.time)
            self._received += 1
            if self._admits_event(burst.home, event):
                self._write(burst.home, event, now)
            else:
                self._filtered += 1

    def _add(self, home: str, happenings: Iterable[StateChange | HomeEvent], now: float) -> None:
        for happening in happenings:
            self._write(home, happening, now)

    def _write(self, home: str, happening: StateChange | HomeEvent, now: float) -> None:
        """Gather the line of *happening*, if there is one to write."""
        try:
            if isinstance(happening, StateChange):
                state = happening.state
                if state is not None and is_not_finite(state.value):
                    self._not_finite += 1
                text = self.encoder.encode(home, happening)
            else:
                text = self.event_encoder.encode(home, happening)
            line = None if text is None else text.encode()
        except Exception as error:  # a bug, and it must cost one change only
            self._failed += 1
            if type(error) not in self._reported:
                self._reported.add(type(error))
                log.exception(
                    "Cannot encode %s: it is counted as failed and not recorded; "
                    "more of this kind are only counted",
                    _name(happening),
                    extra=_kind(happening),
                )
            return
        if line is None:
            self._unwritten += 1
            return
        self._encoded += 1
        self._gathering.add(line, home, happening.time, now)
        if self.tap.listeners:
            self.tap.tell(happening, line)

    def _admits_event(self, home: str, event: HomeEvent) -> bool:
        """Say whether it is recorded: an event that names entities is, when one of them is."""
        entities = entities_of(event)
        return not entities or any(self.selection.admits_entity(home, each) for each in entities)


def _kind(happening: StateChange | HomeEvent) -> Kind:
    if isinstance(happening, StateChange):
        return of_entity(CHANGE_NOT_ENCODED, happening.entity_id)
    return CHANGE_NOT_ENCODED


def _name(happening: StateChange | HomeEvent) -> str:
    if isinstance(happening, StateChange):
        return f"a change of {happening.entity_id}"
    return f"an event of type {happening.event_type}"
