"""The farm of a house without workers: threads of the server itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from queue import PriorityQueue

from takevoice import ConversionRequest, Take, errors
from takevoice_plugins.house.free import FarmOffice
from takevoice_plugins.house.seam import Order
from takevoice_plugins.house.store import sync_open
from takevoice_plugins.server.engine import Engine

log = logging.getLogger("takevoice.house")
BUSY = 2.0  # seconds until an engine that had no room is asked again
SHOWN_EVERY = 0.05  # seconds until a client that streams sees more of an answer


class ThreadFarm:
    """Converts in threads; see `seam.Farm`. A crash loses nothing: the ledger has the orders."""

    def __init__(self, office: FarmOffice, engines: Mapping[str, Engine], places: int) -> None:
        """`engines`: by backend."""
        self._office, self._engines = office, engines
        self._waiting: PriorityQueue[tuple[int, int, Order | None]] = PriorityQueue()
        self._lock, self._known, self._count = threading.Lock(), set[str](), 0
        self._stopped = threading.Event()
        for number in range(places):
            threading.Thread(target=self._run, name=f"farm-{number}", daemon=True).start()
        self._places = places

    def submit(self, order: Order) -> None:
        """Take an order."""
        with self._lock:
            if order.key in self._known:
                return
            self._known.add(order.key)
            self._count += 1
            self._waiting.put((-order.priority, self._count, order))

    def cancel(self, key: str) -> None:
        """Drop an order that has not begun."""
        with self._lock:
            self._known.discard(key)

    def known(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` that wait or are under way."""
        with self._lock:
            return self._known & set(keys)

    def serves(self, queue: str) -> bool:  # noqa: ARG002 - the server has all engines itself
        """Return True."""
        return True

    def close(self) -> None:
        """Begin nothing more."""
        self._stopped.set()
        for number in range(self._places):
            self._waiting.put((-(10**12), -number, None))

    def _run(self) -> None:
        while (order := self._waiting.get()[2]) is not None and not self._stopped.is_set():
            if order.key not in self._known:
                continue
            try:
                self._convert_or_refuse(order)
            except (errors.BackendBusy, errors.LedgerError, OSError) as error:  # such as too little memory, or a full disk
                log.warning("%s: %s; trying again in %g s", order.key[:12], error, BUSY)
                self._stopped.wait(BUSY)
                self._again(order)
                continue
            self.cancel(order.key)

    def _convert_or_refuse(self, order: Order) -> None:
        """Convert an order, or say why it cannot be. Raises BackendBusy, LedgerError, OSError: not now."""
        try:
            self._convert(order)
        except (errors.BackendBusy, errors.LedgerError, OSError):
            raise
        except errors.TakevoiceError as error:
            self._office.refused(order.key, order.lease, error.code, str(error), again=False)
        except KeyError:
            log.debug("%s: answered meanwhile", order.key[:12])
        except Exception:
            log.exception("a conversion failed; this is a fault of takevoice")
            self._office.refused(order.key, order.lease, "internal_error", "The conversion failed.", again=True)

    def _again(self, order: Order) -> None:
        with self._lock:
            self._count += 1
            self._waiting.put((-order.priority, self._count, order))

    def _convert(self, order: Order) -> None:
        self._office.began(order.key, order.lease, "the server")
        take = Take(self._office.audio(order.key, order.lease), order.frames, order.sample_rate, 1, "WAV", "FLOAT")
        part = self._office.new_part(order.key)
        request = ConversionRequest.model_validate(order.request)
        with closing(self._engines[order.backend].convert(request, take)) as chunks:  # type: ignore[type-var]
            self._write(order.key, part, chunks)
        self._office.answered(order.key, order.lease, part)

    def _write(self, key: str, part: Path, chunks: object) -> None:
        size, shown = 0, 0.0
        with part.open("wb") as file:
            for chunk in chunks:  # type: ignore[attr-defined]
                if self._stopped.is_set():
                    raise KeyError(key)
                file.write(chunk)
                size += len(chunk)
                if (now := time.monotonic()) - shown >= SHOWN_EVERY:
                    file.flush()
                    self._office.grew(key, part, size)
                    shown = now
            sync_open(file)
