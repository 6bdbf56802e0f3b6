"""What a house does, asked with the station's own key: for the page, and only while it shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from takevoice import errors
from takevoice_plugins.elevenlabs.house_address import explained

if TYPE_CHECKING:
    from takevoice_plugins.elevenlabs.keys import Keys
    from takevoice_plugins.elevenlabs.options import Options

PATH = "/house/v1/overview"
PATIENCE = 5.0  # seconds: a person waits for it
_SILENT = ("unreachable", "no_response", "upload_interrupted")


class NoOverview(errors.BackendUnavailable):
    """The house does not answer as this takevoice expects."""

    code = "no_overview"


def ask(options: Options, keys: Keys, url: str, by: str) -> Mapping[str, Any]:
    """Return the overview of the house at `url`, with costs by person, project, voice or day.

    Raises:
        BackendError: there is no key, or the house does not answer, refuses the key, or is too old.
        ConfigError: its certificate cannot be read.
    """
    key, detail, _ = keys.find()
    if key is None:
        raise errors.BackendUnavailable(detail)
    try:
        answer = _answer(options, key, by)
    except errors.BackendError as error:
        if error.code in ("invalid_key", "missing_permission"):
            keys.forget()  # another one may be in the keyring by now
        raise _in_words(error, options, url) from None
    if not isinstance(answer, dict) or not isinstance(answer.get("queue"), list):
        raise NoOverview(f"what answers at {url} is not a house", hint="`takevoice join` with the line that the house's server printed mends that")
    return answer


def _answer(options: Options, key: str, by: str) -> Any:
    from takevoice import Retry, SpeechToSpeech

    given = {**options.for_client(), "timeout": PATIENCE, "retry": Retry(times=0)}  # the page asks again by itself
    with SpeechToSpeech(key, **given) as client:
        return client.get_json(PATH, {"by": by})


def _in_words(error: errors.BackendError, options: Options, url: str) -> errors.BackendError:
    """Return what is wrong, and what to do, for a person whose station has joined the house."""
    found = explained(error, url, options.certificate)
    if found is not error:
        return found
    if error.code in _SILENT:
        return NoOverview(f"the house at {url} does not answer ({_message(error)})", hint="is its server running, and the network there? Takes wait until it answers")
    if error.code in ("invalid_key", "missing_permission"):
        return NoOverview(_message(error), hint="with another key, run `takevoice join` again; takes wait until then")
    if error.code in ("not_found", "unexpected_answer"):
        return NoOverview(
            f"the house at {url} does not say what it does: its takevoice is older than this one",
            hint="ask its owner to update it; takes are converted as before",
        )
    return error


def _message(error: errors.BackendError) -> str:
    return str(getattr(error, "message", "") or error.what).removeprefix("the API cannot be reached: ").rstrip(".")
