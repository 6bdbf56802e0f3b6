"""An answer that is read while it arrives, without a server around it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from takevoice_plugins.house.pending import Pending
from takevoice_plugins.house.responses import AnswerResponse


def test_an_answer_that_gets_its_name_while_it_is_read_is_sent_whole(tmp_path: Path) -> None:
    """The ledger is written between the new name and the news of it."""
    part, kept = tmp_path / "part", tmp_path / "answer"
    part.write_bytes(b"first ")
    sent: list[bytes] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    async def session() -> None:
        pending = Pending(asyncio.get_running_loop())
        pending.began(part)
        pending.grew(6)
        await pending.wait_for_bytes()
        answer = asyncio.create_task(AnswerResponse(pending, {}, 10)({}, receive, send))
        while not any(sent) and not answer.done():
            await asyncio.sleep(0.01)
        part.write_bytes(b"first second")
        part.rename(kept)
        pending.grew(12)
        await asyncio.sleep(0.1)  # it finds no file now
        pending.finished(kept, 12)
        await asyncio.wait_for(answer, 10)

    asyncio.run(session())
    assert b"".join(sent) == b"first second"
