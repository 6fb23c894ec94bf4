"""Read the lines of a batch of rows: what the encoder for rows has written."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec


class Row(msgspec.Struct, array_like=True, frozen=True):
    """One line; the JSON objects in it stay the text that they are."""

    home: str
    entity_id: str
    time_us: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    state: str
    value: float | None
    attributes: msgspec.Raw
    area: str | None
    device: str | None
    floor: str | None
    tags: msgspec.Raw


_decode = msgspec.json.Decoder(Row).decode


def read_rows(lines: Sequence[bytes]) -> tuple[list[tuple[Any, ...]], dict[int, str]]:
    """Return the parameters of the upsert, line by line, and what is wrong with the other lines."""
    rows, bad_lines = [], {}
    for number, line in enumerate(lines):
        try:
            rows.append(_parameters(_decode(line)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            bad_lines[number] = f"not a row: {error}"
    return rows, bad_lines


def _parameters(row: Row) -> tuple[Any, ...]:
    return (
        row.home,
        row.entity_id,
        row.time_us,
        row.state,
        row.value,
        bytes(row.attributes).decode(),
        row.area,
        row.device,
        row.floor,
        bytes(row.tags).decode(),
    )
