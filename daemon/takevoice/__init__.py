"""Gives takes that a DAW renders another voice. What plugins may import is what this module exports.

Names are loaded when they are first used, so that a quick command stays quick.
"""

from __future__ import annotations

from takevoice.lazy import TYPE_CHECKING, exports
from takevoice.version import __version__ as __version__

if TYPE_CHECKING:
    from takevoice import errors as errors
    from takevoice.api import HistoryItem as HistoryItem
    from takevoice.api import Retry as Retry
    from takevoice.api import SpeechToSpeech as SpeechToSpeech
    from takevoice.audio.answers import check_answer as check_answer
    from takevoice.audio.foreign import decode_foreign as decode_foreign
    from takevoice.audio.kinds import watched_suffixes as watched_suffixes
    from takevoice.audio.loudness import Meter as Meter
    from takevoice.audio.opening import open_audio as open_audio
    from takevoice.audio.opening import open_sound as open_sound
    from takevoice.audio.resampling import Resampler as Resampler
    from takevoice.audio.resampling import make_resampler as make_resampler
    from takevoice.audio.resampling import resample as resample
    from takevoice.commands import Commands as Commands
    from takevoice.files import rename_new as rename_new
    from takevoice.files import write_atomic as write_atomic
    from takevoice.jobs import Encoded as Encoded
    from takevoice.jobs import Job as Job
    from takevoice.jobs import State as State
    from takevoice.jobs import Take as Take
    from takevoice.joined_house import JoinedHouse as JoinedHouse
    from takevoice.osc.routes import OscRequest as OscRequest
    from takevoice.osc.routes import OscRoutes as OscRoutes
    from takevoice.paths import config_dir as config_dir
    from takevoice.pipeline.casting import CastingRow as CastingRow
    from takevoice.plugins.hookspecs import hookimpl as hookimpl
    from takevoice.process_lock import ProcessLock as ProcessLock
    from takevoice.request import OUTPUT_FORMATS as OUTPUT_FORMATS
    from takevoice.request import ConversionRequest as ConversionRequest
    from takevoice.request import OutputFormat as OutputFormat
    from takevoice.request import VoiceSettings as VoiceSettings
    from takevoice.service.office import JobFilter as JobFilter
    from takevoice.service.office import JobView as JobView
    from takevoice.service.office import Office as Office
    from takevoice.service.office import open_office as open_office
    from takevoice.service.office.auditions import Audition as Audition
    from takevoice.service.office.auditions import AuditionDesk as AuditionDesk
    from takevoice.service.office.casting import CastingDesk as CastingDesk
    from takevoice.service.office.casting import CastingEdit as CastingEdit
    from takevoice.service.office.sounds import JobSound as JobSound
    from takevoice.service.office.sounds import JobSounds as JobSounds
    from takevoice.system.children import aside_options as aside_options
    from takevoice.system.children import end_child as end_child
    from takevoice.system.keystore import KeyState as KeyState
    from takevoice.system.keystore import Keystore as Keystore
    from takevoice.system.loopback import is_loopback as is_loopback
    from takevoice.system.private import private_file as private_file
    from takevoice.system.private import private_folder as private_folder
    from takevoice.system.scratch import scratch_folder as scratch_folder
    from takevoice.voices import Backend as Backend
    from takevoice.voices import Voice as Voice
    from takevoice.voices import find_voice as find_voice
else:
    _names, __getattr__ = exports(
        __name__,
        {
            "takevoice.api": "HistoryItem Retry SpeechToSpeech",
            "takevoice.audio.answers": "check_answer",
            "takevoice.audio.foreign": "decode_foreign",
            "takevoice.audio.kinds": "watched_suffixes",
            "takevoice.audio.loudness": "Meter",
            "takevoice.audio.opening": "open_audio open_sound",
            "takevoice.audio.resampling": "Resampler make_resampler resample",
            "takevoice.commands": "Commands",
            "takevoice.errors": "errors",
            "takevoice.files": "rename_new write_atomic",
            "takevoice.jobs": "Encoded Job State Take",
            "takevoice.joined_house": "JoinedHouse",
            "takevoice.osc.routes": "OscRequest OscRoutes",
            "takevoice.pipeline.casting": "CastingRow",
            "takevoice.paths": "config_dir",
            "takevoice.plugins.hookspecs": "hookimpl",
            "takevoice.process_lock": "ProcessLock",
            "takevoice.request": "OUTPUT_FORMATS ConversionRequest OutputFormat VoiceSettings",
            "takevoice.service.office": "JobFilter JobView Office open_office",
            "takevoice.service.office.auditions": "Audition AuditionDesk",
            "takevoice.service.office.casting": "CastingDesk CastingEdit",
            "takevoice.service.office.sounds": "JobSound JobSounds",
            "takevoice.system.children": "aside_options end_child",
            "takevoice.system.keystore": "KeyState Keystore",
            "takevoice.system.loopback": "is_loopback",
            "takevoice.system.private": "private_file private_folder",
            "takevoice.system.scratch": "scratch_folder",
            "takevoice.voices": "Backend Voice find_voice",
        },
    )
    __all__ = ["__version__", *sorted(_names)]
