"""What JetStream is asked, and what it answers: JSON over request and reply.

https://docs.nats.io/reference/reference-protocols/nats_api_reference; durations are nanoseconds.
Of an answer only that is read which somebody here looks at.
"""

from enum import StrEnum
from typing import TypeVar

import msgspec

from trio_ingest.jetstream.errors import JetStreamUnreachable

NANOSECONDS = 1_000_000_000
UNLIMITED = -1


class Retention(StrEnum):
    """When a stream lets go of a message."""

    LIMITS = "limits"
    INTEREST = "interest"
    WORK_QUEUE = "workqueue"


class Discard(StrEnum):
    """What gives way in a full stream."""

    OLD = "old"
    NEW = "new"


class Storage(StrEnum):
    """Where a stream keeps its messages."""

    FILE = "file"
    MEMORY = "memory"


class AckPolicy(StrEnum):
    """What a consumer's readers have to say of a message."""

    NONE = "none"
    ALL = "all"
    EXPLICIT = "explicit"
    FLOW_CONTROL = "flow_control"


class StreamConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a stream that matter to us; a server has more."""

    name: str
    subjects: tuple[str, ...] = ()
    retention: Retention = Retention.LIMITS
    discard: Discard = Discard.OLD
    storage: Storage = Storage.FILE
    num_replicas: int = 1
    max_bytes: int = UNLIMITED
    max_age: int = 0
    max_msgs: int = UNLIMITED
    max_msg_size: int = UNLIMITED
    max_msgs_per_subject: int = UNLIMITED
    duplicate_window: int = 0


class ConsumerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a pull consumer that matter to us."""

    durable_name: str | None = None
    ack_policy: AckPolicy = AckPolicy.NONE
    ack_wait: int = 0
    max_ack_pending: int = 0
    max_deliver: int = UNLIMITED
    max_waiting: int = 0
    filter_subject: str | None = None
    deliver_subject: str | None = None


class StreamState(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in a stream now."""

    messages: int = 0
    bytes: int = 0
    first_seq: int = 0
    last_seq: int = 0
    consumer_count: int = 0


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that holds a copy."""

    name: str
    current: bool = False
    offline: bool = False
    lag: int = 0


class ClusterInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Who leads, and who follows."""

    leader: str | None = None
    replicas: tuple[Peer, ...] = ()


class StreamInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A stream as its leader describes it. Without a cluster it is the one server's."""

    config: StreamConfig
    state: StreamState = StreamState()
    cluster: ClusterInfo | None = None


class ConsumerInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer as its leader describes it."""

    name: str
    config: ConsumerConfig
    num_ack_pending: int = 0
    num_pending: int = 0
    num_redelivered: int = 0
    cluster: ClusterInfo | None = None


class ApiError(msgspec.Struct, frozen=True, kw_only=True):
    """Why something was not done. `err_code` is the server's own number for it."""

    code: int = 0
    err_code: int = 0
    description: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer may have. A publication's also says where it lies now."""

    error: ApiError | None = None
    stream: str = ""
    seq: int = 0
    duplicate: bool = False


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What an account may use; -1 for as much as there is."""

    max_storage: int = UNLIMITED


class AccountInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What an account uses of its limits."""

    storage: int = 0
    limits: Limits = Limits()


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it lies in a stream. Body and headers come in base64."""

    subject: str
    seq: int
    hdrs: bytes = b""
    data: bytes = b""


class StoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a request for one message."""

    message: Stored


class _WithConfig(msgspec.Struct):
    config: dict[str, object]


Structure = TypeVar("Structure", bound=msgspec.Struct)


def read(body: bytes, structure: type[Structure]) -> Structure:
    """Return the answer in *body*. Raises JetStreamUnreachable when it is none."""
    try:
        return msgspec.json.decode(body, type=structure)
    except msgspec.DecodeError as error:
        raise JetStreamUnreachable(f"an answer that is none of JetStream's: {error}") from error


def merge(info: bytes, config: StreamConfig | ConsumerConfig) -> bytes:
    """Return the settings in the answer *info*, with those of *config* in their place."""
    settings = read(info, _WithConfig).config
    return msgspec.json.encode(settings | msgspec.to_builtins(config))
