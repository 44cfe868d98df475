"""Results computed group by group, put back into one, meter by meter in the order asked."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Result = TypeVar("Result")


def stack(pieces: Sequence[Result], order: npt.NDArray[np.intp]) -> Result:
    """Put results of groups of meters after one another, then into an order.

    Parameters
    ----------
    pieces : sequence of one dataclass
        Fields are arrays or lists whose first axis runs over meters, dataclasses or tuples of the
        same, or plain values that all pieces share.
    order : array (A,)
        For each meter wanted, its place among those of all pieces.
    """
    stacked: Result = _stacked(list(pieces), order)
    return stacked


def _stacked(values: list[Any], order: npt.NDArray[np.intp]) -> Any:
    first = values[0]
    if isinstance(first, np.ndarray):
        return np.concatenate(values)[order]
    if isinstance(first, list):
        joined = [item for value in values for item in value]
        return [joined[place] for place in order.tolist()]
    if isinstance(first, tuple):
        return tuple(_stacked(list(column), order) for column in zip(*values, strict=True))
    if is_dataclass(first) and not isinstance(first, type):
        parts = {
            field.name: _stacked([getattr(value, field.name) for value in values], order)
            for field in fields(first)
        }
        return type(first)(**parts)
    return first
