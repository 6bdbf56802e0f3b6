"""Whether an answer can be what was asked for: one that cannot must not be kept and given again."""

from __future__ import annotations

from pathlib import Path

import soundfile

from takevoice import OUTPUT_FORMATS, errors, open_audio

SHARE = 0.5  # of the take's length that an answer must have
MISSING = 0.5  # seconds that may be missing in any case: of a very short take, codecs may leave little
BLOCK = 65_536  # frames
_BYTES = {"pcm": 2, "ulaw": 1, "alaw": 1}  # a sample


def fault_of(answer: Path, output_format: str, seconds: float) -> str:
    """Return what is wrong with an answer to a take of so many seconds, such as "is no audio"; "" if nothing is."""
    known = OUTPUT_FORMATS[output_format]
    if known.headerless:
        length = answer.stat().st_size / _BYTES[known.codec] / known.sample_rate
    else:
        try:
            with open_audio(answer) as sound:
                length = (sound.frames if known.codec == "wav" else _frames(sound)) / sound.samplerate
        except (soundfile.LibsndfileError, RuntimeError, errors.TakevoiceError):
            return f"is no audio of the format {output_format}"
        if length <= 0:  # a header that was written before the length was known
            return ""
    if length < SHARE * seconds and seconds - length > MISSING:
        return f"has {length:.1f} s of audio, and the take {seconds:.1f}"
    return ""


def _frames(sound: soundfile.SoundFile) -> int:
    """Return how many frames there are to be read: the header of an MP3 may state more."""
    count = 0
    while frames := len(sound.read(BLOCK, dtype="float32")):
        count += frames
    return count
