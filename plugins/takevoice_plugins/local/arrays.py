"""Array types, and the moving window onto a signal that every streaming stage keeps."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

Number = TypeVar("Number", bound=np.generic)


class Tape(Generic[Number]):
    """The part of an endless signal that is still needed, addressed by its index from the start; zero elsewhere."""

    def __init__(self, dtype: type[Number]) -> None:
        self.start = 0
        self._data: npt.NDArray[Number] = np.zeros(0, dtype)

    @property
    def stop(self) -> int:
        """The index after the last value."""
        return self.start + len(self._data)

    def append(self, values: npt.NDArray[Any]) -> None:
        """Adds `values` at the end."""
        self._data = np.concatenate([self._data, values.astype(self._data.dtype, copy=False)])

    def cut(self, start: int, stop: int) -> npt.NDArray[Number]:
        """The values from `start` to `stop`, zeros where there are none: shape (stop - start,)."""
        if start >= self.start and stop <= self.stop:
            return self._data[start - self.start : stop - self.start]
        piece = np.zeros(stop - start, self._data.dtype)
        low, high = max(start, self.start), min(stop, self.stop)
        if high > low:
            piece[low - start : high - start] = self._data[low - self.start : high - self.start]
        return piece

    def add(self, start: int, values: npt.NDArray[Any]) -> None:
        """Adds `values` onto what is there from `start` on, lengthening the tape with zeros where it has to."""
        missing = start + len(values) - self.stop
        if missing > 0:
            self.append(np.zeros(missing + len(values), self._data.dtype))
        skip = max(0, self.start - start)
        onto = self._data[start + skip - self.start : start + len(values) - self.start]
        np.add(onto, values[skip:], out=onto, casting="unsafe")

    def forget(self, before: int) -> None:
        """Drops everything before the index `before`."""
        if before > self.start:
            self._data = self._data[before - self.start :].copy()
            self.start = before
