"""Makes docs/pictures/run.svg: what `takevoice run` shows on a terminal while takes come in.

    python tests/bench/run_picture.py

A real daemon converts real takes; the picture is taken while it does.
"""

from __future__ import annotations

import io
import logging
import shutil
import tempfile
import time
from pathlib import Path

import soundfile
from rich.console import Console
from rich.text import Text

from takevoice.cli.live import LiveTable
from takevoice.jobs import Job, State
from takevoice.service.daemon import Daemon
from takevoice.service.environment import load_environment
from takevoice.settings import LoadedConfig, Settings, TrackSettings, Watch

ROOT = Path(__file__).parent.parent.parent
TRACKS = {"Anna": "george", "Ben": "mara", "Guard*": "bruno"}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "Exports"
        folder.mkdir()
        console = Console(
            record=True, width=100, file=io.StringIO(), force_terminal=True, color_system="truecolor"
        )
        live = LiveTable(console)
        log = logging.getLogger("takevoice")
        log.setLevel(logging.INFO)
        handler = live.log_handler()
        handler.addFilter(lambda record: without(record, folder))
        log.addHandler(handler)
        environment = load_environment(state=Path(name) / "state")
        settings = Settings(
            watch=(Watch(folder=str(folder), track="{track}_{take}"),),
            tracks={track: TrackSettings(voice=voice) for track, voice in TRACKS.items()},
            conversions=2,
        )
        environment.config.loaded = LoadedConfig(
            settings.model_copy(update={"osc": settings.osc.model_copy(update={"enabled": False})})
        )
        counts = {State.DONE: 0, State.CONVERTING: 0}

        def count(job: Job) -> None:
            if job.state in counts:
                counts[job.state] += 1

        console.print(Text("$ takevoice run ~/Exports", style="bold"))
        daemon = Daemon(environment)
        daemon.events.subscribe(on_changed=live.on_changed)
        live.read(daemon.office)
        daemon.events.subscribe(on_changed=count)
        daemon.start()
        try:
            drop(folder)
            deadline = time.monotonic() + 60
            while not (counts[State.DONE] >= 2 and counts[State.CONVERTING] - counts[State.DONE] >= 2):
                if time.monotonic() > deadline:
                    raise SystemExit("the moment did not come")
                time.sleep(0.005)
            console.print(live.table())
        finally:
            daemon.stop()
        (ROOT / "docs" / "pictures" / "run.svg").write_text(console.export_svg(title="takevoice"), "utf-8")


def without(record: logging.LogRecord, folder: Path) -> bool:
    """Shows the temporary folder as an editor's own."""
    record.msg, record.args = record.getMessage().replace(str(folder), "~/Exports"), ()
    return True


def drop(folder: Path) -> None:
    """Takes of a session, as a DAW would leave them."""
    samples, rate = soundfile.read(ROOT / "tests" / "takes" / "narrator_48k_24bit.flac")
    for number, track in enumerate(("Anna_01", "Ben_01", "Anna_02", "Guard 1_01", "Ben_02", "Anna_03")):
        path = folder.parent / "render.wav"
        soundfile.write(path, samples[number * 500 :].repeat(1 if number < 2 else 3), rate, "PCM_24")
        shutil.move(path, folder / f"{track}.wav")


if __name__ == "__main__":
    main()
