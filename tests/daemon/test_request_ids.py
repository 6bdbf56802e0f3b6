"""Request files: an id is one request, a job that is over can be tried again, and every file gets an answer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import soundfile

from daemon.asking import Asking, cut
from daemon.paid import Shop
from support import FAST, Command, make_take, wait_for

pytestmark = pytest.mark.process


def again(asking: Asking, request_id: str, address: str = "/takevoice/convert", **content: Any) -> dict[str, Any]:
    """Ask with an id whose earlier answer was read and removed."""
    (asking.state / "results" / f"{request_id}.json").unlink(missing_ok=True)
    return asking.ask(request_id, address, **content)


def test_an_id_is_not_used_again_for_another_sound(shop: Shop, folder: Path, media: Path, asking: Asking) -> None:
    source, other = make_take(media / "long.wav", 3.0), make_take(media / "other.wav", 3.0)
    request: dict[str, Any] = {"path": source, "cut": cut(1, 1, 0.5), "name": "Anna", "folder": media, "settings": {"seed": "7"}}
    changed: list[dict[str, Any]] = [
        {"path": other},
        {"path": media / "missing.wav"},
        {"cut": cut(1.5, 1, 0.5)},
        {"cut": cut(1, 0.5, 0.5)},
        {"cut": cut(1, 1, 0.5, channels=[1])},
        {"cut": None},
        {"settings": {"seed": 8}},
        {"track": "Bert"},
    ]
    with shop.daemon(folder, "--osc-port", 0):
        first = asking.ask("r1", **request)
        for change in changed:
            refused = again(asking, "r1", **(request | change))
            assert (refused["state"], refused["code"]) == ("failed", "id_in_use"), change
            assert "belongs to job 1" in refused["text"]
        # A microsecond, a number as text and another folder are no other sound.
        assert again(asking, "r1", **(request | {"cut": cut(1.0000000001, 1, 0.5), "settings": {"seed": 7}, "folder": folder})) == first
    assert len(shop.sent) == 1


def test_an_id_of_a_conversion_is_no_other_request(gated: Command, folder: Path, media: Path, asking: Asking) -> None:
    source = make_take(media / "long.wav", 2.0)
    inside = make_take(folder / "inside.wav", 0.5)
    request: dict[str, Any] = {"path": source, "cut": cut(0, 1), "folder": media}
    with gated.daemon(folder, "--osc-port", 0):
        first = asking.ask("r1", **request)
        asked: dict[str, dict[str, Any]] = {
            "/takevoice/quote": {"path": source},
            "/takevoice/jobs": {},
            "/takevoice/cancel": {"job": 1},
            "/takevoice/rendered": {"path": inside},
        }
        for address, content in asked.items():
            refused = again(asking, "r1", address, **content)
            assert (refused["state"], refused["code"]) == ("failed", "id_in_use"), address
        assert again(asking, "r1", **request) == first


def test_a_cut_that_is_done_is_cut_and_converted_again(gated: Command, folder: Path, media: Path, asking: Asking) -> None:
    source = make_take(media / "long.wav", 3.0)
    request: dict[str, Any] = {"path": source, "cut": cut(1, 1, 0.25), "name": "Anna", "start": 4800, "folder": media}
    with gated.daemon(folder, "--osc-port", 0):
        first = asking.ask("r1", **request)
        (asking.state / "results" / "r1.json").unlink()
        assert asking.ask("a1", "/takevoice/retry", request="r1")["state"] == "done"
        second = asking.ended("r1")
        wait_for(lambda: asking.left() == [])
        (asking.state / "results" / "r1.json").unlink()
        gated("retry", first["job"])
        third = asking.ended("r1")
        wait_for(lambda: asking.left() == [])
        assert again(asking, "r1", **request) == third
    assert [Path(each["output"]).name for each in (first, second, third)] == ["Anna.ada.wav", "Anna.ada.2.wav", "Anna.ada.3.wav"]
    assert {(each["state"], each["job"], each["head"], each["start"]) for each in (first, second, third)} == {("done", 1, 0.25, "4800")}


def test_a_retry_that_cannot_be_done_changes_nothing(gated: Command, folder: Path, media: Path, asking: Asking) -> None:
    source, rendered = make_take(media / "long.wav", 2.0), make_take(media / "rendered.wav", 0.5)
    requests: dict[str, dict[str, Any]] = {
        "r1": {"path": source, "cut": cut(0, 1), "folder": media},
        "r2": {"path": rendered, "folder": media, "temporary": True},
    }
    with gated.daemon(folder, "--osc-port", 0):
        first = {name: asking.ask(name, **request) for name, request in requests.items()}
        wait_for(lambda: asking.left() == [])
        source.unlink()
        for name in requests:
            refused = asking.ask(f"a-{name}", "/takevoice/retry", request=name)
            assert (refused["state"], refused["code"]) == ("failed", "storage")
            assert "is gone" in refused["text"]
            assert "is gone" in gated("retry", first[name]["job"], check=1).stderr
        assert {name: asking.result(name) for name in requests} == first
        assert [job["state"] for job in gated.jobs()] == ["done", "done"]
        # Nothing is needed but the same request to get the result again.
        assert again(asking, "r1", **requests["r1"]) == first["r1"]
        assert again(asking, "r2", **requests["r2"]) == first["r2"]


def test_a_failed_cut_whose_excerpt_is_gone_is_cut_again(shop: Shop, folder: Path, media: Path, asking: Asking) -> None:
    """Excerpts of failed jobs are removed after a while, and users name their own file, not the excerpt."""
    there, gone, short = (make_take(media / f"{name}.wav", 2.0) for name in ("there", "gone", "short"))
    nobody = {"voice": "nobody at all"}
    with shop.daemon(folder, "--osc-port", 0):
        for name, source in (("r1", there), ("r2", gone), ("r3", short)):
            assert asking.ask(name, path=source, cut=cut(0.5, 1), folder=media, settings=nobody)["state"] == "failed"
    for name in ("r1", "r2", "r3"):
        shutil.rmtree(asking.folder / name)
    gone.unlink()
    make_take(short, 0.1)
    said = shop("retry", "--failed", check=1).stdout.splitlines()
    assert said[0] == "job 1 starts again (try 2): about 1 credit with paid"
    assert said[1].startswith(f"job 3 cannot start again: {short}: ")
    assert said[2].startswith("1 take is not there any more: ")
    make_take(short, 2.0)
    assert shop("retry", short).stdout.startswith("job 3 starts again (try 2)")
    assert [path.name for path in sorted(asking.folder.glob("r*/*"))] == ["there.wav", "short.wav"]


def test_users_see_their_own_file_and_never_the_excerpt(gated: Command, folder: Path, media: Path, asking: Asking) -> None:
    source = make_take(media / "long.wav", 2.0)
    with gated.daemon(folder, "--osc-port", 0):
        done = asking.ask("r1", path=source, cut=cut(0, 1), folder=media)
        failed = asking.ask("r2", path=source, cut=cut(0, 1), folder=media, settings={"voice": "nobody at all"})
        price = asking.ask("q1", "/takevoice/quote", path=source, cut=cut(0, 1), settings={"channels": [5]})
        rows = asking.ask("j1", "/takevoice/jobs")["rows"]
    assert done["path"] == failed["path"] == str(source)
    assert failed["text"].startswith(f"{source}: ")
    assert [row["path"] for row in rows] == [str(source)] * 2
    assert str(asking.folder) not in f"{done}{failed}{rows}{price}"
    assert f"cut from {source}" in gated("jobs", done["job"]).stdout


def test_a_name_is_the_stem_of_the_result_and_decides_the_track(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    gated.config(f'backend = "gated"\n{FAST}\n[tracks."a/b"]\nvoice = "bea"\n[tracks."CON"]\nvoice = "bea"\n')
    source = make_take(media / "long.wav", 1.0)
    with gated.daemon(folder, "--osc-port", 0):
        plain = asking.ask("r0", path=source)
        whole = asking.ask("r1", path=source, name="a/b")
        part = asking.ask("r2", path=source, cut=cut(0, 0.5), name="a/b", folder=media)
        device = asking.ask("r3", path=source, cut=cut(0.5, 0.5), name="CON", folder=media)
        once_more = asking.ask("r4", path=source, name="Other")
    names = [Path(each["output"]).name for each in (plain, whole, part, device, once_more)]
    assert names == ["long.ada.wav", "a_b.bea.wav", "a_b.bea.2.wav", "_CON.bea.wav", "Other.ada.wav"]
    assert [each["track"] for each in (plain, whole, part, device)] == ["long", "a/b", "a/b", "CON"]


def test_a_cut_without_a_folder_has_its_result_in_the_requests_folder(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    source = make_take(media / "long.wav", 1.0)
    with gated.daemon(folder, "--osc-port", 0):
        result = asking.ask("r1", path=source, cut=cut(0, 0.5), name="Anna")
        output = asking.folder / "r1" / "Anna.ada.wav"
        assert result["output"] == str(output)
        wait_for(lambda: list((asking.folder / "r1").iterdir()) == [output])
        assert asking.ask("q1", "/takevoice/quote", path=output)["state"] == "done"
    assert asking.left() == ["r1"]
    assert soundfile.info(output).duration == pytest.approx(0.5)


def test_the_head_is_exact(gated: Command, folder: Path, media: Path, asking: Asking) -> None:
    source = make_take(media / "long.wav", 2.0)
    rate = soundfile.info(source).samplerate
    start = (1000 + 0.4) / rate
    with gated.daemon(folder, "--osc-port", 0):
        result = asking.ask("r1", path=source, cut=cut(start, 0.5, 100 / rate), folder=media)
    assert (start - result["head"]) * rate == pytest.approx(900, abs=1e-4)


def test_what_is_no_setting_of_a_request_is_refused(gated: Command, folder: Path, media: Path, asking: Asking) -> None:
    source = make_take(media / "long.wav", 1.0)
    with gated.daemon(folder, "--osc-port", 0):
        off = asking.ask("r1", path=source, settings={"enabled": False})
        voice = asking.ask("q1", "/takevoice/quote", path=source, settings={"voice": "nobody at all"})
        osc = gated("osc", "/takevoice/convert", "o1", make_take(folder / "b.wav", 0.5), "enabled", "0", check=1).stdout
    assert (off["code"], voice["code"]) == ("config", "unknown_voice")
    assert "enabled" in off["text"]
    assert "/takevoice/fail o1 config" in osc
    assert not (media / "long.ada.wav").exists()


def test_what_a_jobs_state_does_not_allow_is_told_so(gated: Command, folder: Path, media: Path, asking: Asking) -> None:
    source = make_take(media / "long.wav", 0.5)
    with gated.daemon(folder, "--osc-port", 0):
        asking.ask("r1", path=source)
        refused = {verb: asking.ask(verb, f"/takevoice/{verb}", request="r1") for verb in ("cancel", "release", "drop")}
        missing = asking.ask("m1", "/takevoice/cancel", job=77)
    assert {each["code"] for each in refused.values()} == {"wrong_state"}
    assert all("job 1 is done" in each["text"] for each in refused.values())
    assert missing["code"] == "unknown_job"


def test_every_file_that_ends_in_json_is_answered(gated: Command, folder: Path, asking: Asking) -> None:
    asking.folder.mkdir(parents=True)
    (asking.folder / ".json").write_text('{"address": "/takevoice/version"}')
    (asking.folder / "x.json").mkdir()
    hidden = asking.folder / ".hidden.json"
    hidden.write_text('{"address": "/takevoice/version"}')
    os.utime(hidden, (1, 1))
    (asking.folder / ("y" * 130 + ".json")).write_text('{"address": "/takevoice/version"}')
    (asking.folder / "z.json").write_text('{"id": "%s", "address": "/takevoice/version"}' % ("ö" * 30))
    (asking.folder / "._r1.json").write_bytes(b"\0\5\26\7")
    results = asking.state / "results"
    with gated.daemon(folder, "--osc-port", 0):
        for name in (".json", "x.json", "y" * 130 + ".json", "z.json", "%2Ehidden.json"):
            wait_for((results / name).exists)
        wait_for(lambda: asking.left() == ["._r1.json", "x.json"])
        assert asking.ask("a1", "/takevoice/version")["state"] == "done"
    assert "is no regular file" in (results / "x.json").read_text()
    assert "the id is too long" in (results / "z.json").read_text()
    assert "version" in (results / "%2Ehidden.json").read_text()
    gated("run", "--once", "--osc-port", 0, folder)  # a folder that stays keeps nobody waiting


@pytest.mark.parametrize("request_id", ["x.json", "X.JSON"])
def test_the_folder_of_an_id_is_no_request(gated: Command, folder: Path, media: Path, asking: Asking, request_id: str) -> None:
    source = make_take(media / "long.wav", 1.0)
    with gated.daemon(folder, "--osc-port", 0):
        result = asking.ask(request_id, path=source, cut=cut(0, 0.5))
        asking.ask("a1", "/takevoice/sync")
    assert result["state"] == "done"
    assert sorted(path.name for path in (asking.state / "results").iterdir()) == sorted(["a1.json", f"{request_id}.json"])


def test_a_file_that_was_made_for_a_request_goes_when_its_failure_is_old(
    gated: Command, folder: Path, media: Path, asking: Asking
) -> None:
    failing, early = make_take(media / "failing.wav", 0.5), make_take(media / "early.wav", 0.5)
    with gated.daemon(folder, "--osc-port", 0):
        failed = asking.ask("r1", path=failing, temporary=True, settings={"voice": "nobody at all"})
        rejected = asking.ask("r2", path=early, temporary=True, folder=media / "missing")
        wait_for(lambda: asking.left() == ["r1"])
        assert failing.exists()
    assert (failed["code"], rejected["code"]) == ("unknown_voice", "not_writable")
    assert "create it" in rejected["text"]
    assert "job" in failed
    assert "job" not in rejected
    config = gated.config_dir / "takevoice.toml"
    config.write_text(f"{config.read_text('utf-8')}\n[money]\nkeep_answers_days = 0\n", "utf-8")
    with gated.daemon(folder, "--osc-port", 0):
        wait_for(lambda: not failing.exists())
        wait_for(lambda: asking.left() == [])
    assert early.exists()
