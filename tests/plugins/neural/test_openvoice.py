"""The real program with a tiny network of random weights, of the published architecture. Needs torch, which CI does not install."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from signals import RATE
from support import wait_for
from takevoice import Take, errors
from takevoice_plugins.neural import Neural, windows
from takevoice_plugins.neural.models import OPENVOICE, BrokenModel, folder_of, write_manifest
from takevoice_plugins.neural.options import CHILD, Options
from takevoice_plugins.neural.session import Session

from .conftest import add_voice, converted, start, write_take
from .weights import DATA, SIZES, write_model

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.quality


@pytest.fixture(params=["cpu", "cuda"])
def neural(request: pytest.FixtureRequest, state: Path) -> Iterator[Neural]:
    """The backend on the processor, and on an NVIDIA GPU where there is one."""
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("there is no NVIDIA GPU")
    with closing(Neural(state, Options(device=request.param, threads=1))) as plugin:
        yield plugin


@pytest.fixture
def on_cpu(state: Path) -> Iterator[Neural]:
    with closing(Neural(state, Options(device="cpu", threads=1))) as plugin:
        yield plugin


@pytest.fixture
def state(tmp_path: Path, her: tuple) -> Path:  # type: ignore[type-arg]
    """A state dir with a voice and a small model."""
    add_voice(tmp_path / "state", her)
    write_model(folder_of(tmp_path / "state"))
    return tmp_path / "state"


def test_it_is_the_published_network(tmp_path: Path) -> None:
    """The same weights give the same samples as in the library that is known for them."""
    pytest.importorskip("TTS")
    from TTS.vc.configs.openvoice_config import OpenVoiceConfig
    from TTS.vc.models.openvoice import OpenVoice

    from takevoice_plugins.neural.child import openvoice

    write_model(tmp_path)
    config = OpenVoiceConfig()
    for name in ("hidden_channels", "inter_channels", "gin_channels", "upsample_initial_channel"):
        setattr(config.model_args, name, SIZES[name])
    theirs = OpenVoice(config)
    theirs.load_checkpoint(config, tmp_path / "checkpoint.pth", eval=True)
    theirs.tau = 0.0
    ours = openvoice.load(str(tmp_path), "cpu", 1)
    source, target = torch.randn(256 * 300) * 0.05, torch.randn(22_050 * 4) * 0.05
    expected = theirs.voice_conversion(source, [target])
    voices = [ours.embedding(samples.numpy().tobytes()) for samples in (source, target)]
    samples = ours.convert(source.numpy().tobytes(), *voices, amount=1.0, noise=0.0, seed=0, first=0)
    out = np.frombuffer(samples, "<f4")
    assert len(out) == len(source) == len(expected)
    np.testing.assert_allclose(out, expected, atol=1e-5 * float(np.abs(expected).max()) + 1e-6)


@pytest.fixture
def loaded(tmp_path: Path):  # type: ignore[no-untyped-def]
    """The model in this process, and how it converts a second of noise from one voice to another."""
    from takevoice_plugins.neural.child import openvoice

    write_model(tmp_path)
    model = openvoice.load(str(tmp_path), "cpu", 1)
    source, low, high = (0.05 * torch.randn(256 * 90) for _ in range(3))
    voices = [model.embedding(samples.numpy().tobytes()) for samples in (low, high)]

    def convert(one: int, other: int, amount: float = 1.0, noise: float = 0.0, seed: int = 0, first: int = 0) -> np.ndarray:
        payload = model.convert(source.numpy().tobytes(), voices[one], voices[other], amount=amount, noise=noise, seed=seed, first=first)
        return np.frombuffer(payload, "<f4")

    return model, convert


def test_how_far_it_goes(loaded) -> None:  # type: ignore[no-untyped-def]
    """From the source's voice to the other's; half way is neither."""
    _, convert = loaded
    np.testing.assert_array_equal(convert(0, 1, amount=0.0), convert(0, 0))
    half, whole = convert(0, 1, amount=0.5) - convert(0, 0), convert(0, 1) - convert(0, 0)
    assert 0 < np.std(half) < np.std(whole)
    assert np.abs(convert(1, 0) - convert(0, 1)).max() > 0, "which voice is which does not matter"


def test_noise_belongs_to_its_frame_and_its_seed(loaded) -> None:  # type: ignore[no-untyped-def]
    model, convert = loaded
    noise = model._noise(3, 0, 500)
    assert abs(float(noise.std()) - 1) < 0.05
    blocks = noise[0, :, :448].reshape(noise.shape[1], 7, 64).transpose(0, 1).flatten(1)
    assert (torch.corrcoef(blocks) - torch.eye(7)).abs().max() < 0.2, "it repeats"
    torch.testing.assert_close(model._noise(3, 170, 130), noise[:, :, 170:300])
    assert (model._noise(4, 0, 500) - noise).abs().max() > 0.5
    assert np.abs(convert(0, 1, noise=0.3, seed=1) - convert(0, 1, noise=0.3, seed=2)).max() > 0
    assert np.abs(convert(0, 1, noise=0.3, first=64) - convert(0, 1, noise=0.3)).max() > 0
    np.testing.assert_array_equal(convert(0, 1, noise=0.0, seed=1), convert(0, 1, noise=0.0, seed=2))


def test_a_long_recording_counts_as_a_whole(loaded) -> None:  # type: ignore[no-untyped-def]
    model, _ = loaded
    one, two = (0.1 * torch.randn(22_050 * 10) * loud for loud in (1.0, 0.2))
    both = model.embedding(torch.cat([one, two]).numpy().tobytes())
    apart = [model.embedding(samples.numpy().tobytes()) for samples in (one, two)]
    torch.testing.assert_close(both, (apart[0] + apart[1]) / 2, atol=1e-5, rtol=0)


def test_a_checkpoint_cannot_run_a_program(tmp_path: Path) -> None:
    from takevoice_plugins.neural.child import openvoice

    class Harm:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "harm",)

    write_model(tmp_path)
    torch.save({"model": Harm()}, tmp_path / "checkpoint.pth")
    with pytest.raises(openvoice.BadModel, match="holds no converter"):
        openvoice.load(str(tmp_path), "cpu", 1)
    assert not (tmp_path / "harm").exists()


def test_length_and_repeatability(neural: Neural, take: Take) -> None:
    first, again = (b"".join(start(neural, take, seed=3).chunks) for _ in range(2))
    other = b"".join(start(neural, take, seed=4).chunks)
    assert len(first) == len(other) > 4 * take.frames
    assert first == again
    assert first != other
    neural.close()
    assert b"".join(start(neural, take, seed=3).chunks) == first, "another process gave other bytes"


def test_windows_give_what_the_whole_take_gives(
    neural: Neural, tmp_path: Path, long_speech: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The context is longer than what the network sees, and the noise belongs to the frames: so there are no seams."""
    take = write_take(tmp_path / "long.wav", long_speech[: 13 * RATE])
    asked: list[int] = []
    convert = Session.convert
    monkeypatch.setattr(Session, "convert", lambda self, samples, first: asked.append(first) or convert(self, samples, first))
    monkeypatch.setattr(windows, "CORE", 60.0)
    whole = converted(neural, take)
    assert len(asked) == 2
    monkeypatch.setattr(windows, "CORE", 2.0)
    cut = converted(neural, take)
    assert len(asked) == 2 + 1 + 7
    assert len(cut) == take.frames
    other = converted(neural, write_take(tmp_path / "other.wav", long_speech[20 * RATE : 33 * RATE]))
    assert np.abs(other - whole).max() > 0.1 * np.abs(whole).max(), "the network does not listen"
    print("largest difference", np.abs(cut - whole).max(), "of", np.abs(whole).max())
    np.testing.assert_allclose(cut, whole, atol=1e-4 * np.abs(whole).max())


def test_a_broken_checkpoint_is_one_clear_line(neural: Neural, take: Take, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "state")
    data = (folder / "checkpoint.pth").read_bytes()
    for broken, reason in ((data[:5000], "is cut or damaged"), (b"x" * 5000, "holds something else than weights")):
        (folder / "checkpoint.pth").write_bytes(broken)
        write_manifest(folder, OPENVOICE, "written by a test")
        with pytest.raises(BrokenModel, match=f"holds no converter of OpenVoice \\(checkpoint.pth {reason}\\); fetch it again") as error:
            converted(neural, take)
        assert "\n" not in str(error.value)
    write_model(folder, SIZES | {"gin_channels": 8})
    (folder / "config.json").write_text(json.dumps({"data": DATA, "model": SIZES}))
    write_manifest(folder, OPENVOICE, "written by a test")
    with pytest.raises(BrokenModel, match=r"the weights do not fit config\.json: size mismatch for "):
        converted(neural, take)


def test_a_device_that_is_not_there(on_cpu: Neural, take: Take, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is one")
    on_cpu.configure({"neural": {"device": "cuda"}}, tmp_path / "state")
    with pytest.raises(errors.BackendUnavailable, match='torch cannot use the device "cuda"') as error:
        converted(on_cpu, take)
    assert 'device in [plugins.neural] to "auto" or "cpu"' in str(error.value)
    assert "voices fetch" not in str(error.value)


def test_lack_of_memory_stays_in_the_process(on_cpu: Neural, take: Take, tmp_path: Path) -> None:
    """A limit just above what the loaded model has: the take waits, this process does not notice, and without the limit all is well."""
    resource = pytest.importorskip("resource")
    assert resource
    converted(on_cpu, take)
    status = Path(f"/proc/{on_cpu.pid}/status").read_text()
    used = 1024 * int(status.partition("VmSize:")[2].split()[0])
    on_cpu.close()
    limited = tmp_path / "python"
    limited.write_text(
        f"#!{sys.executable}\nimport os, resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({int(used * 0.97)}, {used}))\n"
        f"os.execv({sys.executable!r}, [{sys.executable!r}, {str(CHILD)!r}])\n"
    )
    limited.chmod(0o755)
    on_cpu.configure({"neural": {"device": "cpu", "threads": 1, "python": str(limited)}}, tmp_path / "state")
    with pytest.raises(errors.BackendBusy, match="lacks memory") as error:
        converted(on_cpu, take)
    assert "\n" not in str(error.value)
    on_cpu.configure({"neural": {"device": "cpu", "threads": 1}}, tmp_path / "state")
    assert len(converted(on_cpu, take)) == take.frames


def test_a_cancelled_take_leaves_the_process(neural: Neural, take: Take, tmp_path: Path, long_speech: np.ndarray) -> None:
    chunks = start(neural, write_take(tmp_path / "long.wav", long_speech)).chunks
    while neural.pid is None or not next(chunks):
        next(chunks)
    chunks.close()
    before = neural.pid
    assert len(converted(neural, take)) == take.frames
    assert neural.pid == before


def test_a_killed_process_costs_a_window(neural: Neural, tmp_path: Path, long_speech: np.ndarray) -> None:
    long = write_take(tmp_path / "long.wav", long_speech[: 24 * RATE])
    expected = converted(neural, long)
    chunks = start(neural, long).chunks
    data = next(chunks)
    wait_for(lambda: neural.pid)
    while len(data) < 100_000:
        data += next(chunks)
    os.kill(neural.pid or 0, 9)
    data += b"".join(chunks)
    assert len(data) > 4 * long.frames
    np.testing.assert_array_equal(np.frombuffer(data[-4 * long.frames :], "<f4"), expected.astype("<f4"))
