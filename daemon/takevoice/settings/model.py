"""Every key of takevoice.toml: its type, its range, what it does."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from takevoice.request import MAX_SEED, FileFormat, FormatName
from takevoice.settings.naming import check_template
from takevoice.settings.track_match import check_pattern
from takevoice.settings.validators import check_channels, check_level

CONFIG_NAME = "takevoice.toml"


class Table(BaseModel):
    """A table of the config: unknown keys are errors, and it never changes once read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TrackSettings(Table):
    """What can be set for a track, and so for all of them, a folder, or one request. None: not set here."""

    enabled: bool | None = Field(None, description="false leaves the takes of this track alone.")
    voice: str | None = Field(
        None,
        min_length=1,
        description='A voice, by name or id (`takevoice voices` lists them); "auto" is the first one of the backend.',
    )
    model: str | None = Field(
        None, min_length=1, description="The model of the API; the local engine has only one and ignores it."
    )
    output_format: FormatName | None = Field(
        None,
        description='What the backend sends: "auto" is the best lossless format it can give, or a name such as "mp3_44100_128".',
    )
    stability: float | None = Field(None, ge=0, le=1, description="0 expressive and varied, 1 calm and even.")
    similarity_boost: float | None = Field(
        None, ge=0, le=1, description="How closely the target voice is followed."
    )
    style: float | None = Field(None, ge=0, le=1, description="Exaggeration of the delivery.")
    use_speaker_boost: bool | None = Field(None, description="A closer, finer likeness to the voice.")
    seed: int | None = Field(
        None,
        ge=0,
        le=MAX_SEED,
        description="The same seed gives the same result again; another one another candidate.",
    )
    remove_background_noise: bool | None = Field(None, description="Take noise out before converting.")
    file_format: FileFormat | None = Field(
        None,
        description='"pcm_s16le_16" sends raw 16 kHz audio, for lower latency; "other" the take as it is.',
    )
    enable_logging: bool | None = Field(
        None, description="false asks the API to keep nothing (enterprise plans only)."
    )
    optimize_streaming_latency: int | None = Field(
        None, ge=0, le=4, description="0 best quality to 4 lowest latency."
    )
    channels: Annotated[int | str, AfterValidator(check_channels)] | None = Field(
        None,
        description='Takes of several channels: "mix" converts their mix and brings it back to each at its level and polarity; "each" converts each by itself; a number (1 is the first) converts only that one, for all.',
    )
    level: Annotated[float | str, AfterValidator(check_level)] | None = Field(
        None,
        description='"match" gives the result the loudness of its original (BS.1770), "off" leaves it, a number such as -23 is a target in LUFS.',
    )
    true_peak: float | None = Field(
        None,
        ge=-20,
        le=0,
        description="The highest true peak in dBTP that a gain may lead to; a matched take may be as high as its original.",
    )
    room_tone: bool | None = Field(
        None,
        description="true keeps the original's room between the phrases, and the voice only where somebody speaks.",
    )
    dither: bool | None = Field(
        None,
        description="Dither (TPDF) where samples of 16 bits or less are written; digital silence stays silent.",
    )
    output_name: Annotated[str, AfterValidator(check_template)] | None = Field(
        None,
        description="The name of the converted file, without its extension: {stem} is the original's name, and there are {voice} and {track}. A name that is taken gets .2, .3 ... added.",
    )


class Watch(TrackSettings):
    """One watched folder; any track setting may be added, and then holds for all its takes."""

    folder: str = Field(
        description="The folder to watch: ~ is your home, and a relative path starts at the config file."
    )
    recursive: bool = Field(True, description="Watch the folders below it too.")
    track: Annotated[str, AfterValidator(check_pattern)] | None = Field(
        None,
        description='How a file name tells the track, without the extension, such as "{track}_{take}". Unset, the track is the whole name.',
    )
    poll: bool | None = Field(
        None,
        description="true only looks through the folder now and then (`scan`), false also listens for the system's events. Unset, network shares are polled.",
    )
    ignore: tuple[str, ...] = Field((), description='File names to leave alone, as globs: ["*_music*"].')


class Settle(Table):
    """When a file counts as finished."""

    quiet: float = Field(
        2.0, ge=0, le=3600, description="Seconds for which a complete file must stay unchanged."
    )
    give_up: float = Field(
        30.0,
        gt=0,
        le=86400,
        description="Seconds after which an unchanged, unfinished file is reported as failed.",
    )


class Money(Table):
    """What may be spent, where conversions cost money. What goes beyond is held: `takevoice release` lets it go on."""

    per_day: float | None = Field(None, ge=0, description="Credits a day, from midnight on.")
    per_run: float | None = Field(None, ge=0, description="Credits from one start of takevoice to its end.")
    per_track: float | None = Field(None, ge=0, description="Credits a day for each track.")
    many: int = Field(
        50, ge=1, description="More new takes than this within a minute are held, in case it was a mistake."
    )
    first_look: bool = Field(
        True,
        description="Takes that were in a folder before it was first watched are held; false converts them.",
    )


class Osc(Table):
    """OSC, for scripts and editors: UDP and TCP on one port."""

    enabled: bool = Field(True, description="false leaves OSC out.")
    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="The address to listen on. Anybody who can reach it can have files converted: leave it at this machine's own, unless the network is yours alone.",
    )
    port: int = Field(9870, ge=0, le=65535, description="The port; 0 takes any free one.")
    allow: tuple[str, ...] = Field(
        (),
        description='Folders beside the watched ones whose files may be asked for: ["~/Music/Session"]. A relative path starts at the config file.',
    )


class Settings(Table):
    """The whole config."""

    backend: str = Field(
        "auto",
        min_length=1,
        description='"local", "elevenlabs", the name of a plugin\'s backend, or "auto": elevenlabs when there is a key, else local.',
    )
    conversions: int | None = Field(
        None,
        ge=1,
        le=64,
        description="Conversions at once. Unset: as many as the machine has cores, four at the most.",
    )
    scan: float = Field(
        5.0,
        gt=0,
        le=3600,
        description="Seconds between two looks through the folders, for what the system's own events missed.",
    )
    disabled_plugins: tuple[str, ...] = Field(
        (), description="Plugins that are not to be loaded (`takevoice plugins` lists them)."
    )
    watch: tuple[Watch, ...] = Field((), description="The watched folders.")
    defaults: TrackSettings = Field(TrackSettings(), description="Settings of all tracks.")
    tracks: dict[str, TrackSettings] = Field(
        {}, description='Settings by track: the exact name first, then the most specific glob ("Vox *").'
    )
    settle: Settle = Field(Settle(), description="When a file counts as finished.")
    money: Money = Field(
        Money(),
        description="What may be spent, where conversions cost money: credits, and how many takes at once.",
    )
    osc: Osc = Field(Osc(), description="OSC, for scripts and editors.")
    plugins: dict[str, dict[str, Any]] = Field({}, description="Options of plugins, one table each.")
