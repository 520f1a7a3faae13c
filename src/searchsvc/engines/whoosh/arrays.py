"""A file of named arrays: written once, checksummed, mapped to be read.

    0    header, 64 bytes: magic, version, place, size and CRC-32 of the directory, CRC-32 of the header
    64   the arrays, one after another, each on a multiple of 64 bytes, filled up with zeros
    end  the directory: JSON, {name: [dtype, offset, count, CRC-32 of the array and its filling]}

Numbers are little-endian. Reading parses the directory and nothing else; every byte lies under one of the checksums,
which `damage` reads.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Bytes = bytes | memoryview

MAGIC: Final = b"SSVCARR1"
VERSION: Final = 1
_HEADER: Final = struct.Struct("<8sIQQI")
_HEADER_SIZE: Final = 64
_ALIGN: Final = 64
_DTYPES: Final = frozenset({"|u1", "<u4", "<u8", "<i4", "<i8"})
_WRITE_BYTES: Final = 16 << 20


def _aligned(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


class ArrayFileWriter:
    """Writes a new file whose arrays' sizes are known; each is written from its start, in pieces or at once.

    Several threads may write at a time, each its own arrays.
    """

    def __init__(self, path: Path, layout: Mapping[str, tuple[str, int]]) -> None:
        """`layout`: name -> (dtype, count). The file must not exist yet."""
        self._layout = {name: (np.dtype(dtype), count) for name, (dtype, count) in layout.items()}
        self._start: dict[str, int] = {}
        end = _HEADER_SIZE
        for name, (dtype, count) in self._layout.items():
            self._start[name] = end
            end = _aligned(end + dtype.itemsize * count)
        self._end = end
        self._written = dict.fromkeys(self._layout, 0)
        self._crc = dict.fromkeys(self._layout, 0)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, name: str, values: Array) -> None:
        """Appends to an array; values are converted to its dtype."""
        dtype, count = self._layout[name]
        data = np.ascontiguousarray(values, dtype).view(np.uint8).data
        if self._written[name] + len(data) > dtype.itemsize * count:
            raise ValueError(f"{name} has {count} values, not more")
        self._append(name, data)

    def finish(self) -> None:
        """Fills up, writes directory and header, and waits until all is on disk. ValueError when values are missing."""
        directory = {}
        for name, (dtype, count) in self._layout.items():
            size = dtype.itemsize * count
            if self._written[name] != size:
                raise ValueError(f"{name} has {self._written[name]} bytes instead of {size}")
            self._append(name, memoryview(bytes(_aligned(size) - size)))
            directory[name] = [dtype.str, self._start[name], count, self._crc[name]]
        listing = json.dumps(directory, separators=(",", ":")).encode("ascii")
        self._put(listing, self._end)
        header = _HEADER.pack(MAGIC, VERSION, self._end, len(listing), zlib.crc32(listing))
        header = header.ljust(_HEADER_SIZE - 4, b"\0")
        self._put(header + struct.pack("<I", zlib.crc32(header)), 0)
        os.fsync(self._file)

    def close(self) -> None:
        """Closes the file, finished or not."""
        os.close(self._file)
        self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _append(self, name: str, data: memoryview) -> None:
        self._put(data, self._start[name] + self._written[name])
        self._crc[name] = zlib.crc32(data, self._crc[name])
        self._written[name] += len(data)

    def _put(self, data: Bytes, place: int) -> None:
        left = memoryview(data)
        while len(left):
            done = os.pwrite(self._file, left[:_WRITE_BYTES], place)
            left, place = left[done:], place + done


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Writes whole arrays as a new file, durably."""
    layout = {name: (values.dtype.newbyteorder("<").str, len(values)) for name, values in arrays.items()}
    with ArrayFileWriter(path, layout) as file:
        for name, values in arrays.items():
            file.write(name, values)
        file.finish()


class ArrayFile:
    """The arrays of a file, mapped and read-only. Stays readable when the file is removed."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError for a file that is none, or is cut short, and OSError."""
        self.path = path
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < _HEADER_SIZE:
                raise ValueError(f"{path.name} is cut short")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header = self._map[:_HEADER_SIZE]
        magic, version, place, length, crc = _HEADER.unpack_from(header)
        if magic != MAGIC or zlib.crc32(header[:-4]) != struct.unpack("<I", header[-4:])[0]:
            raise ValueError(f"{path.name} is no file of arrays, or its header is damaged")
        if version != VERSION:
            raise ValueError(f"{path.name} has version {version}; this program reads {VERSION}")
        listing = self._map[place : place + length]
        if place + length != size or zlib.crc32(listing) != crc:
            raise ValueError(f"{path.name} is cut short, or its directory is damaged")
        self._directory: dict[str, tuple[str, int, int, int]] = json.loads(listing)
        self._arrays: dict[str, Array] = {}
        for name, (dtype, start, count, _) in self._directory.items():
            if dtype not in _DTYPES:
                raise ValueError(f"{path.name}: {name} has the type {dtype}")
            self._arrays[name] = np.frombuffer(self._map, dtype, count, start)

    def __getitem__(self, name: str) -> Array:
        """The array of this name. ValueError when the file has none."""
        try:
            return self._arrays[name]
        except KeyError:
            raise ValueError(f"{self.path.name} has no array {name!r}") from None

    def read(self, name: str, first: int = 0, last: int | None = None) -> Array:
        """A copy of values first to last - 1, read and not mapped: what is read once need not stay in memory."""
        dtype, start, count, _ = self._directory[name]
        last = count if last is None else last
        size = np.dtype(dtype).itemsize
        with self.path.open("rb", buffering=0) as file:
            file.seek(start + first * size)
            return np.fromfile(file, dtype, max(0, last - first))

    def let_go(self) -> None:
        """Gives back the memory of what was read through the arrays; they are read from the file again when needed."""
        self._map.madvise(mmap.MADV_DONTNEED)

    @property
    def nbytes(self) -> int:
        """Size of the file."""
        return len(self._map)

    def damage(self) -> Iterator[str]:
        """Names of the arrays whose bytes are not those written. Reads the whole file."""
        for name, (dtype, start, count, crc) in self._directory.items():
            end = _aligned(start + np.dtype(dtype).itemsize * count)
            value = 0
            for place in range(start, end, _WRITE_BYTES):
                value = zlib.crc32(memoryview(self._map)[place : min(end, place + _WRITE_BYTES)], value)
            if value != crc:
                yield name
