"""How the child process answers when the model fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest

from takevoice_plugins.neural.child import serve
from takevoice_plugins.neural.child.serve import Server
from takevoice_plugins.neural.child.wire import read_message, write_message
from takevoice_plugins.neural.options import CHILD

FULL = (
    "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 139.80 GiB of which 17.94 MiB is free. "
    "Process 456 has 138.41 GiB memory in use."
)


class Window:
    """What a window takes while it is converted."""


class Failing:
    """A model that fails with an error."""

    def __init__(self, text: str = "", kind: type[Exception] = RuntimeError) -> None:
        self._text, self._kind = text, kind
        self._window: weakref.ref[Window] = lambda: None  # type: ignore[assignment]
        self.held = "release was not called"

    def embedding(self, payload: bytes) -> bytes:
        return payload

    def convert(self, *_: object, **__: object) -> bytes:
        window = Window()
        self._window = weakref.ref(window)
        raise self._kind(self._text)

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


def test_pythons_own_lack_of_memory() -> None:
    model = Failing(kind=MemoryError)
    assert asked(model) == {"ok": False, "error": "memory", "text": "out of memory"}
    assert model.held == ""


def test_memory_is_given_back_when_no_request_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "REST", 0.01)
    reading, writing = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    rested = threading.Event()
    messages = serve._messages(reading, rested.set)
    with reading, writing:
        write_message(writing, {"op": "describe"})
        assert next(messages) == ({"op": "describe"}, b"")
        later = threading.Thread(target=lambda: rested.wait(60) and write_message(writing, {"op": "open"}))
        rested.clear()
        later.start()
        assert next(messages)[0] == {"op": "open"}, "it was not given back"
        later.join()


@pytest.mark.process
def test_the_program_by_itself(tmp_path: Path) -> None:
    """What libraries print is no message, signals of the terminal are takevoice's, and the end of the input is the end."""
    (tmp_path / "torch.py").write_text("import os\nprint('loading')\nos.write(1, b'from a library\\n')\nraise ImportError('not this one')\n")
    line, environment = [sys.executable, str(CHILD)], os.environ | {"PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None

        def ask(header: dict[str, str]) -> dict[str, Any]:
            write_message(process.stdin, header)  # type: ignore[arg-type]
            answer = read_message(process.stdout)  # type: ignore[arg-type]
            assert answer is not None
            return answer[0]

        assert ask({"op": "describe"}) == {"ok": False, "error": "failed", "text": "no model has been opened"}
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if sys.platform != "win32":
                process.send_signal(getattr(signal, name))
        refused = ask({"op": "open", "folder": str(tmp_path)})
        assert (refused["error"], refused["text"]) == ("library", f"{sys.executable} cannot import torch: not this one")
        assert ask({"op": "sing"}) == {"ok": False, "error": "failed", "text": "unknown request: sing"}
        process.stdin.close()
        assert process.wait(60) == 0
        printed = process.stderr.read()
        assert b"loading" in printed
        assert b"from a library" in printed
