"""The bytes that travel to the map: columns, patches, and the events that carry them.

All numbers are little-endian. ``idx`` is a light's row in the current epoch (0 … N-1), the same
number in tiles, columns, patches and snapshots; ``static/js/formats.js`` reads what is written
here, and a golden file keeps the two together.

Columns (``*.cols``): ``u32 h`` · ``h`` bytes of JSON, padded so that ``4 + h`` is a multiple of 8 ·
the columns, each aligned to 8; offsets count from the end of the header.

Patch: ``f64 milliseconds`` · ``u32 n`` · ``u32 seq`` · ``u32 idx[n]`` · ``u8 state[n]``.
"""

import base64
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from fastapi.sse import format_sse_event
from numpy.typing import NDArray

COLUMNS_MEDIA_TYPE = "application/x-city-columns"
_PATCH_HEAD = struct.Struct("<dII")
_ALIGNMENT = 8
_DTYPES = {"float32", "float64", "uint8", "uint32"}


def pack_columns(length: int, columns: Mapping[str, NDArray[Any]], **more: Any) -> bytes:
    """Write columns.

    Parameters
    ----------
    length : int
        How many things the columns describe.
    columns : mapping of str to array
        One or two dimensions; the second is the number of values per thing.
    **more
        Further members of the header, e.g. ``origin``.
    """
    described: dict[str, dict[str, Any]] = {}
    body = bytearray()
    for name, values in columns.items():
        dtype = values.dtype.name
        if dtype not in _DTYPES:
            raise ValueError(f"column {name!r} is {dtype}; one of {sorted(_DTYPES)} is expected")
        size = values.shape[1] if values.ndim == 2 else 1
        described[name] = {
            "dtype": dtype,
            "size": size,
            "offset": len(body),
            "n": int(values.size),
        }
        body += np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()
        body += bytes(-len(body) % _ALIGNMENT)
    header = orjson.dumps({"length": length, "cols": described, **more})
    header += b" " * (-(len(header) + 4) % _ALIGNMENT)
    return struct.pack("<I", len(header)) + header + bytes(body)


def unpack_columns(data: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read columns back: the header, and each column by name."""
    (size,) = struct.unpack_from("<I", data)
    header = orjson.loads(data[4 : 4 + size])
    start = 4 + size
    columns = {}
    for name, about in header["cols"].items():
        dtype = np.dtype(about["dtype"]).newbyteorder("<")
        values = np.frombuffer(data, dtype, about["n"], start + about["offset"])
        columns[name] = values.reshape(-1, about["size"]) if about["size"] > 1 else values
    return header, columns


def pack_patch(
    milliseconds: float, seq: int, idx: NDArray[np.uint32], state: NDArray[np.uint8]
) -> bytes:
    """Write a patch: 16 bytes and 5 for each light that changed."""
    head = _PATCH_HEAD.pack(milliseconds, idx.size, seq)
    return head + idx.astype("<u4").tobytes() + state.astype("u1").tobytes()


def unpack_patch(data: bytes) -> tuple[float, int, NDArray[np.uint32], NDArray[np.uint8]]:
    """Read a patch back: milliseconds, seq, idx, state."""
    milliseconds, n, seq = _PATCH_HEAD.unpack_from(data)
    idx = np.frombuffer(data, "<u4", n, _PATCH_HEAD.size)
    state = np.frombuffer(data, "u1", n, _PATCH_HEAD.size + 4 * n)
    return milliseconds, seq, idx, state


def patch_event(epoch: str, seq: int, patch: bytes) -> bytes:
    """Wrap a patch as a server-sent event whose id is ``<epoch>:<seq>``."""
    return format_sse_event(
        event="state", id=f"{epoch}:{seq}", data_str=base64.b64encode(patch).decode()
    )


def json_event(name: str, content: object) -> bytes:
    """Wrap anything else as a server-sent event."""
    return format_sse_event(event=name, data_str=orjson.dumps(content).decode())
