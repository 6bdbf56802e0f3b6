"""Every key of takevoice.toml: its type, its range and its description.

The parameters of the API bring theirs from `takevoice.request`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo

from takevoice import request
from takevoice.settings.errors import validation_errors
from takevoice.settings.naming import check_folder, check_names, check_template, placeholders
from takevoice.settings.track_match import check_pattern
from takevoice.settings.validators import check_channels, check_level, check_web_address
from takevoice.settings.variations import check_candidates

CONFIG_NAME = "takevoice.toml"


class Table(BaseModel):
    """A table of the config: read-only, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Give each field without a description the one in its type: pydantic overlooks it in `X | None`."""
        super().__pydantic_init_subclass__(**kwargs)
        for field in cls.model_fields.values():
            field.description = field.description or _described(field.annotation)


def _described(annotation: Any) -> str | None:
    """Return the description in a type such as `Annotated[int, Field(description=...)] | None`."""
    if isinstance(annotation, FieldInfo):
        return annotation.description
    return next((found for found in map(_described, get_args(annotation)) if found), None)


def _check_name(template: str, given: ValidationInfo) -> str:
    """Return the name; raises ValueError when a result could have its original's."""
    check_names(given.data.get("output_folder") or "", template)
    return template


class TrackSettings(Table):
    """The settings of a track, of all tracks, of a folder or of one request. None: not set at this level."""

    enabled: bool | None = Field(None, description="false skips the takes of this track.")
    voice: str | None = Field(
        None,
        min_length=1,
        description='A voice, by name or id (`takevoice voices` lists them); "auto" is the first voice of the backend.',
    )
    model: request.ModelId | None = None
    output_format: request.FormatName | None = Field(
        None,
        description='The format that the backend returns: "auto" is the best lossless format it offers; or a name such as "mp3_44100_128".',
    )
    stability: request.Stability | None = None
    similarity_boost: request.SimilarityBoost | None = None
    style: request.Style | None = None
    use_speaker_boost: request.UseSpeakerBoost | None = None
    source: request.Source | None = None
    keep_pitch: request.KeepPitch | None = None
    seed: request.Seed | None = None
    remove_background_noise: request.RemoveBackgroundNoise | None = None
    file_format: request.FileFormat | None = None
    enable_logging: request.EnableLogging | None = None
    optimize_streaming_latency: request.OptimizeStreamingLatency | None = None
    channels: Annotated[int | str | tuple[int | str, ...], AfterValidator(check_channels)] | None = Field(
        None,
        description='Takes with several channels: "auto" converts each voice once, copies together and different people each by itself, and leaves silence, noise and bleed as they are; "mix" converts a mix of the channels and restores the level and polarity of each; "each" converts every channel on its own; a number (1 is the first) converts only that channel and uses the result for all; a list of numbers or of track names in the file ("Anna") converts each of these by itself and leaves the others as they are.',
    )
    level: Annotated[float | str, AfterValidator(check_level)] | None = Field(
        None,
        description='"match" matches the loudness of the original (BS.1770), "off" leaves the level as it is, and a number such as -23 is a target in LUFS.',
    )
    true_peak: float | None = Field(
        None,
        ge=-20,
        le=0,
        description="The highest true peak in dBTP that added gain may cause; a matched take may peak as high as its original.",
    )
    room_tone: bool | None = Field(
        None,
        description="true keeps the room tone of the original between phrases and uses the new voice only during speech.",
    )
    keep_tones: bool | Literal["auto"] | None = Field(
        None,
        description='Tones that are no voice (2-pops, pips, line-up tones): true leaves all of them as they are, false converts them, and "auto" leaves them in takes that begin with a slate or a pop.',
    )
    dither: bool | None = Field(
        None,
        description="Add dither (TPDF) when writing samples of 16 bits or less; digital silence stays silent.",
    )
    result_format: Literal["same", "wav", "flac"] | None = Field(
        None,
        description='"same" writes a result as the kind of file that its original is, with all its metadata; "wav" and "flac" write a new lossless file without it, at up to 24 bits (WAV also float).',
    )
    output_folder: Annotated[str, AfterValidator(check_folder)] | None = Field(
        None,
        description='The folder of the results; empty: next to their originals. A relative one starts at the watched folder (else at the take\'s own), and the subfolders of the takes are made in it, too: "../Converted". It can contain {folder} (the subfolder of the take: "{folder}/converted" is in each folder), {track}, {voice} and {date}.',
    )
    output_name: Annotated[str, AfterValidator(check_template), AfterValidator(_check_name)] | None = Field(
        None,
        description=f"The name of the converted file without its extension, made from {placeholders()}. If the name is taken, .2, .3 ... is added, or {{n}} is counted up.",
    )
    on_rerender: Literal["number", "replace"] | None = Field(
        None,
        description='What happens when a take is rendered, or converted, again: "number" adds .2, .3 ... to the name of the new result; "replace" puts it in the place of the earlier one, which moves to the folder "candidates". A result that is not exactly as takevoice wrote it is never replaced.',
    )
    done_folder: Annotated[str, AfterValidator(check_folder)] | None = Field(
        None,
        description='The folder that originals from watched folders are moved to once their results are there, named as in output_folder; empty: they stay. It has to be on the same disk.',
    )
    candidates: Annotated[int | str | tuple[dict[str, Any], ...], BeforeValidator(check_candidates)] | None = Field(
        None,
        description='How many candidates to make of each take, 1 to 9, with consecutive seeds; or a list of variations, such as [{voice = "ada"}, {voice = "george", stability = 0.3}]. Each of them is paid for.',
    )
    pick: Literal["first", "closest", "ask"] | None = Field(
        None,
        description='Which candidate becomes the result: "first", "closest" (the one whose timing is closest to the original), or "ask": there is no result until you pick one.',
    )

    @field_validator("candidates")
    @classmethod
    def _check_variations(cls, value: Any) -> Any:
        """Check each variation like a table of settings."""
        for number, each in enumerate(value if isinstance(value, tuple) else (), 1):
            try:
                TrackSettings.model_validate(each)
            except ValidationError as error:
                raise ValueError("; ".join(validation_errors(error, TrackSettings, f"variation {number}"))) from error
        return value


class Watch(TrackSettings):
    """A watched folder. Track settings given here apply to all takes in the folder."""

    folder: str = Field(
        description="The folder to watch. ~ is your home folder; relative paths start at the folder of the config file."
    )
    recursive: bool = Field(True, description="Watch its subfolders too.")
    track: Annotated[str, AfterValidator(check_pattern)] | None = Field(
        None,
        description='The pattern that finds the track in a file name without its extension, such as "{track}_{take}". If unset, the track is the whole name.',
    )
    poll: bool | None = Field(
        None,
        description="true only scans the folder periodically (see `scan`); false also listens for file system events. If unset, only network shares are polled.",
    )
    videos: bool = Field(
        False,
        description="true also converts the audio of videos (mp4, mov, mkv, webm ...), which needs ffmpeg; false leaves them alone unless they are named in a request.",
    )
    ignore: tuple[str, ...] = Field(
        (),
        description='File names to skip, as globs: ["*_music*"]. A glob that begins with ! has files and folders watched that takevoice ignores by default: ["!#recycle"].',
    )
    shared: bool | None = Field(
        None,
        description="true if other machines watch the folder too: each take is then converted and paid by one of them. false if it is yours alone. If unset, network shares count as shared.",
    )
    follow_links: bool = Field(
        False,
        description="true also converts takes behind links that lead out of the folder; links to folders are never followed.",
    )


class Settle(Table):
    """When a file counts as finished."""

    quiet: float = Field(
        2.0,
        ge=0,
        le=3600,
        description="Seconds that a complete file must stay unchanged before it is converted.",
    )
    moved: float = Field(
        0.3,
        ge=0,
        le=3600,
        description="Seconds of quiet for a complete file that was moved into the folder and had not been written for a while.",
    )
    give_up: float = Field(
        30.0,
        gt=0,
        le=86400,
        description="Seconds after which an incomplete file that no longer changes is reported as failed.",
    )


class Money(Table):
    """Spending limits. takevoice holds takes that would exceed them; `takevoice release` converts them."""

    per_day: float | None = Field(None, ge=0, description="Credits per day, counted from midnight.")
    per_run: float | None = Field(
        None, ge=0, description="Credits per run, from the start of takevoice until it stops."
    )
    per_track: float | None = Field(None, ge=0, description="Credits per day for each track.")
    unattended_per_hour: float = Field(
        10_000,
        ge=0,
        description="Credits per hour (the last 60 minutes) for takes that appear in watched folders. Requests (OSC, convert, retry) may cost twice as much; what you release, or convert on a terminal, is not limited. inf is no limit.",
    )
    unattended_per_day: float = Field(
        25_000, ge=0, description="The same per day (the last 24 hours)."
    )
    many: int = Field(
        50,
        ge=1,
        description="takevoice holds new takes if more than this many appear within a minute, in case it was a mistake.",
    )
    first_look: bool = Field(
        True,
        description="true holds takes that were in a folder before takevoice first watched it, also with a free backend; false converts them.",
    )
    keep_answers_days: float = Field(
        7.0,
        ge=0,
        le=3650,
        description="Days for which answers that were paid for are kept, in the state dir: the same audio is not sent again for the same conversion.",
    )


class Osc(Table):
    """The OSC server for scripts and editors: UDP and TCP on one port."""

    enabled: bool = Field(True, description="false turns OSC off.")
    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="The address to listen on. Anyone who can reach it can have files converted, so keep the default unless the network is yours alone.",
    )
    port: int = Field(9870, ge=0, le=65535, description="The port; 0 uses any free port.")
    query_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="The port of a description of all addresses (OSCQuery, over HTTP), on the same host; 0 uses any free port. If unset: none.",
    )
    announce: bool = Field(
        True,
        description="true announces the server in the local network (zeroconf) if `host` is open to other machines; this needs the extra `network`.",
    )
    allow: tuple[str, ...] = Field(
        (),
        description='More folders, apart from the watched ones, whose files clients may use: ["~/Music/Session"]. Relative paths start at the folder of the config file.',
    )
    remote_release: bool = Field(
        False,
        description="true lets clients on other machines release held takes that cost money; those on this machine always can.",
    )


class Notices(Table):
    """Notices that a batch is done, such as "batch done: 212 of 214, 2 need you"."""

    desktop: bool = Field(True, description="false shows no notice on the desktop.")
    webhook: Annotated[str, AfterValidator(check_web_address)] | None = Field(
        None,
        description="An address (https://...) to which takevoice posts each notice as JSON, with the notice in `text`, as chat services expect it.",
    )
    takes: int = Field(
        5,
        ge=1,
        description="The smallest batch, in takes, that is worth a notice; one in which something has failed or is held always is.",
    )
    quiet: float = Field(
        10.0,
        ge=0,
        le=3600,
        description="Seconds without a new take after which a batch is done.",
    )


class Settings(Table):
    """The whole config."""

    backend: str = Field(
        "auto",
        min_length=1,
        description='"local", "elevenlabs", the name of a backend from a plugin, or "auto": elevenlabs if there is a key, otherwise local.',
    )
    conversions: int | None = Field(
        None,
        ge=1,
        le=64,
        description="The number of concurrent conversions. If unset: the number of CPU cores, at most 4.",
    )
    order: Literal["newest", "oldest"] = Field(
        "newest",
        description="Which of the waiting takes of watched folders is converted first. Requested takes always come before them.",
    )
    scan: float = Field(
        5.0,
        gt=0,
        le=3600,
        description="Seconds between two scans of the folders, which find files that file system events missed.",
    )
    disabled_plugins: tuple[str, ...] = Field(
        (), description="Plugins not to load (`takevoice plugins` lists them)."
    )
    watch: tuple[Watch, ...] = Field((), description="The watched folders.")
    defaults: TrackSettings = Field(TrackSettings(), description="Settings for all tracks.")
    tracks: dict[str, TrackSettings] = Field(
        {},
        description='Settings by track: an exact name takes precedence, then the most specific glob ("Vox *").',
    )
    settle: Settle = Field(Settle(), description="When a file counts as finished.")
    money: Money = Field(
        Money(),
        description="Spending limits for backends that cost money: credits, and the number of takes at once.",
    )
    osc: Osc = Field(Osc(), description="The OSC server for scripts and editors.")
    notices: Notices = Field(Notices(), description="Notices that a batch is done.")
    plugins: dict[str, dict[str, Any]] = Field(
        {}, description="Options of plugins, one table for each plugin."
    )
