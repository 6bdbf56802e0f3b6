"""The OSC addresses of the core with their arguments and replies. Tests compare docs/osc.md with these tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["position", "text", "number", "port", "seconds", "value"]
"""The type of an argument: position: in samples, as text; number: an integer, 1 or more; port: 0 to 65535; seconds: 0 or
more; value: text, a number or a Boolean."""

Access = Literal["r", "w", "rw"]
"""r: only reports; w: does something; rw: has one value, which a message without arguments reads and another one sets."""

CORE = "/takevoice/"
"""What all addresses of the core begin with."""
MAX_PORT = 65_535
MAX_SECONDS = 86_400.0
_TAGS: Mapping[Kind, str] = {"position": "s", "text": "s", "number": "i", "port": "i", "seconds": "f", "value": "s"}
_RANGES: Mapping[Kind, tuple[float, float | None]] = {
    "number": (1, None),
    "port": (0, MAX_PORT),
    "seconds": (0, MAX_SECONDS),
}


@dataclass(frozen=True)
class Argument:
    """An argument of an address. `least`, `most`: the limits of a number; None: those of its kind. `type_tag`: what clients send at best."""

    name: str
    kind: Kind = "text"
    optional: bool = False
    most: int | None = None
    tag: str = ""
    least: int | None = None

    @property
    def type_tag(self) -> str:
        """The OSC type that suits it best; others are read too, see `arguments`."""
        return self.tag or _TAGS[self.kind]

    @property
    def range(self) -> tuple[float, float | None] | None:
        """The least and the greatest number; None: it is no number, or has no limit at that end."""
        least, most = _RANGES.get(self.kind, (None, None))
        if least is None:
            return None
        return (least if self.least is None else self.least, most if self.most is None else self.most)


@dataclass(frozen=True)
class Address:
    """An address. `arguments` follow the request id, if it `takes_id`; `pairs` allows keys and values after them."""

    address: str
    arguments: tuple[Argument, ...]
    reply: str
    meaning: str
    pairs: bool = False
    access: Access = "w"
    takes_id: bool = True

    @property
    def usage(self) -> str:
        """The arguments in the notation of the documentation."""
        shown = [f"[{a.name}]" if a.optional else a.name for a in self.arguments]
        return ", ".join([*(["id"] if self.takes_id else []), *shown, *(["[key, value]..."] if self.pairs else [])])

    @property
    def type_tags(self) -> str:
        """The OSC types of all arguments that are not optional pairs, such as "ss"."""
        return ("s" if self.takes_id else "") + "".join(each.type_tag for each in self.arguments)

    @property
    def needs_its_name(self) -> bool:
        """True if no address pattern reaches it: it starts or ends something, which may cost money."""
        return self.access == "w" and self.address.startswith(CORE)

    @property
    def needs_arguments(self) -> bool:
        """True when a message without arguments is a mistake."""
        return self.pairs or any(not each.optional for each in self.arguments)


PAGE, MAX_PAGE = 20, 100
"""Rows of a list that one message asks for: unless it says how many, and at most."""

_PATH, _JOB, _TRACK = Argument("path"), Argument("job", "number"), Argument("track")
_COUNT = Argument("count", "number", optional=True, most=MAX_PAGE)
_AFTER_JOB = (Argument("after", "number", optional=True, least=0), _COUNT)
_AFTER_NAME = (Argument("after", optional=True), _COUNT)

PAUSED = "/takevoice/paused"
TRACK_VALUE = "/takevoice/track/TRACK/KEY"
"""Stands for one address for each key of each track; `track_values` has the keys."""

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
        (_PATH, Argument("start", "position", optional=True), Argument("track", optional=True)),
        "/takevoice/ok id, then /takevoice/accepted id job, then /takevoice/done id job path",
        "reports that a file in a watched folder is complete, which skips the quiet period",
    ),
    Address(
        "/takevoice/quote",
        (_PATH,),
        "/takevoice/quoted id seconds credits",
        "returns the duration of a file and the cost of converting it",
        access="r",
    ),
    Address("/takevoice/cancel", (_JOB,), "/takevoice/ok id", "cancels a job"),
    Address("/takevoice/retry", (_JOB,), "/takevoice/ok id", "restarts a job that has ended or is held"),
    Address(
        "/takevoice/candidates",
        (_JOB,),
        "/takevoice/candidate id job number path state picked stars for each, then /takevoice/end id list next total",
        "lists the candidates of a take, by its job or that of one of them",
        access="r",
    ),
    Address("/takevoice/pick", (_JOB,), "/takevoice/ok id", "makes a candidate the result of its take"),
    Address(
        "/takevoice/release", (_JOB,), "/takevoice/ok id", "lets a held job continue in spite of what it is held for"
    ),
    Address("/takevoice/drop", (_JOB,), "/takevoice/ok id", "ends a held job and leaves its take unconverted"),
    Address(
        "/takevoice/forget", (_JOB,), "/takevoice/ok id", "takes a job that has failed or is cancelled off the list"
    ),
    Address(
        "/takevoice/track/set",
        (_TRACK, Argument("key"), Argument("value", "value", optional=True)),
        "/takevoice/ok id",
        "stores a setting for a track; without a value, removes it",
    ),
    Address(
        "/takevoice/track/get",
        (_TRACK, Argument("key", optional=True)),
        "/takevoice/track id track key value ...",
        "returns the effective settings of a track: one key, or all",
        access="r",
    ),
    Address(
        "/takevoice/subscribe",
        (Argument("port", "port", optional=True), Argument("seconds", "seconds", optional=True)),
        "/takevoice/ok id, then /takevoice/job id job state progress path and /takevoice/heartbeat id seconds",
        "sends every change for 300 seconds, or as long as requested; 0 ends the subscription",
    ),
    Address(
        TRACK_VALUE,
        (Argument("value", "value", optional=True),),
        "/takevoice/track/TRACK/KEY value",
        "sets one setting of a track, for a fader or a button; without a value, reads it",
        access="rw",
        takes_id=False,
    ),
    Address("/takevoice/pause", (), "/takevoice/ok id", "stops starting conversions, until you resume"),
    Address("/takevoice/resume", (), "/takevoice/ok id", "starts conversions again"),
    Address(
        PAUSED,
        (Argument("value", "value", optional=True, tag="T"),),
        "/takevoice/paused value",
        "pauses (1) or resumes (0), for a button; without a value, reads which",
        access="rw",
        takes_id=False,
    ),
    Address(
        "/takevoice/status",
        (),
        "/takevoice/status id state waiting converting done failed held problem [folder ...]",
        'returns "running" or "paused", the number of jobs in each state, what takes wait for ("" if nothing), and the watched folders that do not answer',
        access="r",
    ),
    Address(
        "/takevoice/jobs",
        _AFTER_JOB,
        "/takevoice/jobs/row for each job, then /takevoice/end id list next total",
        "lists all jobs, newest first",
        access="r",
    ),
    Address(
        "/takevoice/held",
        _AFTER_JOB,
        "/takevoice/held/row for each job, then /takevoice/end id list next total",
        "lists the held jobs, newest first",
        access="r",
    ),
    Address(
        "/takevoice/voices",
        _AFTER_NAME,
        "/takevoice/voices/row for each voice, then /takevoice/end id list next total",
        'lists the voices of the backend; the first is what "auto" means',
        access="r",
    ),
    Address(
        "/takevoice/tracks",
        _AFTER_NAME,
        "/takevoice/tracks/row for each track, then /takevoice/end id list next total",
        "lists the tracks of all jobs, of the config and of what was set over OSC, by name",
        access="r",
    ),
    Address("/takevoice/ping", (), "/takevoice/ok id", "replies at once", access="r"),
    Address(
        "/takevoice/version", (), "/takevoice/version id version", "returns the version of takevoice", access="r"
    ),
    Address(
        "/takevoice/sync", (), "/takevoice/synced id", "replies after all earlier messages have been handled", access="r"
    ),
)
"""The messages that clients send. The reply to any of them can be /takevoice/fail id code text."""

BY_ADDRESS: Mapping[str, Address] = MappingProxyType({each.address: each for each in ADDRESSES})

REPLIES = {
    "/takevoice/accepted": "id, job",
    "/takevoice/done": "id, job, path, [offset, drift, correlation]",
    "/takevoice/fail": "id, code, text",
    "/takevoice/ok": "id",
    "/takevoice/quoted": "id, seconds, credits",
    "/takevoice/track": "id, track, key, value, ...",
    "/takevoice/job": "id, job, state, progress, path",
    "/takevoice/candidate": "id, job, number, path, state, picked, stars",
    "/takevoice/picked": "id, job, path",
    "/takevoice/heartbeat": "id, seconds",
    "/takevoice/jobs/row": "id, job, state, progress, path, track, voice, code, text",
    "/takevoice/held/row": "id, job, code, credits, path, track, voice, text",
    "/takevoice/voices/row": "id, name, voice id, category, backend",
    "/takevoice/tracks/row": "id, track, voice, enabled",
    "/takevoice/end": "id, list, next, total",
    "/takevoice/status": "id, state, waiting, converting, done, failed, held, problem, then each watched folder that does not answer",
    "/takevoice/version": "id, version",
    "/takevoice/synced": "id",
}
"""The messages that the daemon sends, with their arguments."""

CODES = {
    "arguments": "an argument is missing, superfluous or invalid",
    "unknown_address": "the address does not exist; the text suggests the closest one",
    "config": "a setting is unknown, or its value is out of range",
    "unreadable": "the message is not valid OSC; the request id is empty",
    "not_allowed": "the path is neither in a watched folder nor in a folder that the config allows; or a client on another machine may not release paid takes; or a pattern matches only addresses that have to be named in full",
    "not_found": "the file does not exist",
    "no_answer": "the file is on a share that does not answer now",
    "not_watched": "the file is not in a watched folder",
    "left_alone": "takevoice does not convert this file: it is a result of takevoice, or was rejected",
    "gone": "the file was deleted, renamed or moved before it was converted, and was not seen under another name",
    "id_in_use": "the request id belongs to another request",
    "busy": "too many requests are waiting; send the request again later",
    "bug": "an internal error of takevoice or of a plugin; see the log",
}
"""The codes of /takevoice/fail that only OSC uses. The other codes are those of the exceptions in `takevoice.errors`."""
