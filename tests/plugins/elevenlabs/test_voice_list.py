"""The list of voices is asked for seldom, also where nobody answers."""

from __future__ import annotations

import pytest

from takevoice import Voice, errors
from takevoice_plugins.elevenlabs.voice_list import VoiceList

ADA = Voice("a", "Ada", "elevenlabs")


class Service:
    """A service whose answers take a number of seconds, on a clock of its own; each answer is a list or an error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.asked = 1000.0, 0
        self.seconds = 0.1
        self.answer: list[Voice] | errors.BackendError = [ADA]
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def __call__(self) -> list[Voice]:
        self.asked += 1
        self.now += self.seconds
        if isinstance(self.answer, errors.BackendError):
            raise self.answer
        return self.answer


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    return Service(monkeypatch)


def test_a_service_that_does_not_answer_is_not_asked_by_each_take(service: Service) -> None:
    voices, service.answer, service.seconds = VoiceList(), errors.BackendError("does not answer"), 12.0
    for _ in range(50):
        with pytest.raises(errors.BackendError, match="does not answer"):
            voices.get(service)
    assert service.asked == 1
    service.answer, service.seconds = [ADA], 0.1
    service.now += 31
    assert voices.get(service) == [ADA]


def test_what_fails_at_once_is_tried_again_at_once(service: Service) -> None:
    voices, service.answer = VoiceList(), errors.BackendError("is out of order")
    with pytest.raises(errors.BackendError):
        voices.get(service)
    service.answer = [ADA]
    assert voices.get(service) == [ADA]


def test_another_key_asks_again(service: Service) -> None:
    voices, service.answer, service.seconds = VoiceList(), errors.BackendError("does not answer"), 12.0
    with pytest.raises(errors.BackendError):
        voices.get(service)
    service.answer = [ADA]
    voices.forget()
    assert voices.get(service) == [ADA]


def test_while_it_is_busy_the_older_list_stands(service: Service) -> None:
    voices = VoiceList()
    assert voices.get(service) == [ADA]
    service.now += 301
    service.answer = errors.BackendBusy("is busy")
    assert voices.get(service) == [ADA]
    assert service.asked == 2
