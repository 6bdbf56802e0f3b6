"""Why a job waits for a person, and what the person's approval covers. One entry here is one reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class HoldReason(Enum):
    """Why a job is held. The value is the job's error code, which scripts match on."""

    BURST = "many"  # too many takes arrived at once
    OLDER = "first_look"  # the take was in the folder before takevoice watched it
    DEVICE = "other_device"  # the folder is on another device than before: a share that is not mounted?
    CAP = "cap"  # it would exceed a spending limit
    NO_VOICE = "unknown_voice"  # the backend has no such voice
    UNWRITABLE = "not_writable"  # its result could not be written
    LOW_CORRELATION = "not_alike"  # the answer does not resemble the take
    OUTCOME_UNKNOWN = "outcome_unknown"  # a request was sent, and may have been billed
    PICK = "pick"  # its candidates are made, and a person is to pick one
    ELSEWHERE = "elsewhere"  # another machine may have sent it, in a folder that both use

    @property
    def code(self) -> str:
        """The error code of a job that is held for this reason."""
        return self.value

    @property
    def covers_answer(self) -> bool:
        """True when an approval is given to the one answer that was received, not to whatever comes."""
        return self is HoldReason.LOW_CORRELATION

    @classmethod
    def of(cls, code: str) -> HoldReason:
        """Return the reason of a held job with that error code.

        A backend's own code (such as that of a server error) stands for a request whose outcome is unknown.
        """
        return _BY_CODE.get(code, cls.OUTCOME_UNKNOWN)

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        """What a person can do with a job that is held for this reason: the command, and what it does."""
        release, drop = _CHOICES.get(self, ("converts it", "leaves it unconverted"))
        retry = [("retry", "converts it again")] if self is HoldReason.LOW_CORRELATION else []
        return [("release", release), *retry, ("drop", drop)]

    def hint(self, job: int) -> str:
        """Return the commands that decide about a held job, with what each does."""
        return ", ".join(f"`takevoice {verb} {job}` {meaning}" for verb, meaning in self.choices)


AT_INTAKE = frozenset({HoldReason.BURST, HoldReason.OLDER, HoldReason.DEVICE})
"""Reasons for which the intake holds takes of watched folders: nothing has been sent for them."""
REPORTED_TOGETHER = AT_INTAKE | {HoldReason.CAP, HoldReason.UNWRITABLE, HoldReason.NO_VOICE}
"""Reasons that usually hold many takes of a folder at once; nothing has been sent for those takes either."""
REPLACEABLE_CODES = tuple(sorted(reason.code for reason in REPORTED_TOGETHER))
"""The codes of held jobs that a newer version of the take replaces."""
MAYBE_PAID = frozenset({HoldReason.OUTCOME_UNKNOWN, HoldReason.ELSEWHERE})
"""Reasons of takes that may be paid for already: who releases one may pay twice."""
AT_INTAKE_CODES = tuple(sorted(reason.code for reason in AT_INTAKE))

_BY_CODE = {reason.code: reason for reason in HoldReason}
_CHOICES = {
    HoldReason.CAP: ("converts it despite the limit", "leaves it unconverted"),
    HoldReason.NO_VOICE: ("tries again", "leaves it unconverted"),
    HoldReason.UNWRITABLE: ("tries again", "leaves it unconverted"),
    HoldReason.LOW_CORRELATION: ("publishes it nevertheless", "discards it"),
    HoldReason.OUTCOME_UNKNOWN: ("sends it again", "leaves it unconverted"),
    HoldReason.PICK: ("uses the first one", "uses none of them"),
    HoldReason.ELSEWHERE: ("converts it here", "leaves it unconverted"),
}


@dataclass(frozen=True)
class Hold:
    """A reason with the details of one case, such as "more than 50 takes arrived at once"."""

    reason: HoldReason
    what: str


@dataclass(frozen=True)
class Approval:
    """A person released a held job: what it was held for no longer stops it.

    `answer_key` is the settings hash of the job whose answer was approved; None approves whatever comes.
    """

    reason: HoldReason
    answer_key: str | None = None

    def covers(self, reason: HoldReason, answer_key: str | None = None) -> bool:
        """Return True when the approval lets a job pass this reason, with this answer."""
        return self.reason is reason and self.answer_key in (None, answer_key)
