"""A state as a number, to tell whether it is still the same one without keeping all of it."""

from hashlib import blake2b

import msgspec

from trio_ingest.model.state_change import State

_encode = msgspec.json.Encoder(order="deterministic").encode
_BYTES = 8


def fingerprint_of(state: State) -> int:
    """Return 64 bits (signed) of the value and the attributes, in whatever order these came.

    They are the same in every process, for they are kept on disk. Times and contexts do not count.
    """
    try:
        text = _encode((state.value, state.attributes.by_name))
    except UnicodeEncodeError:  # half a surrogate pair, which JSON may hold and UTF-8 may not
        text = repr((state.value, sorted(state.attributes.by_name.items(), key=repr))).encode(
            "ascii", "backslashreplace"
        )
    return int.from_bytes(blake2b(text, digest_size=_BYTES).digest(), "big", signed=True)
