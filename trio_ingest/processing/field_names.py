"""Which field an attribute is written to.

A database gives each field one type for ever and refuses points that break it. Attributes have no
types: `a` may be a number now and text later, beside another attribute that is called `a_str`. So
the name of a field is made such that its type can be read off it, whatever Home Assistant sends:

- `…_str` and `…_json` are strings, and so is `state`; everything else is a float;
- one attribute as one type is always written to the same field, and never to that of another.
"""

import re
from collections.abc import Collection
from zlib import crc32

from trio_ingest.processing.line_protocol import safe_name

_ASIDE = "attr_"
_LOOKS_LIKE_TEXT = re.compile(r"(?:_str|_json)(?:_num)*\Z")


class FieldNames:
    """Makes the names. *reserved* ones (the tags, `state`, `value`) are given to no attribute.

    A name that is reserved, empty or begins with an underscore gets `attr_` in front. So do those
    that look as if they already had it: with `area` reserved, the attribute `area` is written to
    `attr_area` and the attribute `attr_area` to `attr_attr_area`.
    """

    def __init__(self, reserved: Collection[str]) -> None:
        self._reserved = {_bare(name) for name in (*reserved, "time")}
        self._aside = _ASIDE
        # A tag may be called `attr_…` itself: more of these than any of them has at its beginning.
        while any(name.startswith(self._aside) for name in reserved):
            self._aside += _ASIDE

    def number(self, attribute: str) -> str:
        """Return the float field of *attribute*: never one that ends like a string's."""
        name = _distinct(attribute)
        return self._step_aside(f"{name}_num" if _LOOKS_LIKE_TEXT.search(name) else name)

    def text(self, attribute: str) -> str:
        """Return the field of *attribute* for strings."""
        return self._step_aside(f"{_distinct(attribute)}_str")

    def nested(self, attribute: str) -> str:
        """Return the field of *attribute* for lists and objects, as JSON."""
        return self._step_aside(f"{_distinct(attribute)}_json")

    def _step_aside(self, name: str) -> str:
        bare = _bare(name)
        is_taken = not bare or bare.startswith("_") or bare in self._reserved
        return self._aside + name if is_taken else name


def _bare(name: str) -> str:
    while name.startswith(_ASIDE):
        name = name.removeprefix(_ASIDE)
    return name


def _distinct(attribute: str) -> str:
    """Return a safe name; if that took a change, a checksum keeps it apart from its likes.

    VictoriaMetrics takes a quote in a key for the beginning of a string, so there is none.
    """
    name = safe_name(attribute).replace('"', "'")
    if name == attribute:
        return name
    return f"{name}~{crc32(attribute.encode('utf-8', 'surrogatepass')):08x}"
