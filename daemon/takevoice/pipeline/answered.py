"""Whether the answers that a plan needs are kept: then it costs nothing."""

from __future__ import annotations

from takevoice.pipeline.answer_store import AnswerStore
from takevoice.pipeline.planning import Plan
from takevoice.pipeline.workdir import Sent, cut_for
from takevoice.settings import request_for, request_hash


def request_key(plan: Plan) -> str:
    """Return what identifies the request of a plan, whatever its audio."""
    return request_hash(plan.backend.name, request_for(plan.settings, plan.voice.id))


def is_answered(answers: AnswerStore, plan: Plan, audio_hash: str) -> bool:
    """Return True when all answers to the audio, for the request of the plan, are kept."""
    wanted = Sent(audio_hash, plan.audio_plugins, True, cut_for(plan.settings))
    return answers.has_whole(wanted, request_key(plan))
