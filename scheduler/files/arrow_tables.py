"""Records as Arrow tables, whose columns are typed as the records are: the extra `seedwatch[notebooks]`.

Only this file imports pyarrow.
"""

import dataclasses
import types
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any, BinaryIO, get_args, get_origin, get_type_hints

import pyarrow as arrow
from pyarrow import parquet

# Rows that are held as Python's objects at once.
_ROWS = 1_000
_TYPES: dict[object, Any] = {
    bool: arrow.bool_(),
    int: arrow.int64(),
    float: arrow.float64(),
    str: arrow.string(),
    date: arrow.date32(),
    datetime: arrow.timestamp("s", "UTC"),
}


def arrow_schema(kind: type) -> Any:
    """The columns of records of the dataclass *kind*, in the order of its fields; nullable if they can be None."""
    hints = get_type_hints(kind)
    return arrow.schema([_field(field.name, hints[field.name]) for field in dataclasses.fields(kind)])


def arrow_batches(records: Iterable[Any], kind: type) -> Iterator[Any]:
    """*records* of the dataclass *kind* in batches, so that a file can be written without holding all."""
    schema = arrow_schema(kind)
    left = iter(records)
    while rows := list(islice(left, _ROWS)):
        columns = [
            arrow.array([_plain(getattr(row, field.name)) for row in rows], type=field.type)
            for field in schema
        ]
        yield arrow.record_batch(columns, schema=schema)


def arrow_table(records: Iterable[Any], kind: type) -> Any:
    """*records* of the dataclass *kind* as one table; without records the table has its columns and no rows."""
    return arrow.Table.from_batches(arrow_batches(records, kind), schema=arrow_schema(kind))


def write_parquet(
    records: Iterable[Any], kind: type, out: BinaryIO, *, without: Collection[str] = ()
) -> None:
    """Write *records* of the dataclass *kind* as a Parquet file, a few of them in memory at a time.

    The columns *without* are left out. Texts are packed by Zstandard.
    """
    schema = arrow_schema(kind)
    names = [name for name in schema.names if name not in without]
    columns = arrow.schema([schema.field(name) for name in names])
    with parquet.ParquetWriter(out, columns, compression="zstd") as writer:
        for batch in arrow_batches(records, kind):
            writer.write_batch(batch.select(names))


def _field(name: str, hint: Any) -> Any:
    is_optional = get_origin(hint) is types.UnionType
    (kind,) = [one for one in get_args(hint) if one is not types.NoneType] if is_optional else [hint]
    made = arrow.list_(_TYPES[get_args(kind)[0]]) if get_origin(kind) is tuple else _TYPES[kind]
    return arrow.field(name, made, nullable=is_optional)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
