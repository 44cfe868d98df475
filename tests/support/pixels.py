"""Pixels of a screenshot, read without an imaging library."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_HEAD = struct.Struct(">I4s")


def pixels_of(png: bytes) -> NDArray[np.uint8]:
    """Decode a PNG of 8 bits a channel, not interlaced, as browsers write it.

    Returns
    -------
    uint8[height, width, 3]
        Red, green, blue.
    """
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        size, kind = _HEAD.unpack_from(png, at)
        chunks[kind] = chunks.get(kind, b"") + png[at + 8 : at + 8 + size]
        at += size + 12
    width, height, depth, colour = struct.unpack_from(">IIBB", chunks[b"IHDR"])
    assert depth == 8
    channels = {2: 3, 6: 4}[colour]
    raw = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8)
    rows = raw.reshape(height, 1 + width * channels)
    return _unfilter(rows, width, channels)[:, :, :3]


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """Encode uint8[height, width, 3] as a PNG."""
    height, width = pixels.shape[:2]
    rows = np.hstack([np.zeros((height, 1), np.uint8), pixels.reshape(height, width * 3)])
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def _unfilter(rows: NDArray[np.uint8], width: int, channels: int) -> NDArray[np.uint8]:
    out = np.zeros((len(rows), width, channels), np.uint8)
    above = np.zeros((width, channels), np.int32)
    for number, row in enumerate(rows):
        line = row[1:].reshape(width, channels).astype(np.int32)
        kind = int(row[0])
        if kind == 2:
            line = line + above
        elif kind:
            line = _leftward(line, above, kind)
        above = line & 0xFF
        out[number] = above
    return out


def _leftward(line: NDArray[np.int32], above: NDArray[np.int32], kind: int) -> NDArray[np.int32]:
    """Undo the filters that look to the left: each pixel needs the one before."""
    done = np.zeros_like(line)
    left = corner = np.zeros(line.shape[1], np.int32)
    for x in range(len(line)):
        up = above[x]
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + up) // 2
        else:
            guess = _paeth(left, up, corner)
        left = (line[x] + guess) & 0xFF
        done[x] = left
        corner = up
    return done


def _paeth(
    left: NDArray[np.int32], up: NDArray[np.int32], corner: NDArray[np.int32]
) -> NDArray[np.int32]:
    estimate = left + up - corner
    by_left, by_up, by_corner = (abs(estimate - one) for one in (left, up, corner))
    nearest = np.where(by_up <= by_corner, up, corner)
    return np.where((by_left <= by_up) & (by_left <= by_corner), left, nearest)
