"""Writes Parquet, if the extra for it is installed."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import islice
from typing import Any, BinaryIO

import click

from trio_ingest.records.pages import Row

ROWS_OF_A_GROUP = 50_000
TYPES = {"value": "float64", "sequence": "int64"}


def write_parquet(rows: Iterable[Row], columns: Sequence[str], out: BinaryIO) -> int:
    """Write the rows as they are stored, times with their zone, and return how many.

    Raises ClickException when pyarrow is not installed.
    """
    try:  # it is no dependency, so nothing of ours may import it by a statement
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise click.ClickException(
            "Parquet needs pyarrow, which is not installed: pip install 'trio-ingest[parquet]'"
        ) from error
    types: dict[str, Any] = {
        each: arrow.type_for_alias(TYPES.get(each, "string")) for each in columns
    }
    schema = arrow.schema({**types, "time": arrow.timestamp("us", tz="UTC")})
    names = ["time_us", *columns[1:]]
    source, number = iter(rows), 0
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        while group := list(islice(source, ROWS_OF_A_GROUP)):
            arrays = [
                arrow.array([row[name] for row in group], column.type)
                for name, column in zip(names, schema, strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            number += len(group)
    return number
