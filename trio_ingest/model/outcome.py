"""What a sink answered to a batch: `Accepted | Refused | TryLater`."""

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class Accepted:
    """The sink has said that every line is stored. Only now may the batch leave the disk."""


@frozen(kw_only=True)
class Refused:
    """The sink will never take this batch as it stands, because of some of its lines, or its size.

    `reason` is the sink's own words, without secrets. `bad_lines` maps the 0-based numbers of the
    lines that the sink itself has named to what it said of each; when it is empty the batch has
    to be halved to find them. Sending the other lines again is always right: points are idempotent.
    `conflicts` maps the numbers of some of the bad lines to the field that alone is to blame, since
    the database knows it with another type: without it the line may well be taken.
    """

    reason: str
    bad_lines: Mapping[int, str] = field(factory=dict)
    conflicts: Mapping[int, str] = field(factory=dict)


@frozen(kw_only=True)
class TryLater:
    """The batch may be taken later, as it is.

    `retry_after_seconds` is the least wait that the sink asked for. `needs_operator` means that
    waiting alone will not help (a wrong token, a missing bucket): try slowly and say so loudly.
    """

    reason: str
    retry_after_seconds: float = 0.0
    needs_operator: bool = False


Outcome = Accepted | Refused | TryLater
