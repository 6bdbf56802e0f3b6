"""A running daemon that is asked by files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import soundfile
from lupa import lua54

from daemon.asking import Asking, cut
from daemon.paid import Shop
from support import BACKENDS, FAST, Command, make_take, wait_for
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline import decisions

pytestmark = pytest.mark.process


def test_a_part_of_a_file_is_cut_converted_and_put_where_it_is_wanted(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 4.0, channels=2)
    with gated.daemon(folder, "--osc-port", 0):
        result = asking.ask(
            "r1",
            path=source,
            cut=cut(0.25, 1.0, 0.5, channels=[2]),
            name="Anna: session",
            track="Anna",
            start="588000",
            settings={"voice": "bea", "seed": "7"},
            folder=media,
        )
        wait_for(lambda: asking.left() == [])
    output = Path(result["output"])
    assert output == media / "Anna_ session.bea.wav"
    assert (result["state"], result["track"], result["start"]) == ("done", "Anna", "588000")
    assert (result["head"], result["seed"], result["credits"]) == (0.25, 7, 0)
    samples, rate = soundfile.read(output)
    original, _ = soundfile.read(source)
    assert samples.shape == (round(1.75 * rate),)
    assert samples == pytest.approx(original[: round(1.75 * rate), 1] * -1, abs=0.2)
    assert sorted(path.name for path in media.iterdir()) == ["Anna_ session.bea.wav", "long.wav"]


def test_a_whole_file_is_converted_next_to_itself(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    take = make_take(media / "take.wav", 0.5)
    with gated.daemon(folder, "--osc-port", 0):
        result = asking.ask("r1", path=take)
        again = asking.ask("r2", path=take)
        elsewhere = asking.ask("r3", path=take, folder=folder)
    assert result["output"] == again["output"] == str(media / "take.ada.wav")
    assert elsewhere["output"] == str(folder / "take.ada.wav")
    assert "head" not in result


@pytest.mark.parametrize("moment", [*("cut", "stored", "done"), *(pytest.param(moment, marks=pytest.mark.long) for moment in ("cutting", "told", "answered"))])
def test_a_kill_at_any_moment_loses_no_request_and_pays_for_none_twice(
    shop: Shop, folder: Path, media: Path, asking: Asking, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    shop.plugin(Path(__file__).parent / "kills.py")
    source = make_take(media / "long.wav", 3.0)
    asking.leave("r1", path=source, cut=cut(0.5, 1.0, 0.25), name="Anna", folder=media)
    monkeypatch.setenv("TAKEVOICE_KILL", moment)
    with shop.daemon(folder, "--osc-port", 0) as daemon:
        daemon.process.wait(30)
    monkeypatch.delenv("TAKEVOICE_KILL")
    with shop.daemon(folder, "--osc-port", 0):
        result = wait_for(lambda: done(asking.result("r1")))
        wait_for(lambda: asking.left() == [])
    assert (result["state"], result["head"], result["credits"]) == ("done", 0.25, 2)
    assert shop.sent == ["Anna.wav"]
    assert len(shop.jobs()) == 1
    assert sorted(path.name for path in media.iterdir()) == ["Anna.ada.wav", "long.wav"]


def done(result: dict[str, Any] | None) -> dict[str, Any] | None:
    return result if result and result["state"] == "done" else None


def test_several_requests_for_the_same_stretch_are_paid_once_and_get_a_result_each(
    shop: Shop, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 3.0)
    for number in range(5):
        asking.leave(f"r{number}", path=source, cut=cut(0.5, 1.0), name="Anna", folder=media)
    with shop.daemon(folder, "--osc-port", 0):
        outputs = {asking.ended(f"r{number}")["output"] for number in range(5)}
    assert shop.sent == ["Anna.wav"]
    assert len(outputs) == 5
    assert all(Path(output).parent == media for output in outputs)


def test_the_same_request_again_gets_the_same_job_and_its_result_again(
    shop: Shop, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 3.0)
    request = {"path": source, "cut": cut(1.0, 1.0, 0.5), "folder": media}
    with shop.daemon(folder, "--osc-port", 0):
        first = asking.ask("r1", **request)
        (asking.state / "results" / "r1.json").unlink()
        again = asking.ask("r1", **request)
        wait_for(lambda: asking.left() == [])
    assert again == first
    assert shop.sent == ["long.wav"]


def test_progress_is_there_until_the_result_is(
    gated: Command, gate: Path, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 3.0)
    with gated.daemon(folder, "--osc-port", 0):
        asking.leave("r1", path=source, cut=cut(0.5, 1.0), name="Anna session", folder=media)
        wait_for(lambda: asking.progress().get("r1", {}).get("state") == "converting")
        assert asking.progress()["r1"] | {"progress": 0} == {
            "job": 1,
            "state": "converting",
            "progress": 0,
            "text": "",
            "credits": 0,
            "name": "Anna session",
        }
        assert asking.left() == ["progress.json", "r1"]
        beat = json.loads((asking.folder / "progress.json").read_text())["beat"]
        wait_for(lambda: json.loads((asking.folder / "progress.json").read_text())["beat"] > beat)
        gate.touch()
        assert asking.ended("r1")["state"] == "done"
        wait_for(lambda: asking.left() == [])


def test_a_held_job_shows_why_and_is_released_or_dropped_by_its_request(
    shop: Shop, folder: Path, media: Path, asking: Asking
) -> None:
    shop.money("per_day = 1.5")
    source = make_take(media / "long.wav", 5.0)
    with shop.daemon(folder, "--osc-port", 0):
        for number in (1, 2):
            asking.leave(f"r{number}", path=source, cut=cut(2.0 * number - 2, 2.0), name=f"n{number}", folder=media)
        wait_for(lambda: len(held(asking)) == 2)
        assert "per_day" in asking.progress()["r1"]["text"]
        assert asking.progress()["r1"]["credits"] == 2
        rows = asking.ask("h", "/takevoice/held")["rows"]
        assert [(row["request"], row["name"], row["credits"]) for row in rows] == [("r1", "n1", 2), ("r2", "n2", 2)]
        assert asking.ask("a1", "/takevoice/release", request="r1") == {"id": "a1", "state": "done"}
        assert asking.ask("a2", "/takevoice/drop", request="r2") == {"id": "a2", "state": "done"}
        assert wait_for(lambda: done(asking.result("r1")))["output"] == str(media / "n1.ada.wav")
        wait_for(lambda: asking.left() == [])
    assert asking.result("r2")["state"] == "cancelled"
    assert shop.sent == ["n1.wav"]


def test_what_is_dropped_or_cancelled_by_a_command_ends_for_the_script_too(
    shop: Shop, folder: Path, media: Path, asking: Asking
) -> None:
    shop.money("per_day = 1.5")
    source = make_take(media / "long.wav", 5.0)
    with shop.daemon(folder, "--osc-port", 0), closing(Ledger(StateDir(asking.state).ledger)) as other:
        asking.leave("r1", path=source, cut=cut(0.0, 2.0), folder=media)
        assert asking.ended("r1")["state"] == "held"
        asking.ask("p", "/takevoice/pause")
        asking.leave("r2", path=source, cut=cut(2.0, 1.0), folder=media)
        wait_for(lambda: asking.progress().get("r2", {}).get("state") == "queued")
        decisions.drop(other, 1)
        decisions.cancel(other, 2)
        wait_for(lambda: asking.progress() == {})
        assert [asking.ended(name)["state"] for name in ("r1", "r2")] == ["cancelled", "cancelled"]
        wait_for(lambda: asking.left() == [])
    assert shop.sent == []


def held(asking: Asking) -> list[str]:
    return [name for name, each in asking.progress().items() if each["state"] == "held"]


def test_a_folder_that_cannot_be_written_is_reported_before_anything_is_paid(
    shop: Shop, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 1.0)
    with shop.daemon(folder, "--osc-port", 0):
        result = asking.ask("r1", path=source, cut=cut(0, 1.0), folder=media / "missing")
    assert (result["state"], result["code"]) == ("failed", "not_writable")
    assert shop.sent == []
    wait_for(lambda: asking.left() == [])


def test_a_failed_request_keeps_its_excerpt_for_another_try(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 1.0)
    with gated.daemon(folder, "--osc-port", 0):
        result = asking.ask("r1", path=source, cut=cut(0, 1.0), folder=media, settings={"voice": "nobody at all"})
        assert (result["state"], result["code"]) == ("failed", "unknown_voice")
        wait_for(lambda: asking.left() == ["r1"])
        assert asking.ask("a1", "/takevoice/retry", request="r1")["state"] == "done"
        wait_for(lambda: asking.progress() == {} and asking.left() == ["r1"])
    assert (asking.folder / "r1" / "long.wav").exists()


def test_a_failed_request_is_retried_by_the_file_or_folder_that_it_was_cut_from(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 1.0)
    whole = make_take(media / "whole.wav", 0.5, seed=1)
    asking.leave("r1", path=source, cut=cut(0, 0.5), folder=media, settings={"voice": "nobody at all"})
    asking.leave("r2", path=whole, folder=media, settings={"voice": "nobody at all"})
    gated("run", "--once", "--osc-port", 0, folder, check=1)
    assert "1 job: 1 failed" in gated("jobs", source).stdout and "2 jobs: 2 failed" in gated("jobs", media).stdout
    assert gated("retry", source, "--voice", "ada").stdout == "job 1 starts again (try 2)\n"
    assert gated("retry", media, "--voice", "bea").stdout == "job 2 starts again (try 2)\n"
    gated("run", "--once", "--osc-port", 0, folder)
    assert asking.result("r1")["output"] == str(media / "long.ada.wav")  # type: ignore[index]
    assert asking.result("r2")["output"] == str(media / "whole.bea.wav")  # type: ignore[index]
    assert "2 results deleted" in gated("undo", source, whole, "--yes").stdout


def test_a_temporary_file_is_removed_when_the_result_is_there(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    rendered, changed = make_take(media / "rendered.wav", 0.5), make_take(media / "changed.wav", 0.5)
    with gated.daemon(folder, "--osc-port", 0):
        assert asking.ask("r1", path=rendered, folder=media, temporary=True)["state"] == "done"
        wait_for(lambda: asking.left() == [])
    assert sorted(path.name for path in media.iterdir()) == ["changed.wav", "rendered.ada.wav"]
    assert changed.exists()


def test_once_handles_what_is_there(gated: Command, folder: Path, media: Path, asking: Asking) -> None:
    source = make_take(media / "long.wav", 1.0)
    asking.leave("r1", path=source, cut=cut(0, 0.5), folder=media)
    asking.leave("r2", "/takevoice/version")
    gated("run", "--once", "--osc-port", 0, folder)
    assert asking.result("r1")["output"] == str(media / "long.ada.wav")  # type: ignore[index]
    assert "version" in asking.result("r2")  # type: ignore[operator]
    assert asking.left() == []


def test_sync_comes_after_the_requests_in_files(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 1.0)
    with gated.daemon(folder, "--osc-port", 0):
        asking.ask("first", path=source, cut=cut(0, 0.5), folder=media)
        for number in range(5):
            asking.leave(f"r{number}", path=source, cut=cut(0, 0.5), folder=media)
        gated("osc", "/takevoice/sync", "s1")
        assert not list(asking.folder.glob("r*.json"))


def test_a_thousand_requests_are_answered_in_their_order(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    asking.folder.mkdir(parents=True)
    for number in range(1000):
        asking.leave(f"r{number:03}", "/takevoice/track/set", track="Anna", key="seed", value=number)
    with gated.daemon(folder, "--osc-port", 0):
        last = asking.ended("r999")
        found = asking.ask("get", "/takevoice/track/get", track="Anna", key="seed")
    assert last["state"] == "done"
    assert found["settings"] == {"seed": 999}


def test_what_cannot_be_done_is_answered_and_removed(
    shop: Shop, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 1.0)
    (media / "notes.txt").write_text("no audio")
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "not_found": ("/takevoice/convert", {"path": media / "missing.wav"}),
        "not_audio": ("/takevoice/convert", {"path": media}),
        "not_allowed": ("/takevoice/convert", {"path": shop.state / "ledger.sqlite3"}),
        "config": ("/takevoice/convert", {"path": source, "settings": {"stability": 7}}),
        "audio": ("/takevoice/convert", {"path": source, "cut": cut(5, 1)}),
        "unknown_job": ("/takevoice/cancel", {"job": 7}),
        "not_watched": ("/takevoice/rendered", {"path": source}),
        "unknown_address": ("/takevoice/subscribe", {}),
        "no_sample": ("/takevoice/hear", {"voice": "ada"}),
        "unknown_voice": ("/takevoice/hear", {"voice": "nobody"}),
    }
    with shop.daemon(folder, "--osc-port", 0):
        for name, (address, content) in asked.items():
            asking.leave(name, address, **content)
        (asking.folder / "arguments.json").write_text("{")
        (asking.folder / "link.json").symlink_to(source)
        (asking.folder / "mine.wav").write_bytes(b"of another script")
        ended = {name: asking.ended(name) for name in [*asked, "arguments", "link"]}
        wait_for(lambda: asking.left() == ["mine.wav"])
    assert {name: each["code"] for name, each in ended.items()} == {
        **{name: name for name in asked},
        "arguments": "arguments",
        "link": "arguments",
    }
    assert all(each["state"] == "failed" and each["text"] for each in ended.values())
    assert source.exists()
    assert shop.sent == []


def test_a_script_asks_for_voices_a_sample_a_price_and_the_state(
    command: Command, folder: Path, media: Path, asking: Asking
) -> None:
    command.config(f'backend = "local"\n{FAST}')
    source = make_take(media / "long.wav", 3.0, channels=2)
    with command.daemon(folder, "--osc-port", 0):
        voices = asking.ask("v", "/takevoice/voices")
        heard = asking.ask("h", "/takevoice/hear", voice=voices["rows"][0]["name"])
        price = asking.ask("q", "/takevoice/quote", path=source, cut=cut(1, 1, 0.25, channels=[1]))
        status = asking.ask("s", "/takevoice/status")
        asking.ask("p", "/takevoice/pause")
        asking.leave("r1", path=source, cut=cut(0, 0.5), folder=media)
        wait_for(lambda: asking.progress().get("r1", {}).get("text") == "takevoice is paused")
        asking.ask("c", "/takevoice/cancel", request="r1")
        assert asking.ended("r1")["state"] == "cancelled"
        wait_for(lambda: asking.left() == [])
    listed = json.loads(command("voices", "--json").stdout)
    assert [row["id"] for row in voices["rows"]] == [voice["id"] for voice in listed]
    assert soundfile.info(heard["path"]).duration > 1
    assert (price["seconds"], price["credits"]) == (1.5, 0)
    assert (status["daemon"], status["held"]) == ("running", 0)


@pytest.mark.parametrize("where", ["request", "track in the config", "track over OSC"])
def test_a_price_is_not_given_for_a_voice_that_there_is_not(
    shop: Shop, folder: Path, media: Path, asking: Asking, where: str
) -> None:
    shop.money('[tracks.Anna]\nvoice = "nobody at all"\n' if where == "track in the config" else "")
    source = make_take(media / "long.wav", 2.0)
    asked: dict[str, Any] = {"path": source, "track": "Anna", "settings": {"voice": "nobody at all"} if where == "request" else {}}
    with shop.daemon(folder, "--osc-port", 0):
        if where == "track over OSC":
            asking.ask("t", "/takevoice/track/set", track="Anna", key="voice", value="nobody at all")
        for n, part in enumerate(({}, {"cut": cut(0, 1)})):
            refused = asking.ask(f"q{n}", "/takevoice/quote", **asked, **part)
            assert (refused["state"], refused["code"]) == ("failed", "unknown_voice")
            assert "nobody at all" in refused["text"]
        assert asking.ask("q", "/takevoice/quote", path=source, track="Bert")["credits"] == 2
    assert shop.sent == []


def test_a_rendered_file_in_a_watched_folder_need_not_be_quiet(
    command: Command, folder: Path, asking: Asking
) -> None:
    command.plugin(BACKENDS / "gated.py")
    command.config(f'backend = "gated"\n{FAST}'.replace("quiet = 0.2", "quiet = 3000"))
    with command.daemon(folder, "--osc-port", 0):
        take = make_take(folder / "take.wav", 0.5)
        result = asking.ask("r1", "/takevoice/rendered", path=take, start="96000", track="Anna")
        wait_for(lambda: asking.left() == [])
        notes = make_take(folder / "notes.bak", 0.5, container="WAV")
        skipped = asking.ask("r2", "/takevoice/rendered", path=notes)
    assert (result["state"], result["start"], result["output"]) == ("done", "96000", str(folder / "take.ada.wav"))
    assert (result["track"], skipped["code"]) == ("Anna", "left_alone")


def test_the_examples_of_the_page_work(gated: Command, folder: Path, media: Path, asking: Asking) -> None:
    page = (Path(__file__).parents[2] / "docs" / "request-files.md").read_text("utf-8")
    python, lua = (page.partition(f"```{language}\n")[2].partition("```")[0] for language in ("python", "lua"))
    if os.name != "nt":
        media = media / 'say "Größe" \\new \U0001d11e\n'
        media.mkdir()
    source = make_take(media / "it's long.wav", 3.0)
    words = [str(path) for path in (gated.state, source, media)]
    printed: list[str] = []
    runtime = lua54.LuaRuntime()
    runtime.globals().print = lambda *texts: printed.extend(texts)
    with gated.daemon(folder, "--osc-port", 0):
        runtime.eval("function(script, ...) assert(load(script))(...) end")(lua, *words)
        done = subprocess.run([sys.executable, "-c", python, *words], capture_output=True, text=True, timeout=60, check=True)
    assert printed == ["done", str(media / "Bert.ada.wav")]
    assert done.stdout == f"done {media / 'Anna session.ada.wav'}\n"


SLOW = """
import time
from pathlib import Path

from takevoice import Backend, Voice, hookimpl

GATE = Path({gate!r})


@hookimpl
def backends():
    return [Backend("slow", True)]


@hookimpl
def voices(backend):
    while backend == "slow" and not GATE.exists():
        time.sleep(0.02)
    return [Voice("ada", "ada", "slow")] if backend == "slow" else None
"""


def test_a_network_that_does_not_answer_holds_up_no_other_request(
    command: Command, folder: Path, tmp_path: Path, asking: Asking
) -> None:
    gate = tmp_path / "gate"
    command.plugin("slow", SLOW.format(gate=str(gate)))
    command.config(f'backend = "slow"\n{FAST}')
    with command.daemon(folder, "--osc-port", 0):
        asking.leave("voices", "/takevoice/voices")
        wait_for(lambda: asking.left() == ["voices.json"])
        assert "version" in asking.ask("version", "/takevoice/version")
        assert asking.result("voices") is None
        gate.touch()
        assert [row["name"] for row in asking.ended("voices")["rows"]] == ["ada"]
        wait_for(lambda: asking.left() == [])


def test_a_folder_that_is_not_the_users_own_is_not_read(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    gated.state.mkdir()
    asking.folder.symlink_to(media, target_is_directory=True)
    asking.leave("r1", "/takevoice/version")
    with gated.daemon(folder, "--osc-port", 0) as daemon:
        daemon.says("request files are not read")
        gated("osc", "/takevoice/sync", "s1")
    assert asking.left() == ["r1.json"]
