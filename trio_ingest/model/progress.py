"""How far a lane has come with its homes: what is committed together with the points themselves."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen
from msgspec import Struct

from trio_ingest.model.gap import Gap, Repair


class Known(Struct, frozen=True, gc=False, array_like=True):
    """The newest that a lane has heard of an entity: when, and what, as a fingerprint.

    Without a fingerprint the entity was removed. Spools keep it as a list of these two, in this
    order.
    """

    time: int
    fingerprint: int | None


@frozen(kw_only=True)
class Progress:
    """What has become true since the last commit, each a mapping by home.

    `checkpoint` is the instant of the newest change heard live, in Home Assistant's time: when its
    clock was put back, so is the checkpoint. `known` are the entities of which something was heard.
    """

    checkpoint: Mapping[str, int] = field(factory=dict)
    known: Mapping[str, Mapping[str, Known]] = field(factory=dict)
    opened: Sequence[Gap] = ()
    repairs: Sequence[Repair] = ()


NO_PROGRESS = Progress()


@frozen(kw_only=True)
class Recollection:
    """What a lane knew when it was stopped; each a mapping by home, but for the open gaps."""

    checkpoint: Mapping[str, int] = field(factory=dict)
    known: Mapping[str, Mapping[str, Known]] = field(factory=dict)
    gaps: Sequence[Gap] = ()
    is_damaged: bool = False
    """The file was damaged: there may be anything missing, from any time."""
