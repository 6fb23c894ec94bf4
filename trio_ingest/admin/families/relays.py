"""The metrics of each relay, by the name of the sink that it writes to."""

from collections.abc import Callable, Iterable
from operator import attrgetter

from trio_ingest.admin.families.family import Family, Sample
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot

FATES = ("acknowledged", "unheard", "given_back")


def _of_relays(name: str, kind: str, text: str, path: str) -> Family:
    value: Callable[[object], float] = attrgetter(path)

    def samples(snapshot: Snapshot, _: Recent) -> Iterable[Sample]:
        return [((sink,), value(relay)) for sink, relay in snapshot.relays.items()]

    return Family(name, kind, text, ("sink",), samples)


def _messages(snapshot: Snapshot, _: Recent) -> Iterable[Sample]:
    for name, relay in snapshot.relays.items():
        for fate in FATES:
            yield (name, fate), getattr(relay.farewell, fate)


RELAYS = (
    _of_relays(
        "relay_fetched_messages",
        "counter",
        "Messages taken from the stream.",
        "hand.taken_messages",
    ),
    _of_relays(
        "relay_redelivered_messages",
        "counter",
        "Messages that had been delivered before, to this relay or another.",
        "hand.redelivered_messages",
    ),
    Family(
        "relay_messages",
        "counter",
        "What became of them. Of what is unheard the stream does not know that it is done with.",
        ("sink", "fate"),
        _messages,
    ),
    _of_relays("relay_foreign_messages", "counter", "Messages that were no batches.", "foreign"),
    _of_relays("relay_held_messages", "gauge", "Messages in hand.", "hand.messages"),
    _of_relays("relay_held_bytes", "gauge", "Their bodies together.", "hand.size_bytes"),
    _of_relays(
        "relay_pending_messages",
        "gauge",
        "Messages that wait in the stream, as it was last told: for all relays.",
        "hand.pending",
    ),
    Family(
        "relay_connected",
        "gauge",
        "0 while the stream gives nothing.",
        ("sink",),
        lambda snapshot, _: [
            ((name,), relay.trouble is None) for name, relay in snapshot.relays.items()
        ],
    ),
    _of_relays(
        "relay_needs_operator",
        "gauge",
        "1 when waiting alone will not bring the stream back, such as when there is none.",
        "needs_operator",
    ),
)
