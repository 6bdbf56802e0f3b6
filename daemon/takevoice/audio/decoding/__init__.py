"""Takes that are decoded before they are read, by the programs ffmpeg and ffprobe.

The programs are the user's own, found on the PATH and run as processes of their own: takevoice contains no decoder, and
depends on none. (PyAV would be one: its wheels contain libx264 and libx265, which are under the GPL.)
"""

from takevoice.audio.decoding.files import Decoded, DecodedFiles, decoded_files, stop_decoding
from takevoice.audio.decoding.probe import protected
from takevoice.audio.decoding.programs import how_to_get_it, is_available, program_version
from takevoice.audio.decoding.take import LONGEST, decode_take

__all__ = [
    "LONGEST",
    "Decoded",
    "DecodedFiles",
    "decode_take",
    "decoded_files",
    "how_to_get_it",
    "is_available",
    "program_version",
    "protected",
    "stop_decoding",
]
