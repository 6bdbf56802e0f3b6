"""Gives takes that a DAW renders another voice. What plugins may import is what this module exports.

Names are loaded when they are first used, so that a quick command stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from takevoice.version import __version__

if TYPE_CHECKING:
    from takevoice import errors as errors
    from takevoice.api import SpeechToSpeech as SpeechToSpeech
    from takevoice.audio.foreign import decode_foreign as decode_foreign
    from takevoice.audio.resampling import Resampler as Resampler
    from takevoice.audio.resampling import make_resampler as make_resampler
    from takevoice.audio.resampling import resample as resample
    from takevoice.commands import Commands as Commands
    from takevoice.files import write_atomic as write_atomic
    from takevoice.jobs import Encoded as Encoded
    from takevoice.jobs import Job as Job
    from takevoice.jobs import State as State
    from takevoice.jobs import Take as Take
    from takevoice.osc.routes import OscRequest as OscRequest
    from takevoice.osc.routes import OscRoutes as OscRoutes
    from takevoice.plugins.hookspecs import hookimpl as hookimpl
    from takevoice.request import OUTPUT_FORMATS as OUTPUT_FORMATS
    from takevoice.request import ConversionRequest as ConversionRequest
    from takevoice.request import OutputFormat as OutputFormat
    from takevoice.request import VoiceSettings as VoiceSettings
    from takevoice.system.keystore import KeyState as KeyState
    from takevoice.system.keystore import Keystore as Keystore
    from takevoice.voices import Backend as Backend
    from takevoice.voices import Voice as Voice
    from takevoice.voices import find_voice as find_voice

_EXPORTS = {
    "Backend": "takevoice.voices",
    "Commands": "takevoice.commands",
    "ConversionRequest": "takevoice.request",
    "Encoded": "takevoice.jobs",
    "Job": "takevoice.jobs",
    "KeyState": "takevoice.system.keystore",
    "Keystore": "takevoice.system.keystore",
    "OUTPUT_FORMATS": "takevoice.request",
    "OscRequest": "takevoice.osc.routes",
    "OscRoutes": "takevoice.osc.routes",
    "OutputFormat": "takevoice.request",
    "Resampler": "takevoice.audio.resampling",
    "SpeechToSpeech": "takevoice.api",
    "State": "takevoice.jobs",
    "Take": "takevoice.jobs",
    "Voice": "takevoice.voices",
    "VoiceSettings": "takevoice.request",
    "decode_foreign": "takevoice.audio.foreign",
    "errors": "takevoice.errors",
    "find_voice": "takevoice.voices",
    "hookimpl": "takevoice.plugins.hookspecs",
    "make_resampler": "takevoice.audio.resampling",
    "resample": "takevoice.audio.resampling",
    "write_atomic": "takevoice.files",
}

__all__ = ["__version__", *_EXPORTS]


def __getattr__(name: str) -> Any:
    try:
        module = importlib.import_module(_EXPORTS[name])
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    return module if name == "errors" else getattr(module, name)
