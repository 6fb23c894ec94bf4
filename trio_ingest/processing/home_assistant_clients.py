"""How the two client libraries that Home Assistant uses spell a point in line protocol.

The schema `home-assistant` has to write the same bytes, with the oddities: `influxdb` 5.3 doubles
backslashes in names and writes 1.0, `influxdb-client` 1.50 leaves them alone and writes 1, and
works out timestamps as floats. What no InfluxDB takes is None here, to be left out of the line.
"""

import re
from collections.abc import Callable, Mapping
from math import isfinite

from attrs import frozen

from trio_ingest.config.line_protocol_model import InfluxApi, Precision
from trio_ingest.processing.timestamps import timestamps_in

LONGEST_NAME_BYTES = 60 * 1024
"""Measurement, tags and the name of a field have to fit into 65,535 bytes together."""

_SURELY_SHORT = LONGEST_NAME_BYTES // 4  # a character has up to four bytes
_NANOSECONDS = {Precision.NS: 1, Precision.US: 1e3, Precision.MS: 1e6, Precision.S: 1e9}
_SKIPPED_AT_THE_START = "\t\0"
# In fields, and only there, two backslashes are one: these escape no longer what comes after them.
_ESCAPED_BACKSLASH = re.compile(r"(?<!\\)(?:\\\\)+[,= ]")


@frozen(kw_only=True)
class Client:
    """The spelling of one of the libraries."""

    number: Callable[[float], str | None]
    timestamp: Callable[[int], int]
    in_measurement: Mapping[int, str]
    in_name: Mapping[int, str]

    def measurement(self, name: str) -> str | None:
        """Return *name* as a measurement. A line that begins with `#` would be a comment."""
        written = name.translate(self.in_measurement)
        begins_with = written.lstrip(_SKIPPED_AT_THE_START)[:1]
        return None if begins_with in ("", "#") or _is_too_long(written) else written

    def field_key(self, name: str) -> str | None:
        """Return *name* as the key of a field."""
        written = self.tag_key(name)
        return None if written is None or _ESCAPED_BACKSLASH.search(written) else written

    def tag_key(self, name: str) -> str | None:
        """Return *name* as the key of a tag. A backslash at its end would escape the `=`."""
        written = name.translate(self.in_name)
        unusable = not written or written.endswith("\\") or _is_too_long(written)
        return None if unusable else written

    def tag_value(self, text: str) -> str | None:
        """Return *text* as the value of a tag."""
        written = text.translate(self.in_name)
        if written.endswith("\\"):
            written += " "
        return None if not written or _is_too_long(written) else written


def client_for(api: InfluxApi, precision: Precision) -> Client:
    """Return the client that Home Assistant uses for *api*. It knows no version 3: as version 2."""
    if api is InfluxApi.V1:
        return Client(
            number=_number_v1,
            timestamp=timestamps_in(precision),
            in_measurement=_ESCAPES_V1,
            in_name=_ESCAPES_V1,
        )
    return Client(
        number=_number_v2,
        timestamp=_timestamps_v2(precision),
        in_measurement=_ESCAPES_IN_MEASUREMENT_V2,
        in_name=_ESCAPES_V2,
    )


_ESCAPES_V1 = str.maketrans({"\\": r"\\", " ": r"\ ", ",": r"\,", "=": r"\=", "\n": r"\n"})
_ESCAPES_IN_MEASUREMENT_V2 = str.maketrans(
    {",": r"\,", " ": r"\ ", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
)
_ESCAPES_V2 = _ESCAPES_IN_MEASUREMENT_V2 | str.maketrans({"=": r"\="})


def _number_v1(number: float) -> str | None:
    return repr(number) if isfinite(number) else None


def _number_v2(number: float) -> str | None:
    return repr(number).removesuffix(".0") if isfinite(number) else None


def _timestamps_v2(precision: Precision) -> Callable[[int], int]:
    """Return what turns an instant into a timestamp by way of a float, as `influxdb-client` does.

    In us one of some sixty instants comes out as the one before it, in ms one in eight of those
    that are whole milliseconds.
    """
    nanoseconds = _NANOSECONDS[precision]
    if nanoseconds == 1:
        return lambda instant: instant * 1000
    return lambda instant: int(instant * 1000 / nanoseconds)


def _is_too_long(name: str) -> bool:
    return len(name) > _SURELY_SHORT and len(name.encode("utf-8", "surrogatepass")) > (
        LONGEST_NAME_BYTES
    )
