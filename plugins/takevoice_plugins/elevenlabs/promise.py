"""What changes when the backend is a house's server, which promises to do and bill no request twice.

A lost answer is then no reason to hold a take: the request is sent again, and the house answers it from what it keeps.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from takevoice import errors

if TYPE_CHECKING:
    from takevoice import ConversionRequest, Job, Take

AGAIN = 2.0  # seconds until the house is asked again
REQUEST = "takevoice-request"
"""The header that names a request of a station: sent again, it has the same name, and the same is reported as billed."""
SAVED = "takevoice-saved"
_FINAL = ("held_by_house", "not_audio_answer")


class AnswerLost(errors.BackendBusy):
    """The house did not answer, or its answer was lost: the take waits, and is sent again."""

    code = "answer_lost"


def repeatable(error: errors.BackendError) -> errors.BackendError:
    """Return the error to raise for one of the house's: what may have been billed elsewhere can be sent again here."""
    if isinstance(error, errors.BackendBusy) or error.code in _FINAL:
        return error
    if error.billed is not False or error.code in ("unreachable", "upload_interrupted"):
        return AnswerLost(f"the house did not answer ({error.what})", retry_after=AGAIN)
    return error


class RepeatableAnswer(Iterator[bytes]):
    """The chunks of an answer of the house, with errors that say that it can be asked again."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except errors.BackendError as error:
            raise repeatable(error) from None

    def close(self) -> None:
        """Stop reading."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()


def headers_for(job: Job, request: ConversionRequest, audio: Take) -> Mapping[str, str]:
    """Return the headers that tell the house more about a request than the API has parameters for."""
    # Of a take that was held and is released, the same is wanted as before.
    name = f"{job.created:.3f}-{job.id}-{job.attempt - job.options.releases}-{_plain(audio.path.stem)}"[:200]
    headers = {REQUEST: name}
    if job.options.urgent:
        headers["takevoice-urgent"] = "1"
    if job.options.new_answer or job.options.discard_received:
        # A person wants another answer than the one that is there. A resend of this wish has the same key, but for other settings.
        wish = hashlib.sha256(f"{name} {request.model_dump_json()}".encode()).hexdigest()
        headers |= {"takevoice-fresh": "1", "Idempotency-Key": wish}
    if job.unusable:
        # And not the same once more. Stations that have got the same bad answer get the same other one.
        headers["takevoice-instead-of"] = job.unusable
    return headers


def _plain(text: str) -> str:
    """Return a name as the value of a header may have it."""
    return re.sub(r"[^!-~]", "?", text)


def saved_in(headers: Mapping[str, str]) -> float:
    """Return the credits that an answer of the house cost when it was made for an earlier request; 0 for any other answer."""
    text = headers.get(SAVED, "")
    return float(text) if re.fullmatch(r"[0-9]{1,12}", text) else 0.0
