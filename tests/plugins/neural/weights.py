"""Models of random weights, in the published format: small ones, and those of the published size. Needs torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from takevoice_plugins.neural.models import OPENVOICE, write_manifest

SHAPE: dict[str, Any] = {
    "zero_g": True, "resblock_kernel_sizes": [3, 7, 11], "resblock_dilation_sizes": [[1, 3, 5]] * 3,
    "upsample_rates": [8, 8, 2, 2], "upsample_kernel_sizes": [16, 16, 4, 4],
}  # fmt: skip
SIZES = SHAPE | {"inter_channels": 16, "hidden_channels": 16, "gin_channels": 16, "upsample_initial_channel": 32}
PUBLISHED = SHAPE | {"inter_channels": 192, "hidden_channels": 192, "gin_channels": 256, "upsample_initial_channel": 512}
DATA = {"sampling_rate": 22_050, "filter_length": 1024, "hop_length": 256, "win_length": 1024}


def write_model(folder: Path, sizes: dict[str, Any] = SIZES) -> None:
    """Write a checkpoint as the published one is stored: with normalised weights."""
    import torch  # which CI does not install

    from takevoice_plugins.neural.child.network import Converter

    torch.manual_seed(0)
    network = Converter(sizes, 513)
    stored = {}
    for name, weight in network.state_dict().items():
        if name.endswith("bias") and "ref_enc" not in name:
            weight.zero_()  # so that what comes out depends on what goes in
        normalised = name.endswith("weight") and any(
            part in name for part in ("in_layers", "res_skip", "cond_layer", "ups", "convs")
        )
        if normalised:
            length = torch.linalg.vector_norm(weight, dim=tuple(range(1, weight.dim())), keepdim=True)
            stored[name.replace("weight", "weight_g")] = length * 1.5
            stored[name.replace("weight", "weight_v")] = weight / 7
        else:
            stored[name] = weight
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"model": stored, "iteration": 1}, folder / "checkpoint.pth")
    (folder / "config.json").write_text(json.dumps({"data": DATA, "model": sizes}))
    write_manifest(folder, OPENVOICE, "written by a test")
