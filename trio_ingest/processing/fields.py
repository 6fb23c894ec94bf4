"""From attributes to fields: which are written, under which key, and how the value stands."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from json import JSONEncoder
from math import isfinite
from typing import Any

from trio_ingest.config.sink_model import AttributePatterns, AttributesConfig
from trio_ingest.processing import line_protocol
from trio_ingest.processing.attributes import REMEMBERED_NAMES, AttributeFilter, ByDomain
from trio_ingest.processing.field_names import FieldNames
from trio_ingest.processing.last_made import Parts
from trio_ingest.processing.line_protocol import fits_string, float_value, string_value

REMEMBERED_FIELDS = 8192
"""Most come again: units, classes and names are the same in event after event."""
LONGEST_REMEMBERED = 256
NUMBERS = frozenset({bool, int, float})


_as_json = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class AttributeFields:
    """Makes a field `key=value` of each attribute; the JSON type decides how.

    Numbers are floats, true and false are 1.0 and 0.0, so whole numbers beyond 2**53 lose their
    last digits. Left out are null, numbers that no float64 can hold, what the filter turns away by
    the attribute's name or by the field's, and lists and objects unless *keep_nested* is true.
    Nothing here raises.
    """

    def __init__(
        self, patterns: AttributePatterns, names: FieldNames, *, keep_nested: bool
    ) -> None:
        admits = AttributeFilter(patterns).admits
        self._number_key = _remembered_keys(names.number, admits)
        self._text_key = _remembered_keys(names.text, admits)
        self._nested_key = _remembered_keys(names.nested, admits)
        self._remembered = lru_cache(REMEMBERED_FIELDS, typed=True)(self._field)
        self._makers: dict[type, Callable[[str, Any], str | None]] = {
            str: self._text,
            bool: self._number,
            int: self._number,
            float: self._number,
        }
        if keep_nested:
            self._makers |= {list: self._nested, dict: self._nested}

    def of(self, attributes: Mapping[str, Any]) -> str:
        """Return the fields of *attributes*, in their order, each with the comma before it."""
        fields = []
        for attribute, value in attributes.items():
            kind = type(value)
            if not value:  # 0.0 and -0.0 are equal, and not written the same
                fields.append(self._field(attribute, value))
            elif kind in NUMBERS or (kind is str and len(value) <= LONGEST_REMEMBERED):
                fields.append(self._remembered(attribute, value))
            else:
                fields.append(self._field(attribute, value))
        return "".join(fields)

    def _field(self, attribute: str, value: Any) -> str:
        make = self._makers.get(type(value))
        field = None if make is None else make(attribute, value)
        return "" if field is None else f",{field}"

    def _text(self, attribute: str, text: str) -> str | None:
        key = self._text_key(attribute)
        return None if key is None else key + string_value(text)

    def _number(self, attribute: str, number: float) -> str | None:
        key = self._number_key(attribute)
        nearest = float_of(number)
        return None if key is None or nearest is None else key + float_value(nearest)

    def _nested(self, attribute: str, value: Any) -> str | None:
        key = self._nested_key(attribute)
        if key is None:
            return None
        text = json_of(value)
        return None if text is None else key + string_value(text)


def fields_by_domain(config: AttributesConfig, names: FieldNames) -> ByDomain[Parts[str]]:
    """Return what makes the fields of an entity's attributes."""

    def fields(patterns: AttributePatterns) -> Parts[str]:
        return Parts(AttributeFields(patterns, names, keep_nested=config.nested == "json").of)

    domains = {domain: fields(patterns) for domain, patterns in config.domain.items()}
    return ByDomain(domains, rest=fields(config))


def _remembered_keys(
    name_of: Callable[[str], str], admits: Callable[..., bool]
) -> Callable[[str], str | None]:
    """Return a function that gives the key of an attribute with its `=`, or None if unwanted."""

    @lru_cache(REMEMBERED_NAMES)
    def key_of(attribute: str) -> str | None:
        name = name_of(attribute)
        return f"{line_protocol.key(name)}=" if admits(attribute, name) else None

    return key_of


def float_of(number: float) -> float | None:
    """Return *number* as a finite float; None when it cannot be one."""
    try:
        nearest = float(number)
    except OverflowError:
        return None
    return nearest if isfinite(nearest) else None


def json_of(value: Any) -> str | None:
    """Return *value* as JSON; None when it is too deep, or too long: half a text is no JSON."""
    try:
        text = _as_json(value)
    except (RecursionError, ValueError):
        return None
    return text if fits_string(text) else None
