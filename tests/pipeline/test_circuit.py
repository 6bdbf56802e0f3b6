"""What a backend that rejects everything closes, and what opens it again."""

from __future__ import annotations

import logging

import pytest

from takevoice.errors import BackendUnavailable
from takevoice.pipeline.circuit import RETRY_AFTER, CircuitBreaker
from takevoice.pipeline.problems import Problems


def test_an_answer_to_what_was_sent_before_a_rejection_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Several takes are under way as a cap is reached: else the log has "unavailable" and "available again" by turns."""
    caplog.set_level(logging.INFO)
    now = [100.0]
    breaker = CircuitBreaker(Problems(), lambda: now[0])
    earlier = breaker.now()
    now[0] += 5
    breaker.trip("house", BackendUnavailable("the cap is reached"), 1)
    breaker.accepted("house", 2, earlier)
    breaker.trip("house", BackendUnavailable("the cap is reached"), 3)
    assert breaker.open_backends() == ["house"]
    assert [record.message.split(":")[0] for record in caplog.records] == ["house is unavailable"]
    now[0] += RETRY_AFTER
    assert breaker.open_backends() == []
    breaker.accepted("house", 1, breaker.now())
    assert caplog.records[-1].message == "house is available again"
    assert breaker.deferred_jobs() == {3}
