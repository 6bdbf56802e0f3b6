"""The network of OpenVoice's converter: a posterior encoder, a flow, a generator and a reference encoder.

Architecture: OpenVoice (Qin et al., arXiv:2312.01479), on VITS (Kim et al., arXiv:2106.06103), WaveNet blocks (van den Oord
et al., arXiv:1609.03499) and HiFi-GAN (Kong et al., arXiv:2010.05646). Modules have the names of the published weights.
Weights are plain: `checkpoint.py` multiplies out the weight normalisation that they are stored with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.1  # of leaky ReLUs
REFERENCE = (32, 32, 64, 64, 128, 128)  # channels of the reference encoder
FLOWS = 4


class WaveNet(nn.Module):
    """Gated convolutions with skip connections, conditioned on a voice: (1, hidden, frames) to the same shape."""

    def __init__(self, hidden: int, kernel: int, layers: int, voice: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.cond_layer = nn.Conv1d(voice, 2 * hidden * layers, 1)
        self.in_layers = nn.ModuleList(
            nn.Conv1d(hidden, 2 * hidden, kernel, padding=kernel // 2) for _ in range(layers)
        )
        self.res_skip_layers = nn.ModuleList(
            nn.Conv1d(hidden, hidden if at == layers - 1 else 2 * hidden, 1) for at in range(layers)
        )

    def forward(self, x: Tensor, voice: Tensor) -> Tensor:
        """Return the sum of what all layers pass on."""
        conditions = self.cond_layer(voice).split(2 * self.hidden, 1)
        out = torch.zeros_like(x)
        for layer, res_skip, condition in zip(self.in_layers, self.res_skip_layers, conditions, strict=True):
            filtered, gate = (layer(x) + condition).split(self.hidden, 1)
            passed = res_skip(torch.tanh(filtered) * torch.sigmoid(gate))
            out = out + passed[:, -self.hidden :]
            if passed.shape[1] > self.hidden:
                x = x + passed[:, : self.hidden]
        return out


class PosteriorEncoder(nn.Module):
    """Encodes a spectrogram (1, bins, frames) to a normal distribution in each frame."""

    def __init__(self, bins: int, channels: int, hidden: int, voice: int) -> None:
        super().__init__()
        self.pre = nn.Conv1d(bins, hidden, 1)
        self.enc = WaveNet(hidden, 5, 16, voice)
        self.proj = nn.Conv1d(hidden, 2 * channels, 1)

    def forward(self, spectrogram: Tensor, voice: Tensor, noise: Tensor) -> Tensor:
        """Return a sample (1, channels, frames); `noise` has its shape."""
        mean, log_scale = self.proj(self.enc(self.pre(spectrogram), voice)).chunk(2, 1)
        sample: Tensor = mean + noise * torch.exp(log_scale)
        return sample


class Coupling(nn.Module):
    """Shifts the second half of the channels by a function of the first half and the voice."""

    def __init__(self, channels: int, hidden: int, voice: int) -> None:
        super().__init__()
        self.pre = nn.Conv1d(channels // 2, hidden, 1)
        self.enc = WaveNet(hidden, 5, 4, voice)
        self.post = nn.Conv1d(hidden, channels // 2, 1)

    def forward(self, x: Tensor, voice: Tensor, sign: int) -> Tensor:
        """Return `x` shifted, or with a `sign` of -1 shifted back."""
        kept, moved = x.chunk(2, 1)
        return torch.cat([kept, moved + sign * self.post(self.enc(self.pre(kept), voice))], 1)


class Flow(nn.Module):
    """Takes a voice out of the latent frames, and, reversed, puts one in."""

    def __init__(self, channels: int, hidden: int, voice: int) -> None:
        super().__init__()
        # Every second place is that of a reversal of the channels, which has no weights.
        self.flows = nn.ModuleList(
            nn.Identity() if at % 2 else Coupling(channels, hidden, voice) for at in range(2 * FLOWS)
        )

    def forward(self, x: Tensor, voice: Tensor) -> Tensor:
        """Return the frames without the voice."""
        for coupling in self.flows[::2]:
            x = coupling(x, voice, 1).flip(1)
        return x

    def reverse(self, x: Tensor, voice: Tensor) -> Tensor:
        """Return the frames with the voice."""
        for coupling in reversed(self.flows[::2]):
            x = coupling(x.flip(1), voice, -1)
        return x


class ResidualBlock(nn.Module):
    """Pairs of dilated and plain convolutions around a residual connection."""

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, dilation=by, padding=by * (kernel - 1) // 2) for by in dilations
        )
        self.convs2 = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel, padding=(kernel - 1) // 2) for _ in dilations
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the same shape."""
        for first, second in zip(self.convs1, self.convs2, strict=True):
            x = x + second(functional.leaky_relu(first(functional.leaky_relu(x, SLOPE)), SLOPE))
        return x


class Generator(nn.Module):
    """Makes samples (1, 1, frames * hop) of latent frames (1, channels, frames)."""

    def __init__(self, sizes: Mapping[str, Any]) -> None:
        super().__init__()
        width = sizes["upsample_initial_channel"]
        self.conv_pre = nn.Conv1d(sizes["inter_channels"], width, 7, padding=3)
        self.cond = nn.Conv1d(sizes["gin_channels"], width, 1)
        self.ups, self.resblocks = nn.ModuleList(), nn.ModuleList()
        kernels, dilations = sizes["resblock_kernel_sizes"], sizes["resblock_dilation_sizes"]
        for rate, kernel in zip(sizes["upsample_rates"], sizes["upsample_kernel_sizes"], strict=True):
            self.ups.append(nn.ConvTranspose1d(width, width // 2, kernel, rate, padding=(kernel - rate) // 2))
            width //= 2
            self.resblocks.extend(ResidualBlock(width, *shape) for shape in zip(kernels, dilations, strict=True))
        self.conv_post = nn.Conv1d(width, 1, 7, padding=3, bias=False)
        self.at_once = len(kernels)

    def forward(self, x: Tensor, voice: Tensor) -> Tensor:
        """Return the samples, from -1 to 1."""
        x = self.conv_pre(x) + self.cond(voice)
        for at, up in enumerate(self.ups):
            x = up(functional.leaky_relu(x, SLOPE))
            blocks = self.resblocks[at * self.at_once : (at + 1) * self.at_once]
            x = sum((block(x) for block in blocks[1:]), blocks[0](x)) / self.at_once
        return torch.tanh(self.conv_post(functional.leaky_relu(x)))


class ReferenceEncoder(nn.Module):
    """Encodes a spectrogram (1, frames, bins) to a voice (1, size)."""

    def __init__(self, bins: int, size: int) -> None:
        super().__init__()
        channels = (1, *REFERENCE)
        self.layernorm = nn.LayerNorm(bins)
        self.convs = nn.ModuleList(
            nn.Conv2d(before, after, 3, 2, 1) for before, after in pairwise(channels)
        )
        for _ in REFERENCE:
            bins = (bins - 1) // 2 + 1
        self.gru = nn.GRU(REFERENCE[-1] * bins, 128, batch_first=True)
        self.proj = nn.Linear(128, size)

    def forward(self, spectrogram: Tensor) -> Tensor:
        """Return the voice."""
        x = self.layernorm(spectrogram)[:, None]
        for conv in self.convs:
            x = functional.relu(conv(x))
        _, last = self.gru(x.transpose(1, 2).flatten(2))
        voice: Tensor = self.proj(last[0])
        return voice


class Converter(nn.Module):
    """All parts; `sizes` is the table "model" of the published config.json, `bins` those of its spectrogram."""

    def __init__(self, sizes: Mapping[str, Any], bins: int) -> None:
        super().__init__()
        channels, hidden, voice = sizes["inter_channels"], sizes["hidden_channels"], sizes["gin_channels"]
        self.channels, self.blind = channels, bool(sizes.get("zero_g", False))
        self.enc_q = PosteriorEncoder(bins, channels, hidden, voice)
        self.flow = Flow(channels, hidden, voice)
        self.dec = Generator(sizes)
        self.ref_enc = ReferenceEncoder(bins, voice)

    def forward(self, spectrogram: Tensor, source: Tensor, target: Tensor, noise: Tensor) -> Tensor:
        """Return samples (1, 1, frames * hop) of a spectrogram (1, bins, frames), moved from one voice (1, size, 1) to another."""
        no_voice = torch.zeros_like(source)
        latent = self.enc_q(spectrogram, no_voice if self.blind else source, noise)
        moved = self.flow.reverse(self.flow(latent, source), target)
        samples: Tensor = self.dec(moved, no_voice if self.blind else target)
        return samples
