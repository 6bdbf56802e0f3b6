"""Answers one message after another, until the input ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from .memory import lacks_memory
from .wire import read_message, write_message

FOR_THE_PARENT = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Signals that a terminal or a service manager sends to all processes: the parent then ends this one."""
VOICES = 64  # embeddings that are kept
DEAD = ("cuda error", "cuda driver error", "cudnn_status_execution_failed")  # after which a process cannot use the GPU again
REST = 2.0  # seconds without a request after which memory of the GPU that is held for later is given back
Answer = tuple[dict[str, Any], bytes]


class Refused(Exception):
    """A request cannot be answered; `code` is one of those in docs/neural.md."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Server:
    """One model, and the voices that it has learnt."""

    def __init__(self) -> None:
        self._model: Any = None
        self._voices: OrderedDict[str, Any] = OrderedDict()

    def answer(self, header: dict[str, Any], payload: bytes) -> Answer:
        """Return the answer to a message: what it asked for, or why there is none."""
        answer, samples = self._answer(header, payload)
        if answer.get("error") == "memory":
            self.release()  # here, as the error that has been handled kept what the window had taken until then
        return answer, samples

    def release(self) -> None:
        """Give memory of the GPU back that is held for later."""
        if self._model is not None:
            self._model.release()

    def _answer(self, header: dict[str, Any], payload: bytes) -> Answer:
        try:
            return self._do(header, payload)
        except Refused as refused:
            return _refusal(refused.code, str(refused)), b""
        except MemoryError as error:
            return _refusal("memory", str(error) or "out of memory"), b""
        except Exception as error:  # whatever a library raises
            text = f"{type(error).__name__}: {error}".splitlines()[0]
            if lacks_memory(text):
                return _refusal("memory", ". ".join(text.split(". ")[:2])), b""  # without the whole state of the GPU
            if any(words in text.lower() for words in DEAD):
                raise SystemExit(text) from None  # takevoice starts another process
            return _refusal("failed", text), b""

    def _do(self, header: dict[str, Any], payload: bytes) -> Answer:
        match header.get("op"):
            case "open":
                return self._open(header), b""
            case "describe":
                return self._description(), b""
            case "learn":
                self._learn(str(header["id"]), payload)
                return {"ok": True}, b""
            case "convert":
                return {"ok": True}, self._convert(header, payload)
            case other:
                raise Refused("failed", f"unknown request: {other}")

    def _open(self, header: dict[str, Any]) -> dict[str, Any]:
        try:
            from .openvoice import BadModel, NoDevice, load
        except ImportError as error:
            raise Refused("library", f"{sys.executable} cannot import torch: {error}") from error
        try:
            self._model = load(header["folder"], header.get("device", "auto"), int(header.get("threads", 0)))
        except NoDevice as error:
            raise Refused("library", str(error)) from error
        except BadModel as error:
            raise Refused("model", str(error)) from error
        self._voices.clear()
        return self._description()

    def _description(self) -> dict[str, Any]:
        model = self._opened()
        return {"ok": True, "rate": model.rate, "hop": model.hop, "context": model.context, "device": model.name}

    def _learn(self, name: str, payload: bytes) -> None:
        self._voices[name] = self._opened().embedding(payload)
        self._voices.move_to_end(name)
        while len(self._voices) > VOICES:
            self._voices.popitem(last=False)

    def _convert(self, header: dict[str, Any], payload: bytes) -> bytes:
        model = self._opened()
        source, voice = (self._voice(str(header[name])) for name in ("source", "voice"))
        converted: bytes = model.convert(
            payload,
            source,
            voice,
            amount=float(header.get("amount", 1.0)),
            noise=float(header.get("noise", 0.3)),
            seed=int(header.get("seed", 0)),
            first=int(header.get("frame", 0)),
        )
        return converted

    def _voice(self, name: str) -> Any:
        if name not in self._voices:
            raise Refused("unknown_id", f"{name} has not been learnt")
        self._voices.move_to_end(name)
        return self._voices[name]

    def _opened(self) -> Any:
        if self._model is None:
            raise Refused("failed", "no model has been opened")
        return self._model


def _refusal(code: str, text: str) -> dict[str, Any]:
    return {"ok": False, "error": code, "text": text[:2000]}


def _own_output() -> BinaryIO:
    """Return the standard output for messages alone: what a library prints goes to the standard error."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return output


def _messages(stream: BinaryIO, rest: Callable[[], None]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield the messages until the stream ends; call `rest` where the next one does not come soon."""
    while True:
        pause = threading.Timer(REST, rest)
        pause.daemon = True
        pause.start()
        message = read_message(stream)
        pause.cancel()
        if message is None:
            return
        yield message


def main() -> None:
    """Serve until the standard input ends."""
    for name in FOR_THE_PARENT:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    # What Apple's GPUs cannot do yet is done by the processor.
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    # Without it, NVIDIA's library may give other bytes for the same window.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    output, server = _own_output(), Server()
    for message in _messages(sys.stdin.buffer, server.release):
        write_message(output, *server.answer(*message))
