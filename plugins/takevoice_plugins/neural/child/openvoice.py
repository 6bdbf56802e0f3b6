"""OpenVoice's converter: loads the published checkpoint, learns voices, and converts windows of samples."""

from __future__ import annotations

import errno
import json
import math
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .memory import lacks_memory
from .network import Converter

CHECKPOINT, CONFIG = "checkpoint.pth", "config.json"
PIECE = 10.0  # seconds from which one embedding is made; those of longer recordings are averaged
SHORTEST = 64  # frames of a piece: shorter recordings are repeated
NOISE_BLOCK = 64  # frames
CONTEXT = 128  # frames to each side by which a frame is influenced, rounded up
TINY = 1e-6


class BadModel(Exception):
    """The folder holds no usable model."""


class NoDevice(Exception):
    """There is no such device, or torch cannot use it."""


def load(folder: str, device: str, threads: int) -> OpenVoice:
    """Load the model in a folder; `device` is "auto" or one of torch's, `threads` 0 for torch's own choice.

    Raises:
        BadModel: the folder holds no usable model.
        NoDevice: torch cannot use the device.
    """
    if threads > 0:
        torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    # A GPU gives what the processor gives, and windows what the whole take gives, only with all bits of a float32.
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    try:
        config = json.loads((Path(folder) / CONFIG).read_text("utf-8"))
        stored = torch.load(Path(folder) / CHECKPOINT, map_location="cpu", weights_only=True)["model"]
        data = config["data"]
        network = Converter(config["model"], data["filter_length"] // 2 + 1)
        wanted, given = network.state_dict().keys(), multiplied_out(stored)
        network.load_state_dict({name: given[name] for name in wanted})
    except MemoryError:
        raise
    except Exception as error:  # from whichever of a library's many
        if lacks_memory(str(error)):
            raise
        raise BadModel(f"{folder} holds no converter of OpenVoice ({_reason(error)})") from error
    return OpenVoice(network, data, _device(device))


def _reason(error: Exception) -> str:
    """Return what is wrong with the files in a few words: libraries say it at length, and advise what is not safe."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    match error:
        case pickle.UnpicklingError():
            return f"{CHECKPOINT} holds something else than weights"
        case KeyError():
            return f"{lines[0] if lines else 'a part'} is missing"
        case EOFError() | OSError(errno=errno.EINVAL):  # from reading behind the end
            return f"{CHECKPOINT} is cut or damaged"
        case RuntimeError() if "archive" in str(error):
            return f"{CHECKPOINT} is cut or damaged"
        case RuntimeError() if len(lines) > 1:
            return f"the weights do not fit {CONFIG}: {lines[1]}"[:300]
    return f"{type(error).__name__}: {lines[0] if lines else 'no reason given'}"[:300]


def _device(wanted: str) -> torch.device:
    if wanted != "auto":
        try:
            torch.zeros(1, device=wanted)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            if lacks_memory(str(error)):
                raise
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise NoDevice(
                f'torch cannot use the device "{wanted}" ({reason}); '
                'set device in [plugins.neural] to "auto" or "cpu"'
            ) from error
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def multiplied_out(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights without their normalisation (Salimans and Kingma, arXiv:1602.07868): length times direction."""
    plain = dict(stored)
    for length, direction in (("weight_g", "weight_v"), ("parametrizations.weight.original0", "parametrizations.weight.original1")):
        for name in [name for name in plain if name.endswith(f".{length}")]:
            base = name.removesuffix(length)
            g, v = plain.pop(name), plain.pop(base + direction)
            plain[f"{base}weight"] = v * (g / torch.linalg.vector_norm(v, dim=tuple(range(1, v.dim())), keepdim=True))
    return plain


class OpenVoice:
    """A loaded model. Payloads are float32 samples, little endian, mono, at `rate`."""

    def __init__(self, network: Converter, data: Mapping[str, Any], device: torch.device) -> None:
        self.rate, self.hop = int(data["sampling_rate"]), int(data["hop_length"])
        self.context, self.device = CONTEXT, device
        self._size = int(data["filter_length"])
        self._network = network.to(device).eval()
        self._window = torch.hann_window(int(data["win_length"]), device=device)

    @torch.inference_mode()
    def embedding(self, payload: bytes) -> Tensor:
        """Return the voice in samples: (1, size, 1)."""
        samples = self._samples(payload)
        if samples.numel() == 0:
            raise ValueError("a voice cannot be learnt from nothing")
        least = SHORTEST * self.hop
        samples = samples.repeat(math.ceil(least / samples.numel())) if samples.numel() < least else samples
        pieces = samples.tensor_split(max(1, round(samples.numel() / (PIECE * self.rate))))
        voices = [self._network.ref_enc(self._spectrogram(piece).transpose(1, 2)) for piece in pieces]
        return torch.stack(voices).mean(0)[:, :, None]

    @torch.inference_mode()
    def convert(
        self, payload: bytes, source: Tensor, voice: Tensor, *, amount: float, noise: float, seed: int, first: int
    ) -> bytes:
        """Return the samples in another voice: as many, of a multiple of `hop`.

        `amount`: 0 keeps the source's voice, 1 is all of the other. `noise`: the deviation of the latent frames' noise,
        which depends on the seed and on the number of the frame alone; `first` is the number of the first one.
        """
        samples = self._samples(payload)
        if samples.numel() % self.hop or samples.numel() == 0:
            raise ValueError(f"the length of a window must be a multiple of {self.hop}")
        spectrogram = self._spectrogram(samples)
        drawn = noise * self._noise(seed, first, spectrogram.shape[2]) if noise else self._noise(0, 0, 1) * 0
        target = source + amount * (voice - source)
        return self._payload(self._network(spectrogram, source, target, drawn)[0, 0])

    @property
    def name(self) -> str:
        """The device, for people."""
        return f"cuda ({torch.cuda.get_device_name(self.device)})" if self.device.type == "cuda" else str(self.device)

    def release(self) -> None:
        """Give memory of the GPU back that is held for later."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        elif self.device.type == "mps":
            torch.mps.empty_cache()

    def _spectrogram(self, samples: Tensor) -> Tensor:
        """Return magnitudes (1, bins, frames), a frame for each `hop` samples."""
        margin = (self._size - self.hop) // 2
        mode = "reflect" if samples.numel() > margin else "constant"
        padded = functional.pad(samples[None, None], (margin, margin), mode=mode)[0]
        spectrum = torch.stft(
            padded, self._size, self.hop, len(self._window), self._window, center=False, return_complex=True
        )
        return torch.sqrt(spectrum.real**2 + spectrum.imag**2 + TINY)

    def _noise(self, seed: int, first: int, count: int) -> Tensor:
        """Return the noise of frames (1, channels, count), on the processor, so that each device has the same."""
        blocks = range(first // NOISE_BLOCK, (first + count - 1) // NOISE_BLOCK + 1)
        drawn = [
            torch.randn(
                self._network.channels, NOISE_BLOCK, generator=torch.Generator().manual_seed((seed << 24) + block)
            )
            for block in blocks
        ]
        start = first - blocks[0] * NOISE_BLOCK
        return torch.cat(drawn, 1)[None, :, start : start + count].to(self.device)

    def _samples(self, payload: bytes) -> Tensor:
        return torch.from_numpy(np.frombuffer(payload, "<f4").astype(np.float32)).to(self.device)

    def _payload(self, samples: Tensor) -> bytes:
        payload: bytes = samples.to("cpu", torch.float32).numpy().astype("<f4").tobytes()
        return payload
