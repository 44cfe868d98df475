"""Query results as numpy arrays: one row of aggregated arrays, read as the server sends them.

For the few questions that are asked after every batch, about thousands of rows of numbers: an
aggregated array comes as one value in PostgreSQL's binary form, every element with the same stride,
and is read without touching an element in Python.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from psycopg.rows import TupleRow

from twin.store.binary_copy import PG_EPOCH_US
from twin.store.sql import statement

INSTANT = "instant"
"""Asks for a ``timestamptz`` as int64 microseconds since 1970, UTC."""

_HEADER = 20  # dimensions, has-null flag, element type, length, lower bound: four bytes each


def read_arrays(
    connection: Connection[TupleRow],
    name: str,
    types: Sequence[str],
    parameters: Mapping[str, object] | None = None,
) -> list[npt.NDArray[Any]]:
    """Run ``queries/<name>.sql``, which returns one row of arrays of numbers without nulls.

    Parameters
    ----------
    name : str
        The statement's name; it must return one array for each type, in its order.
    types : sequence of str
        Of the elements as the server has them: ``i2``, ``i4``, ``i8``, ``f8`` or ``INSTANT``.

    Returns
    -------
    list of arrays
        Of one length; empty where the statement aggregated nothing.
    """
    cursor = connection.cursor(binary=True)
    cursor.execute(statement(name), parameters or {})
    result = cursor.pgresult
    assert result is not None  # noqa: S101 - a statement that was executed has one
    return [
        _instants(result.get_value(0, column))
        if kind == INSTANT
        else _elements(result.get_value(0, column), np.dtype(kind))
        for column, kind in enumerate(types)
    ]


def _instants(raw: bytes | None) -> npt.NDArray[Any]:
    return _elements(raw, np.dtype("i8")) + PG_EPOCH_US


def _elements(raw: bytes | None, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    if raw is None or len(raw) <= _HEADER:
        return np.empty(0, kind)
    element = np.dtype([("length", ">i4"), ("value", kind.newbyteorder(">"))])
    found: npt.NDArray[Any] = np.frombuffer(raw, element, offset=_HEADER)["value"].astype(kind)
    return found
