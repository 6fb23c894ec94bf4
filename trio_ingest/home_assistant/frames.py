"""Takes a frame apart that is not as the API promises, so that its good messages are not lost."""

import json
import re
from collections.abc import Iterable

from msgspec import DecodeError, MsgspecError, Raw, Struct
from msgspec.json import Decoder, encode

# All that msgspec raises at what a peer may send; the last two are no DecodeError of its own.
NOT_AS_PROMISED = (DecodeError, UnicodeError, RecursionError)

_one_as_json = Decoder(Raw)
_several_as_json = Decoder(list[Raw])
_lenient = json.JSONDecoder()
_OPENING, _COMMA, _CLOSING, _NOTHING = map(
    re.compile, (r"\s*\[\s*", r"\s*,?\s*", r"\s*\]\s*", r"\s*")
)
_EXCERPT_LENGTH = 200


class Unreadable(Struct):
    """A message that is not what the API promises. The others of its frame are not harmed."""

    reason: str
    excerpt: str


def split(frame: str | bytes) -> Iterable[bytes | Raw | Unreadable]:
    """Return the messages of a frame, still as JSON."""
    is_array = frame.lstrip()[:1] in ("[", b"[")
    try:
        return _several_as_json.decode(frame) if is_array else [_one_as_json.decode(frame)]
    except NOT_AS_PROMISED:
        return _salvage(frame)


def _salvage(frame: str | bytes) -> list[bytes | Unreadable]:
    """Split a frame that is no proper JSON with a more lenient parser, for as far as it goes."""
    text = frame if isinstance(frame, str) else frame.decode(errors="surrogateescape")
    opening = _OPENING.match(text)
    closing, start = (_CLOSING, opening.end()) if opening else (_NOTHING, 0)
    found: list[bytes | Unreadable] = []
    while True:
        try:
            item, end = _lenient.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            return [*found, unreadable(error, text[start : start + _EXCERPT_LENGTH])]
        found.append(_encode_again(item))
        if closing.fullmatch(text, end):
            return found
        comma = _COMMA.match(text, end)
        start = comma.end() if comma else end


def _encode_again(item: object) -> bytes | Unreadable:
    try:
        return encode(item)
    except (MsgspecError, ValueError, OverflowError, RecursionError) as error:
        return unreadable(error, str(item)[:_EXCERPT_LENGTH])


def unreadable(error: Exception, frame: str | bytes) -> Unreadable:
    """Return what there is to say of a message that *error* tells of."""
    excerpt = frame[:_EXCERPT_LENGTH]
    return Unreadable(
        reason=_printable(f"{type(error).__name__}: {error}"[:_EXCERPT_LENGTH]),
        excerpt=_printable(
            excerpt if isinstance(excerpt, str) else excerpt.decode(errors="backslashreplace")
        ),
    )


def _printable(text: str) -> str:
    """Return *text* without what no log could be written with."""
    return text.encode(errors="backslashreplace").decode()
