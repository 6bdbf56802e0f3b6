"""Where the channels of a file belong, and what that means for loudness (ITU-R BS.1770-5)."""

from __future__ import annotations

from typing import BinaryIO

from takevoice.audio.containers.chunks import Framing, heads
from takevoice.audio.containers.payload import ByteOrder
from takevoice.audio.containers.riff import BIG_ENDIAN, LITTLE_ENDIAN
from takevoice.audio.containers.wave64 import DIALECT as WAVE64
from takevoice.jobs import Take
from takevoice.system import place

_EXTENSIBLE = 0xFFFE  # the format tag of WAVEFORMATEXTENSIBLE
_MASK = "FL FR FC LFE BL BR FLC FRC BC SL SR".split()  # bits of dwChannelMask, lowest first; further ones are above
_FLAC = {  # RFC 9639, 9.1.3
    1: "FC",
    2: "FL FR",
    3: "FL FR FC",
    4: "FL FR BL BR",
    5: "FL FR FC BL BR",
    6: "FL FR FC LFE BL BR",
    7: "FL FR FC LFE BC SL SR",
    8: "FL FR FC LFE BL BR SL SR",
}
_VORBIS = {  # Vorbis I, 4.3.9; RFC 7845, 5.1.1.2
    1: "FC",
    2: "FL FR",
    3: "FL FC FR",
    4: "FL FR BL BR",
    5: "FL FC FR BL BR",
    6: "FL FC FR BL BR LFE",
    7: "FL FC FR SL SR BC LFE",
    8: "FL FC FR SL SR BL BR LFE",
}
_WEIGHTS = {"LFE": 0.0, **dict.fromkeys(("SL", "SR", "BL", "BR", "BC"), 1.41)}
_OPUS_FAMILY = 28 + 18  # bytes: in the first packet of the first page (RFC 7845, 5.1)


def channel_weights(take: Take) -> tuple[float, ...] | None:
    """Return the weight of each channel's energy in the loudness of a take; None if the file tells no loudspeakers.

    0 for low-frequency effects, 1.41 for surrounds, 1 for all others.

    Raises:
        OSError: the file cannot be read.
    """
    with place.open_file(take.path, "rb") as file:
        names = _loudspeakers(file, take)
    return None if names is None else tuple(_WEIGHTS.get(name, 1.0) for name in names)


def channel_mask(take: Take) -> int:
    """Return the dwChannelMask of a WAV with the audio of a take; 0 where it tells no loudspeakers, or not in that order.

    Raises:
        OSError: the file cannot be read.
    """
    with place.open_file(take.path, "rb") as file:
        names = _loudspeakers(file, take) or []
    bits = [_MASK.index(name) for name in names if name in _MASK]
    return sum(1 << bit for bit in bits) if len(bits) == len(names) and bits == sorted(bits) else 0


def _loudspeakers(file: BinaryIO, take: Take) -> list[str] | None:
    if take.container == "FLAC":
        return _split(_FLAC.get(take.channels))
    if take.container == "OGG":
        file.seek(_OPUS_FAMILY)
        told = take.subtype != "OPUS" or file.read(1) in (b"\0", b"\x01")
        return _split(_VORBIS.get(take.channels)) if told else None
    if take.container == "W64":
        return _by_mask(file, WAVE64.framing, WAVE64.name(b"fmt "), take.channels)
    if take.container in ("WAV", "WAVEX", "RF64", "BW64"):
        file.seek(0)
        dialect = BIG_ENDIAN if file.read(4) == b"RIFX" else LITTLE_ENDIAN
        return _by_mask(file, dialect.framing, b"fmt ", take.channels)
    return None


def _split(names: str | None) -> list[str] | None:
    return None if names is None else names.split()


def _by_mask(file: BinaryIO, framing: Framing, name: bytes, channels: int) -> list[str] | None:
    """Return the loudspeakers of dwChannelMask; None where it is missing, or names fewer than there are channels."""
    place_of = ((start, size) for each, start, size in heads(file, framing) if each == name)
    start, size = next(place_of, (0, 0))
    order: ByteOrder = "big" if framing is BIG_ENDIAN.framing else "little"
    file.seek(start)
    content = file.read(min(size, 40))
    if len(content) < 24 or int.from_bytes(content[:2], order) != _EXTENSIBLE:
        return None
    mask = int.from_bytes(content[20:24], order)
    bits = [bit for bit in range(31) if mask >> bit & 1]
    if len(bits) < channels:
        return None
    return [_MASK[bit] if bit < len(_MASK) else "top" for bit in bits[:channels]]
