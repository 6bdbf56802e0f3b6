"""Decoded audio, kept for a while: a take is inspected, hashed, cut and measured, and decoded once."""

from __future__ import annotations

import atexit
import functools
import io
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from takevoice.errors import StorageError
from takevoice.system import place
from takevoice.system.fileid import FileVersion, version_of
from takevoice.system.scratch import remove_leftovers, scratch_prefix

MAX_FILES = 32
MAX_BYTES = 4 << 30
_KIND = "decoded"  # of the private folder

Decode = Callable[[Path, Callable[[], bool]], "Decoded"]
"""Decodes to a file; its second argument returns True once it must stop."""
_Key = tuple[Path, FileVersion | None]


@dataclass(frozen=True)
class Decoded:
    """The samples of a take: a Wave64 file, its sample format, and where it starts in a day."""

    file: Path
    subtype: str  # soundfile's name; the codec's in capitals where there is none
    start: Fraction | None  # seconds since midnight; None: unknown


class DecodedFiles:
    """Decodes each version of a file once, into a private folder; the least recently used are removed."""

    def __init__(self, *, max_files: int = MAX_FILES, max_bytes: int = MAX_BYTES) -> None:
        self._max_files, self._max_bytes = max_files, max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, Decoded] = OrderedDict()
        self._under_way: dict[_Key, threading.Lock] = {}
        self._folder: Path | None = None
        self._count = self._stops = 0

    def get(self, path: Path, decode: Decode) -> Decoded:
        """Return the decoded samples of a file; raises what `decode` raises."""
        key = (path, version_of(path))
        with self._lock:
            making = self._under_way.setdefault(key, threading.Lock())
            stops = self._stops
        with making:
            with self._lock:
                kept = self._kept.get(key)
                if kept is not None and kept.file.exists():
                    self._kept.move_to_end(key)
                    return kept
            return self._made(key, lambda target: decode(target, lambda: self._stops != stops))

    def open(self, path: Path, decode: Decode) -> io.RawIOBase:
        """Open the decoded samples of a file."""
        try:
            return io.FileIO(self.get(path, decode).file)
        except FileNotFoundError:  # removed in favour of others since
            return io.FileIO(self.get(path, decode).file)

    def stop(self) -> None:
        """Have every decoding that is under way raise Cancelled."""
        self._stops += 1

    def scratch(self, name: str) -> Path:
        """Return a path in the private folder for a file that its user removes."""
        with self._lock:
            self._count += 1
            return self._own_folder() / f"{self._count}.{name}"

    def close(self) -> None:
        """Remove everything."""
        with self._lock:
            folder, self._folder = self._folder, None
            self._kept.clear()
        if folder is not None:
            place.remove_tree(folder)

    def _made(self, key: _Key, decode: Callable[[Path], Decoded]) -> Decoded:
        target = self.scratch("w64")
        try:
            decoded = decode(target)
        except BaseException:
            place.remove(target)
            raise
        finally:
            with self._lock:
                self._under_way.pop(key, None)
        with self._lock:
            self._kept[key] = decoded
            self._make_room()
        return decoded

    def _make_room(self) -> None:
        """Remove the least recently used files; the newest stays, whatever its size."""
        sizes = {key: _size(decoded.file) for key, decoded in self._kept.items()}
        while len(self._kept) > 1 and (
            len(self._kept) > self._max_files or sum(sizes.values()) > self._max_bytes
        ):
            key, oldest = self._kept.popitem(last=False)
            del sizes[key]
            place.remove(oldest.file)

    def _own_folder(self) -> Path:
        if self._folder is None or not self._folder.is_dir():
            try:
                base = Path(tempfile.gettempdir())
                remove_leftovers(_KIND, base)
                self._folder = Path(tempfile.mkdtemp(prefix=scratch_prefix(_KIND), dir=base))
            except OSError as error:
                raise StorageError(
                    f"no folder for decoded audio can be made there: {error.strerror or error}",
                    where=tempfile.gettempdir(),
                ) from error
        return self._folder


@functools.cache
def decoded_files() -> DecodedFiles:
    """Return the decoded files of this process; they are removed when it ends."""
    files = DecodedFiles()
    atexit.register(files.close)
    return files


def stop_decoding() -> None:
    """Have every decoding that is under way in this process raise Cancelled."""
    decoded_files().stop()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
