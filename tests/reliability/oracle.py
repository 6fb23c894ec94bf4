"""Says whether a database has what happened in a home: all of it, once, as it was, and no more.

Every run with faults ends here. The five questions are those that Antithesis asks of a queue: is
everything there that was accepted, is nothing there that was not, is it intact, does a fresh one
pass at the end, and did the way round that is under test run at all (see `evidence`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field, frozen

from tests.reliability.stored import Stored, numbers_of
from trio_ingest.model.instant import to_microseconds
from trio_ingest.simulator.core import Emission
from trio_ingest.simulator.simulator import Simulator

Key = tuple[str, int]
SHOWN = 10


@frozen(kw_only=True)
class Verdict:
    """What is wrong with a database. `noticed` are removals that a roll call found out about."""

    emitted: int
    missing: Sequence[Emission] = ()
    invented: Sequence[Stored] = ()
    doubled: Sequence[Key] = ()
    spoiled: Sequence[tuple[Emission, Stored]] = ()
    noticed: Sequence[Stored] = ()

    @property
    def is_good(self) -> bool:
        return not (self.missing or self.invented or self.doubled or self.spoiled)

    def __str__(self) -> str:
        lines = [f"of {self.emitted} changes"]
        for name in ("missing", "invented", "doubled", "spoiled"):
            found = getattr(self, name)
            lines.append(f"{len(found)} are {name}")
            lines += [f"    {each}" for each in found[:SHOWN]]
        return "\n".join(lines)


@define
class Oracle:
    """Knows what was in a simulated home when it was asked first, and what has happened since."""

    simulator: Simulator
    _furnishing: Mapping[Key, Emission] = field(init=False)
    _fresh: int = field(default=0, init=False)

    @_furnishing.default
    def _what_is_there(self) -> Mapping[Key, Emission]:
        present = [
            Emission(
                state.entity_id,
                to_microseconds(state.updated.moment),
                state.value,
                state.attributes,
            )
            for state in self.simulator.core.states.all()
        ]
        return by_key(present)

    def happen(self) -> int:
        """Let something fresh happen; return how many changes that makes."""
        self._fresh += 1
        self.simulator.set_state("sensor.fresh", str(self._fresh))
        return len(self.simulator.emissions)

    def is_furnished(self, stored: Iterable[Stored]) -> bool:
        """Say whether all is stored that was there when the oracle was asked first."""
        return self._furnishing.keys() <= {(point.entity_id, point.time) for point in stored}

    def missing(self, stored: Iterable[Stored], first: int | None = None) -> Sequence[Emission]:
        """Return what happened and is not stored, of the *first* so many changes or of all."""
        found = {(point.entity_id, point.time, point.state) for point in stored}
        return [
            each
            for each in by_key(self.simulator.emissions[:first]).values()
            if (each.entity_id, each.time, each.state) not in found
        ]

    def judge(self, stored: Sequence[Stored], *, attributes_may_lack: bool = False) -> Verdict:
        """Compare; attributes that Home Assistant does not record may be allowed to lack."""
        emissions = self.simulator.emissions
        told = {**self._furnishing, **by_key(emissions)}
        times = Counter((point.entity_id, point.time) for point in stored)
        invented, noticed, spoiled = [], [], []
        for point in stored:
            emission = told.get((point.entity_id, point.time))
            if emission is None or emission.state != point.state:
                (noticed if self._was_gone(point) else invented).append(point)
            elif not is_intact(emission, point, may_lack=attributes_may_lack):
                spoiled.append((emission, point))
        return Verdict(
            emitted=len(emissions),
            missing=self.missing(stored),
            invented=invented,
            doubled=[key for key, number in times.items() if number > 1],
            spoiled=spoiled,
            noticed=noticed,
        )

    def _was_gone(self, point: Stored) -> bool:
        """Say whether *point* is the removal of an entity that had been removed by then."""
        if point.state is not None:
            return False
        before = [
            each
            for each in (*self._furnishing.values(), *self.simulator.emissions)
            if each.entity_id == point.entity_id and each.time <= point.time
        ]
        return bool(before) and before[-1].state is None


def by_key(emissions: Iterable[Emission]) -> Mapping[Key, Emission]:
    """Return what was emitted by its identity, for which the last word counts."""
    return {(each.entity_id, each.time): each for each in emissions}


def is_intact(emission: Emission, point: Stored, *, may_lack: bool) -> bool:
    """Say whether the numbers of *point* are those that were emitted."""
    expected = numbers_of(emission.attributes)
    found = dict(point.numbers)
    value = found.pop("value", None)
    if may_lack:
        expected = {name: number for name, number in expected.items() if name in found}
    return found == expected and value == _value_of(emission.state, value)


def _value_of(state: str | None, otherwise: float | None) -> float | None:
    """Return the number that *state* spells; words have numbers, too, or have none."""
    try:
        return float(state or "")
    except ValueError:
        return otherwise
