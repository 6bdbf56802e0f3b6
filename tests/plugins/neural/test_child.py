"""How the child process answers when the model fails."""

from __future__ import annotations

import weakref
from typing import Any

import pytest

from takevoice_plugins.neural.child.serve import Server

FULL = (
    "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 139.80 GiB of which 17.94 MiB is free. "
    "Process 456 has 138.41 GiB memory in use."
)


class Window:
    """What a window takes while it is converted."""


class Failing:
    """A model that fails with an error of that text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._window: weakref.ref[Window] = lambda: None  # type: ignore[assignment]
        self.held = "release was not called"

    def embedding(self, payload: bytes) -> bytes:
        return payload

    def convert(self, *_: object, **__: object) -> bytes:
        window = Window()
        self._window = weakref.ref(window)
        raise RuntimeError(self._text)

    def release(self) -> None:
        self.held = "the window" if self._window() is not None else ""


def asked(model: Failing) -> dict[str, Any]:
    server = Server()
    server._model = model
    for name in ("take", "voice"):
        server.answer({"op": "learn", "id": name}, b"")
    return server.answer({"op": "convert", "source": "take", "voice": "voice"}, b"")[0]


@pytest.mark.parametrize("text", [FULL, "CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate", "MPS backend out of memory"])
def test_lack_of_memory_is_told_and_what_was_taken_is_given_back(text: str) -> None:
    model = Failing(text)
    answer = asked(model)
    assert answer["error"] == "memory"
    assert answer["text"].startswith(f"RuntimeError: {text[:20]}")
    assert len(answer["text"]) < 100
    assert model.held == "", f"released while {model.held} was still held"


def test_a_gpu_that_has_failed_ends_the_process() -> None:
    """No other window could be converted in it: takevoice starts another one."""
    with pytest.raises(SystemExit, match="CUDA error: an illegal memory access was encountered"):
        asked(Failing("CUDA error: an illegal memory access was encountered\nCompile with `TORCH_USE_CUDA_DSA`"))


def test_any_other_failure_is_the_windows() -> None:
    assert asked(Failing("a shape does not fit")) == {"ok": False, "error": "failed", "text": "RuntimeError: a shape does not fit"}
