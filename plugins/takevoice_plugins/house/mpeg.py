"""How much audio an MP3 has by its frames: the note in its first one (Xing, Info) may state less, and others read all."""

from __future__ import annotations

_KBITS = {  # by the version: 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}  # Hz
_LAYER_3 = 1
_HEADER, _ID3 = 4, 10  # bytes


def samples_in(data: bytes) -> int:
    """Return how many samples the frames of layer III have for each channel; what is between them is skipped."""
    at, samples = _after_tag(data), 0
    while (at := data.find(b"\xff", at)) >= 0 and at + _HEADER <= len(data):
        size, count = _frame(data[at : at + _HEADER])
        # It is followed by another one, or the end: else its bytes are like a header by chance, in a tag.
        is_one = size and (at + size == len(data) or _frame(data[at + size : at + size + _HEADER])[0])
        samples += count if is_one else 0
        at += size if is_one else 1
    return samples


def _after_tag(data: bytes) -> int:
    if data[:3] != b"ID3" or len(data) < _ID3:
        return 0
    return _ID3 + (data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9])


def _frame(header: bytes) -> tuple[int, int]:
    """Return the size of a frame in bytes, and its samples; 0, 0 for what is no header of one."""
    if len(header) < _HEADER or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0, 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bitrate, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version not in _RATES or layer != _LAYER_3 or not 0 < bitrate < len(_KBITS[3]) or rate >= len(_RATES[3]):
        return 0, 0
    samples = 1152 if version == max(_RATES) else 576
    return samples // 8 * _KBITS[max(2, version)][bitrate] * 1000 // _RATES[version][rate] + padding, samples
