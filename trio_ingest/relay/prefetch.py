"""How many messages may be asked for: what is in hand is memory, and nobody else can have it."""

from attrs import frozen

from trio_ingest.config.common import KIB

# How large a message is taken to be before there has been any.
EXPECTED_BYTES = 64 * KIB
# To decode what came at once must not take the loop long.
MOST_AT_ONCE = 64


@frozen(kw_only=True)
class Prefetch:
    """The most that may be in hand, in messages and in bytes of their bodies."""

    messages: int
    size_bytes: int

    def room(self, messages: int, size_bytes: int, largest_bytes: int) -> int:
        """Return how many more may be asked for, each as large as the largest there has been.

        With nothing in hand that is one at least, however large it may be. So the bytes in hand are
        bounded but for messages that are larger than any before.
        """
        least = 0 if messages else 1
        by_bytes = (self.size_bytes - size_bytes) // (largest_bytes or EXPECTED_BYTES)
        room = min(self.messages - messages, by_bytes, MOST_AT_ONCE)
        return max(least, room)
