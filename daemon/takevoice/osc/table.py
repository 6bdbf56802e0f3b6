"""Every OSC address of the core: what it takes, what it answers, what it means. The documentation is tested against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["position", "text", "number", "port", "seconds", "value"]


@dataclass(frozen=True)
class Argument:
    """One argument. number: a whole one, 1 or more; port: 0 to 65535; seconds: 0 or more; position: in samples; value: text, number or truth value."""

    name: str
    kind: Kind = "text"
    optional: bool = False


@dataclass(frozen=True)
class Address:
    """One address. `arguments` come after the request id; `pairs` may then follow: key, value, key, value ..."""

    address: str
    arguments: tuple[Argument, ...]
    reply: str
    meaning: str
    pairs: bool = False

    @property
    def usage(self) -> str:
        """The arguments as the documentation shows them."""
        shown = [f"[{a.name}]" if a.optional else a.name for a in self.arguments]
        return ", ".join(["id", *shown, *(["[key, value]..."] if self.pairs else [])])


_PATH, _JOB, _TRACK = Argument("path"), Argument("job", "number"), Argument("track")

ADDRESSES = (
    Address(
        "/takevoice/convert",
        (_PATH,),
        "/takevoice/accepted id job, then /takevoice/done id job path",
        "converts a file",
        pairs=True,
    ),
    Address(
        "/takevoice/rendered",
        (_PATH, Argument("start", "position", optional=True)),
        "/takevoice/ok id, then /takevoice/accepted id job, then /takevoice/done id job path",
        "says that a file in a watched folder is complete: it need not be quiet first",
    ),
    Address(
        "/takevoice/quote",
        (_PATH,),
        "/takevoice/quoted id seconds credits",
        "tells how long a file is and what it would cost",
    ),
    Address("/takevoice/cancel", (_JOB,), "/takevoice/ok id", "cancels a job"),
    Address("/takevoice/retry", (_JOB,), "/takevoice/ok id", "starts an ended or held job again"),
    Address(
        "/takevoice/track/set",
        (_TRACK, Argument("key"), Argument("value", "value", optional=True)),
        "/takevoice/ok id",
        "sets a track's setting, and keeps it; without a value it is unset again",
    ),
    Address(
        "/takevoice/track/get",
        (_TRACK, Argument("key", optional=True)),
        "/takevoice/track id track key value ...",
        "tells what holds for a track: one key, or all",
    ),
    Address(
        "/takevoice/subscribe",
        (Argument("port", "port", optional=True), Argument("seconds", "seconds", optional=True)),
        "/takevoice/ok id, then /takevoice/job id job state progress path and /takevoice/heartbeat id seconds",
        "sends every job's changes, for 300 seconds unless told; 0 ends it",
    ),
    Address("/takevoice/pause", (), "/takevoice/ok id", "lets no more conversions start"),
    Address("/takevoice/resume", (), "/takevoice/ok id", "lets conversions start again"),
    Address(
        "/takevoice/status",
        (),
        "/takevoice/status id state waiting converting done failed held",
        'tells "running" or "paused", and how many jobs there are of each kind',
    ),
    Address("/takevoice/version", (), "/takevoice/version id version", "tells takevoice's version"),
    Address(
        "/takevoice/sync", (), "/takevoice/synced id", "answers once everything sent before is dealt with"
    ),
)
"""What clients send. Any of them may be answered with /takevoice/fail id code text."""

REPLIES = {
    "/takevoice/accepted": "id, job",
    "/takevoice/done": "id, job, path, [offset, drift, correlation]",
    "/takevoice/fail": "id, code, text",
    "/takevoice/ok": "id",
    "/takevoice/quoted": "id, seconds, credits",
    "/takevoice/track": "id, track, key, value, ...",
    "/takevoice/job": "id, job, state, progress, path",
    "/takevoice/heartbeat": "id, seconds",
    "/takevoice/status": "id, state, waiting, converting, done, failed, held",
    "/takevoice/version": "id, version",
    "/takevoice/synced": "id",
}
"""What the daemon sends."""

CODES = {
    "arguments": "an argument is missing, too many, or not what it should be",
    "unknown_address": "there is no such address; the text names the nearest",
    "config": "a setting is unknown, or its value out of range",
    "not_allowed": "the path is in no watched folder, and in none that the config allows",
    "not_found": "there is no such file",
    "not_watched": "the file is in no watched folder, so nobody waits for it",
    "left_alone": "the file is no take to convert: a result of our own, or refused",
    "gone": "the file went away before it was finished",
    "id_in_use": "the request id belongs to another file",
    "busy": "more requests wait than can be kept; send it again later",
    "bug": "a fault of takevoice or of a plugin; the log has the details",
}
"""The codes of /takevoice/fail that are OSC's own; the others are those of the jobs."""
