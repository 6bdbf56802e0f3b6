"""Every expected error, by name. It is one line; anything else is a bug.

TakevoiceError
├── ConfigError          the configuration or the command line cannot be used (exit code 2)
├── AudioError           this file cannot be converted
│   ├── NotAudio         it is empty, or not an audio file
│   ├── IncompleteAudio  its header promises more than the file holds
│   └── UnsupportedAudio it is audio, of a kind that cannot be handled
├── StorageError         a file or folder cannot be read or written
│   └── NotWritable      nothing can be written to a folder
├── BackendError         the backend refused or failed
│   ├── UnknownVoice     no such voice
│   ├── BackendUnavailable  it cannot be used at all: no key, no such plugin
│   │   └── BackendPending  it cannot be used yet: a keyring that has not answered
│   ├── BackendBusy      it has no room at the moment: the take waits
│   └── BadResult        it answered with something that is not the take's audio
├── SpendingLimitExceeded  it would cost more than the config allows: a person has to decide
├── LowCorrelation       the answer does not correlate with the take: a person has to decide
├── ClaimedElsewhere     another machine converts the take now: it waits
├── MaybePaidElsewhere   another machine may have paid for the take: a person has to decide
├── PluginError          a plugin raised; carries its name
├── Cancelled            a person cancelled the job
├── UnknownJob           no job has that number
│   └── WrongState       its state does not allow what was asked
└── LedgerError          the ledger cannot be opened, read or written
"""

from __future__ import annotations

from takevoice.lazy import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import ClassVar


def printable(text: object) -> str:
    """Return the text as one printable line: control characters and stray bytes, as file names may hold, are escaped."""
    shown = str(text)
    return shown if shown.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)


class TakevoiceError(Exception):
    """An expected failure: `what` happened, `where`, and what to do (`hint`), joined to one line.

    `code` is the stable word that scripts match on.
    """

    code: ClassVar[str] = "error"

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        what, where, hint = printable(what), printable(where), printable(hint)
        self.what, self.where, self.hint = what, where, hint
        line = f"{where}: {what}" if where else what
        super().__init__(f"{line}; {hint}" if hint else line)


class ConfigError(TakevoiceError):
    """The configuration or the command line cannot be used; `problems` has a line for each fault."""

    code = "config"

    def __init__(self, what: str, *, where: str = "", hint: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(what, where=where, hint=hint)
        self.problems = problems or (str(self),)


class AudioError(TakevoiceError):
    """This file cannot be converted."""

    code = "audio"


class NotAudio(AudioError):
    """The file is empty, or is no audio file at all."""

    code = "not_audio"


class IncompleteAudio(AudioError):
    """The header promises more audio than the file holds: the render never finished."""

    code = "incomplete_audio"


class UnsupportedAudio(AudioError):
    """The file is audio, but of a kind that cannot be handled."""

    code = "unsupported_audio"


class RenderedAgain(AudioError):
    """The take is another one than when it was queued: the new one gets a job of its own."""

    code = "rendered_again"


class StorageError(TakevoiceError):
    """A file or folder cannot be read or written."""

    code = "storage"


class NoAnswer(StorageError):
    """The share of a file or folder does not answer: takes wait for it."""

    code = "no_answer"


class NotWritable(StorageError):
    """Nothing can be written to a folder, or its disk is full; `rule` is why, in words that hold for all its files."""

    def __init__(self, what: str, *, rule: str = "", where: str = "", hint: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.rule = rule or what


class BackendError(TakevoiceError):
    """The backend refused the request, or failed.

    `billed`: True when the request cost something, None when that is unknown; a person decides then.
    `blocks`: every other request would fail in the same way, until a person does something.
    """

    code = "backend"
    billed: ClassVar[bool | None] = False
    blocks: ClassVar[bool] = False


class UnknownVoice(BackendError):
    """The backend has no voice of that name or id."""

    code = "unknown_voice"


class BackendUnavailable(BackendError):
    """The backend cannot be used at all: its plugin or its key is missing. Takes wait until a person changes that."""

    code = "backend_unavailable"
    blocks = True


class BackendPending(BackendUnavailable):
    """The backend is set up, but cannot be used yet: takes wait for it."""

    code = "backend_pending"


class BackendBusy(BackendError):
    """The backend refused a request because it has no room at the moment, and billed nothing: the take waits for it.

    `retry_after`: the seconds after which another request may come, if the backend said so. `max_concurrent`: how many
    requests at once it accepts, if it said so.
    """

    code = "backend_busy"

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        hint: str = "",
        retry_after: float | None = None,
        max_concurrent: int | None = None,
    ) -> None:
        super().__init__(what, where=where, hint=hint)
        self.retry_after, self.max_concurrent = retry_after, max_concurrent


class BadResult(BackendError):
    """The backend's answer is not this take's audio. `segment` is the name of the segment that it answers, where that is known."""

    code = "bad_result"
    billed = True
    segment = ""


class SpendingLimitExceeded(TakevoiceError):
    """It would cost more than the config allows; a person decides. `rule` is the limit, in words."""

    code = "cap"

    def __init__(self, what: str, *, rule: str = "", where: str = "", hint: str = "") -> None:
        super().__init__(what, where=where, hint=hint)
        self.rule = rule or what


class LowCorrelation(TakevoiceError):
    """The backend's answer does not correlate with the take; a person decides."""

    code = "not_alike"


class ClaimedElsewhere(TakevoiceError):
    """Another machine converts the take now, in a folder that both use; the take waits for its result."""

    code = "claimed"


class MaybePaidElsewhere(TakevoiceError):
    """Another machine has begun a take that costs money, and is not running any more; a person decides."""

    code = "elsewhere"


class PluginError(TakevoiceError):
    """A plugin raised an exception of its own; `plugin` is its name."""

    code = "plugin"

    def __init__(self, plugin: str, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(f"plugin {plugin}: {what}", where=where, hint=hint)
        self.plugin = plugin


class Cancelled(TakevoiceError):
    """A person cancelled the job."""

    code = "cancelled"


class UnknownJob(TakevoiceError):
    """There is no job of that number."""

    code = "unknown_job"

    @classmethod
    def number(cls, job: int) -> UnknownJob:
        """Return the error for a number that no job has."""
        return cls(f"there is no job {job}", hint="`takevoice jobs` lists them")


class WrongState(UnknownJob):
    """The state of the job does not allow what was asked."""

    code = "wrong_state"


class LedgerError(TakevoiceError):
    """The ledger cannot be opened, read or written."""

    code = "ledger"
