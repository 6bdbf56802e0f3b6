"""Plugins as strangers write them: an installed package, or a single file beside the config."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from support import FAST, Command, make_take, wait_for

STRANGER = '''
import os
import shutil
from pathlib import Path

from takevoice import Backend, Encoded, Voice, hookimpl


class Everything:
    """Another backend, other names, another way to write."""

    @hookimpl
    def backends(self):
        return [Backend("stranger", True, "from far away")]

    @hookimpl
    def voices(self, backend):
        return [Voice("zoe", "Zoe", "stranger")] if backend == "stranger" else None

    @hookimpl
    def convert(self, job, request, audio):
        assert request.voice_id == "zoe"
        return Encoded(iter([Path(audio.path).read_bytes()])) if job.backend == "stranger" else None

    @hookimpl
    def track_name(self, path, info):
        return f"{path.stem} of {info.channels}"

    @hookimpl
    def output_path(self, job):
        return job.path.parent / "converted" / f"{job.track}.wav"

    @hookimpl
    def write_output(self, job, converted):
        job.output.parent.mkdir(exist_ok=True)
        shutil.copyfile(converted.path, job.output)
        return job.output

    @hookimpl
    def job_changed(self, job):
        with open(os.environ["STRANGER_LOG"], "a") as file:
            file.write(job.state + "\\n")

    @hookimpl
    def register_commands(self, cli):
        cli.add("greet", "say hello", lambda parser: parser.add_argument("name"), self.greet)

    def greet(self, args):
        print("hello", args.name)
        return 0
'''


@pytest.fixture
def stranger(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """A package that somebody has installed."""
    site = tmp_path / "site"
    info = site / "stranger-1.5.dist-info"
    info.mkdir(parents=True)
    (site / "stranger.py").write_text(STRANGER)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text("[takevoice]\nstranger = stranger:Everything\n")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("STRANGER_LOG", str(tmp_path / "log"))
    command.config('backend = "stranger"\n' + FAST)
    yield command
    sys.modules.pop("stranger", None)


@pytest.mark.process
def test_a_strangers_package_replaces_backend_naming_and_writing(
    stranger: Command, folder: Path, tmp_path: Path
) -> None:
    make_take(folder / "take.wav", 0.3)
    stranger("run", "--once", folder)
    (job,) = stranger.jobs()
    assert (job["backend"], job["voice"], job["track"]) == ("stranger", "Zoe", "take of 1")
    assert job["output"] == str(folder / "converted" / "take of 1.wav")
    assert soundfile.info(job["output"]).frames == soundfile.info(folder / "take.wav").frames
    states = (tmp_path / "log").read_text().split()
    assert [state for state in states if state != "settling"] == ["queued", "converting", "restoring", "done"]
    # What it wrote, in a folder that is watched too, is ours all the same.
    assert "0 converted, 0 failed" in stranger("run", "--once", folder).stderr


def test_a_plugin_adds_a_command(stranger: Command) -> None:
    assert stranger("greet", "Ann").stdout == "hello Ann\n"
    assert "greet" in stranger("--help").stdout


def test_plugins_are_listed_with_source_and_hooks(stranger: Command) -> None:
    listed = {info["name"]: info for info in json.loads(stranger("plugins", "--json").stdout)}
    assert listed["stranger"]["source"] == "stranger 1.5"
    assert {"convert", "output_path", "write_output"} <= set(listed["stranger"]["hooks"])
    assert {"local", "elevenlabs"} <= set(listed)
    assert "convert" in listed["local"]["hooks"]


@pytest.mark.process
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import nothing_of_that_name", "No module named 'nothing_of_that_name'"),
        ("def (:", "SyntaxError"),
        (
            "from takevoice import hookimpl\n@hookimpl\ndef no_such_hook(): pass",
            "there is no hook no_such_hook",
        ),
        ("from takevoice import hookimpl\n@hookimpl\ndef convert(job, nonsense): pass", "nonsense"),
        (
            "from takevoice import hookimpl\n@hookimpl(wrapper=True)\ndef convert(job):\n    yield",
            "wrappers are not supported",
        ),
    ],
    ids=["import", "syntax", "hook", "argument", "wrapper"],
)
def test_a_broken_plugin_is_named_and_switched_off(
    gated: Command, folder: Path, text: str, reason: str
) -> None:
    path = gated.plugin("broken", text)
    make_take(folder / "take.wav", 0.3)
    said = gated("run", "--once", folder).stderr
    assert f"plugin broken ({path}) is switched off" in said
    assert reason in said
    assert (folder / "take.ada.wav").exists()
    assert "switched off" in gated("plugins").stdout
    assert "broken" in gated("doctor", folder, check=1).stdout


@pytest.mark.process
def test_a_disabled_plugin_is_not_loaded(gated: Command, folder: Path) -> None:
    gated.plugin("noisy", "raise SystemError('loaded')")
    gated.config(f'backend = "gated"\ndisabled_plugins = ["noisy"]\n{FAST}')
    assert "noisy" not in gated("run", "--once", folder).stderr
    assert "disabled in the config" in gated("plugins").stdout


@pytest.mark.process
def test_a_failing_observer_is_logged_and_the_job_goes_on(gated: Command, folder: Path) -> None:
    gated.plugin("nosy", "from takevoice import hookimpl\n@hookimpl\ndef job_changed(job):\n    1 / 0")
    make_take(folder / "take.wav", 0.3)
    assert "plugin nosy failed in job_changed" in gated("run", "--once", folder).stderr
    assert (folder / "take.ada.wav").exists()


@pytest.mark.process
@pytest.mark.parametrize(
    "hook",
    [
        "accept_file(path)",
        "track_name(path)",
        "prepare_audio(take)",
        "restore_audio(converted)",
        "output_path(job)",
        "write_output(job)",
    ],
)
def test_a_failing_step_fails_the_job_under_the_plugins_name(gated: Command, folder: Path, hook: str) -> None:
    gated.plugin(
        "clumsy",
        f"from takevoice import hookimpl\n@hookimpl\ndef {hook}:\n    raise RuntimeError('dropped it')",
    )
    make_take(folder / "take.wav", 0.3)
    gated("run", "--once", folder, check=1)
    (job,) = gated.jobs()
    assert job["state"] == "failed"
    assert job["error"]["code"] == "plugin"
    assert f"plugin clumsy: RuntimeError in {hook.split('(')[0]}: dropped it" in job["error"]["text"]
    assert os.listdir(folder) == ["take.wav"]


@pytest.mark.process
def test_prepare_and_restore_are_chains(gated: Command, folder: Path) -> None:
    chain = """
import dataclasses
import soundfile
from takevoice import hookimpl

def halved(take, name):
    path = take.path.with_name(name)
    samples, rate = soundfile.read(take.path, always_2d=True)
    soundfile.write(path, samples * 0.5, rate, "FLOAT", format="WAV")
    return dataclasses.replace(take, path=path)

@hookimpl
def prepare_audio(job, take):
    return halved(take, "{name}-prepared.wav")

@hookimpl
def restore_audio(job, take, converted):
    return halved(converted, "{name}-restored.wav")
"""
    stereo = make_take(folder / "take.wav", 0.3, channels=2)
    gated.config(f'backend = "gated"\n{FAST}[defaults]\nlevel = "off"\n')
    for name in ("one", "two"):
        gated.plugin(name, chain.replace("{name}", name))
    gated("run", "--once", folder)
    was, now = soundfile.read(stereo)[0], soundfile.read(folder / "take.ada.wav")[0]
    # Half from the backend, a quarter from preparing, a quarter from restoring.
    assert (now.std() / was.std()) == pytest.approx(0.5**5, rel=0.01)


@pytest.mark.process
def test_a_restored_take_of_another_length_is_refused(gated: Command, folder: Path) -> None:
    gated.plugin(
        "cutter",
        """
import dataclasses, soundfile
from takevoice import hookimpl

@hookimpl
def restore_audio(job, take, converted):
    path = converted.path.with_name("cut.wav")
    samples, rate = soundfile.read(converted.path)
    soundfile.write(path, samples[:-1], rate, "FLOAT")
    return dataclasses.replace(converted, path=path)
""",
    )
    make_take(folder / "take.wav", 0.3)
    gated("run", "--once", folder, check=1)
    assert "frames became 14399, the take has 14400" in gated.jobs()[0]["error"]["text"]
    assert os.listdir(folder) == ["take.wav"]


@pytest.mark.process
def test_accept_file_can_refuse(gated: Command, folder: Path) -> None:
    gated.plugin(
        "picky",
        "from takevoice import hookimpl\n@hookimpl\ndef accept_file(path):\n    return False if 'no' in path.name else None",
    )
    make_take(folder / "yes.wav", 0.3)
    make_take(folder / "no.wav", 0.3, seed=1)
    gated("run", "--once", folder)
    assert gated.states() == {"yes.wav": "done"}


@pytest.mark.process
def test_plugins_are_never_loaded_from_a_watched_folder(gated: Command, folder: Path) -> None:
    (folder / "plugins").mkdir()
    (folder / "plugins" / "evil.py").write_text("raise SystemError('loaded')")
    (folder / "takevoice.toml").write_text('backend = "gated"\n' + FAST)
    make_take(folder / "take.wav", 0.3)
    with gated.daemon(folder) as daemon:
        wait_for((folder / "take.ada.wav").exists)
        assert "evil" not in daemon.log()
    assert "evil" not in gated("plugins").stdout


@pytest.mark.process
def test_another_plugin_for_the_audio_makes_another_result(gated: Command, folder: Path) -> None:
    """What was made before, without it, is not taken for the same."""
    gated.config('backend = "gated"\n' + FAST + '\n[defaults]\nlevel = "off"\n')
    take = make_take(folder / "take.wav")
    gated("convert", take)
    halves = """
import soundfile
from takevoice import hookimpl

@hookimpl
def restore_audio(job, take, converted):
    samples, rate = soundfile.read(converted.path, dtype="float32", always_2d=True)
    soundfile.write(converted.path, samples * FACTOR, rate, "FLOAT", format="W64")
"""
    gated.plugin("half", halves.replace("FACTOR", "0.5"))
    gated("convert", take)
    gated.plugin("half", halves.replace("FACTOR", "0.25"))
    gated("convert", take)
    gated("convert", take)
    # In a watched folder, too, what was made otherwise is not taken for its result.
    gated.plugin("half", halves.replace("FACTOR", "0.125"))
    os.utime(take)
    gated("run", "--once", folder)
    assert (folder / "take.ada.4.wav").exists()
    os.utime(take)
    gated("run", "--once", folder)
    peaks = [abs(soundfile.read(folder / f"take.ada{n}.wav")[0]).max() for n in ("", ".2", ".3")]
    assert peaks[1:] == pytest.approx([peaks[0] / 2, peaks[0] / 4], rel=1e-3)
    assert not (folder / "take.ada.5.wav").exists()
