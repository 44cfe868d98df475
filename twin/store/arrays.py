"""Columns as query parameters: numpy arrays sent as PostgreSQL arrays in binary, without lists."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format
from psycopg.rows import TupleRow

from twin.store.binary_copy import PG_EPOCH_US


class _Array:
    """One column; the subclass says of which type."""

    wire: str
    element_oid: int

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = values


class Smallints(_Array):
    """``smallint[]``."""

    wire, element_oid = ">i2", 21


class Integers(_Array):
    """``integer[]``."""

    wire, element_oid = ">i4", 23


class Bigints(_Array):
    """``bigint[]``."""

    wire, element_oid = ">i8", 20


class Doubles(_Array):
    """``double precision[]``."""

    wire, element_oid = ">f8", 701


class Instants(_Array):
    """``timestamptz[]`` from µs since 1970 UTC."""

    wire, element_oid = ">i8", 1184

    def __init__(self, values: NDArray[np.int64]) -> None:
        super().__init__(values - PG_EPOCH_US)


_ARRAY_OIDS: Final = {Smallints: 1005, Integers: 1007, Bigints: 1016, Doubles: 1022, Instants: 1185}


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: _Array) -> Buffer:
        values = obj.values
        head = np.array(
            [1 if len(values) else 0, 0, obj.element_oid, len(values), 1], ">i4"
        ).tobytes()
        if not len(values):
            return head[:12]
        rows = np.empty(len(values), [("length", ">i4"), ("value", obj.wire)])
        rows["length"] = rows.dtype["value"].itemsize
        rows["value"] = values
        return head + rows.tobytes()


def register(connection: Connection[TupleRow]) -> None:
    """Teach a connection to take these columns as parameters."""
    for column, array_oid in _ARRAY_OIDS.items():
        dumper = type(f"{column.__name__}Dumper", (_ArrayDumper,), {"oid": array_oid})
        connection.adapters.register_dumper(column, dumper)
