"""The OSC addresses of the core with their arguments and replies. Tests compare docs/osc.md with these tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["position", "text", "number", "port", "seconds", "value"]
"""The type of an argument: position: in samples, as text; number: an integer, 1 or more; port: 0 to 65535; seconds: 0 or
more; value: text, a number or a Boolean."""


@dataclass(frozen=True)
class Argument:
    """An argument of an address."""

    name: str
    kind: Kind = "text"
    optional: bool = False


@dataclass(frozen=True)
class Address:
    """An address. `arguments` follow the request id; `pairs` allows keys and values after them."""

    address: str
    arguments: tuple[Argument, ...]
    reply: str
    meaning: str
    pairs: bool = False

    @property
    def usage(self) -> str:
        """The arguments in the notation of the documentation."""
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
        "reports that a file in a watched folder is complete, which skips the quiet period",
    ),
    Address(
        "/takevoice/quote",
        (_PATH,),
        "/takevoice/quoted id seconds credits",
        "returns the duration of a file and the cost of converting it",
    ),
    Address("/takevoice/cancel", (_JOB,), "/takevoice/ok id", "cancels a job"),
    Address("/takevoice/retry", (_JOB,), "/takevoice/ok id", "restarts a job that has ended or is held"),
    Address(
        "/takevoice/candidates",
        (_JOB,),
        "/takevoice/candidate id job number path state picked stars for each, then /takevoice/end id",
        "lists the candidates of a take, by its job or that of one of them",
    ),
    Address("/takevoice/pick", (_JOB,), "/takevoice/ok id", "makes a candidate the result of its take"),
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
    ),
    Address(
        "/takevoice/subscribe",
        (Argument("port", "port", optional=True), Argument("seconds", "seconds", optional=True)),
        "/takevoice/ok id, then /takevoice/job id job state progress path and /takevoice/heartbeat id seconds",
        "sends the changes of all jobs for 300 seconds, or as long as requested; 0 ends the subscription",
    ),
    Address("/takevoice/pause", (), "/takevoice/ok id", "stops starting conversions"),
    Address("/takevoice/resume", (), "/takevoice/ok id", "starts conversions again"),
    Address(
        "/takevoice/status",
        (),
        "/takevoice/status id state waiting converting done failed held problem [folder ...]",
        'returns "running" or "paused", the number of jobs in each state, what takes wait for ("" if nothing), and the watched folders that do not answer',
    ),
    Address("/takevoice/version", (), "/takevoice/version id version", "returns the version of takevoice"),
    Address(
        "/takevoice/sync", (), "/takevoice/synced id", "replies after all earlier messages have been handled"
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
    "/takevoice/end": "id",
    "/takevoice/picked": "id, job, path",
    "/takevoice/heartbeat": "id, seconds",
    "/takevoice/status": "id, state, waiting, converting, done, failed, held, problem, then each watched folder that does not answer",
    "/takevoice/version": "id, version",
    "/takevoice/synced": "id",
}
"""The messages that the daemon sends, with their arguments."""

CODES = {
    "arguments": "an argument is missing, superfluous or invalid",
    "unknown_address": "the address does not exist; the text suggests the closest one",
    "config": "a setting is unknown, or its value is out of range",
    "not_allowed": "the path is neither in a watched folder nor in a folder that the config allows",
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
