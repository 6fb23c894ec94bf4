"""How Home Assistant's `influxdb` integration names fields: its rules for names that are taken."""

from collections.abc import Set as AbstractSet
from math import isfinite

from trio_ingest.processing.home_assistant_values import Reading

Fields = dict[str, str | float]
"""Names, not escaped yet, with strings that are written already or numbers, which are not.

The `value` of a state may be NaN or infinite.
"""


def fields_of_state(reading: Reading) -> Fields:
    """Return the first fields of a point."""
    fields: Fields = {}
    if reading.text is not None:
        fields["state"] = reading.text
    if reading.number is not None:
        fields["value"] = reading.number
    return fields


def add_attribute(fields: Fields, name: str, reading: Reading) -> None:
    """Add an attribute: its number by its name, its text by its name with `_str`.

    If the name is taken it gets a `_`; what may be there by that name already is overwritten, and
    removed if the number is not finite.
    """
    if name in fields:
        name += "_"
    if reading.text is not None:
        fields[f"{name}_str"] = reading.text
    if reading.number is None:
        return
    if isfinite(reading.number):
        fields[name] = reading.number
    else:
        fields.pop(name, None)


def step_aside(fields: Fields, taken: AbstractSet[str]) -> None:
    """Put as many `_` as it takes behind names that no field can have."""
    for name in sorted(fields.keys() & taken):
        free = f"{name}_"
        while free in fields or free in taken:
            free += "_"
        fields[free] = fields.pop(name)
