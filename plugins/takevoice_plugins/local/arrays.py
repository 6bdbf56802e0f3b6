"""Array types, and the sliding buffer that every streaming stage uses."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
SingleComplex = npt.NDArray[np.complex64]
Complex = npt.NDArray[np.complex128]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

Number = TypeVar("Number", bound=np.generic)


class SlidingBuffer(Generic[Number]):
    """The part of a stream that is still needed.

    Indexes count from the start of the stream; outside it reads as zero.
    """

    def __init__(self, dtype: type[Number]) -> None:
        self.start = 0
        self._data: npt.NDArray[Number] = np.zeros(0, dtype)

    @property
    def stop(self) -> int:
        """The index after the last value."""
        return self.start + len(self._data)

    def append(self, values: npt.NDArray[Any]) -> None:
        """Append `values`."""
        self._data = np.concatenate([self._data, values.astype(self._data.dtype, copy=False)])

    def cut(self, start: int, stop: int) -> npt.NDArray[Number]:
        """Return the values from `start` to `stop`, zero where none are stored: (stop - start,)."""
        if start >= self.start and stop <= self.stop:
            return self._data[start - self.start : stop - self.start]
        piece = np.zeros(stop - start, self._data.dtype)
        low, high = max(start, self.start), min(stop, self.stop)
        if high > low:
            piece[low - start : high - start] = self._data[low - self.start : high - self.start]
        return piece

    def add(self, start: int, values: npt.NDArray[Any]) -> None:
        """Add `values` to the stored ones from `start` on; extend the buffer with zeros if needed."""
        missing = start + len(values) - self.stop
        if missing > 0:
            self.append(np.zeros(missing + len(values), self._data.dtype))
        skip = max(0, self.start - start)
        onto = self._data[start + skip - self.start : start + len(values) - self.start]
        np.add(onto, values[skip:], out=onto, casting="unsafe")

    def forget(self, before: int) -> None:
        """Drop the values before the index `before`."""
        if before > self.start:
            self._data = self._data[before - self.start :].copy()
            self.start = before
