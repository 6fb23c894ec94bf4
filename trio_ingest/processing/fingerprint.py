"""A state as a number, to tell whether it is still the same one without keeping all of it."""

from hashlib import blake2b
from struct import Struct

import msgspec

from trio_ingest.model.state_change import State

_encode = msgspec.json.Encoder(order="deterministic").encode
_signed = Struct(">q").unpack
# To copy it takes half as long as to make one, for which a dozen arguments are read.
_NOTHING_YET = blake2b(digest_size=8)
LONGEST_KEPT = 1024
"""Bytes of JSON; longer attributes are read anew each time, so that memory stays bounded."""


class Fingerprints:
    """Works out fingerprints, each of 64 bits (signed).

    They are of the value and the attributes, in whatever order these came, and the same in every
    process, for they are kept on disk. Times and contexts do not count. Attributes mostly are the
    same the next time, byte for byte: then they need not be read and put in order again.
    """

    def __init__(self) -> None:
        self._ordered: dict[str, tuple[bytes, bytes]] = {}

    def of(self, entity_id: str, state: State) -> int:
        """Return the fingerprint of a *state* of an entity."""
        json = state.attributes.json
        try:
            last, ordered = self._ordered.get(entity_id, (None, b""))
            if json is None or json != last:
                ordered = _encode(state.attributes.by_name)
                if json is not None and len(json) <= LONGEST_KEPT:
                    self._ordered[entity_id] = json, ordered
            text = b"[%b,%b]" % (_encode(state.value), ordered)
        except UnicodeEncodeError:  # half a surrogate pair, which JSON may hold and UTF-8 may not
            text = repr((state.value, sorted(state.attributes.by_name.items(), key=repr))).encode(
                "ascii", "backslashreplace"
            )
        digest = _NOTHING_YET.copy()
        digest.update(text)
        fingerprint: int = _signed(digest.digest())[0]
        return fingerprint

    def forget(self, entity_id: str) -> None:
        """Keep nothing of an entity that is gone."""
        self._ordered.pop(entity_id, None)
