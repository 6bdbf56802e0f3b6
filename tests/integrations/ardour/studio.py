"""A real Ardour on a display of its own, with a home, a config and a session of its own, driven like a user's."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from integrations.ardour.saved import RATE, Session
from support import BACKENDS, wait_for

HERE = Path(__file__).parent
PROGRAMS = ("ardour", "ardour7-lua", "Xvfb", "xdotool")
MISSING = [name for name in PROGRAMS if not shutil.which(name)]
HOW_TO_GET = f"needs {', '.join(MISSING)}: apt-get install --no-install-recommends ardour xvfb xauth xdotool (Ardour 7)"
SIGNALS = (
    "ConfigChanged EngineRunning EngineStopped EngineHalted EngineDeviceListChanged BufferSizeChanged "
    "SampleRateChanged FeedbackDetected SuccessfulGraphSort StartTimeChanged EndTimeChanged Exported Change "
    "SessionConfigChanged TransportStateChange DirtyChanged StateSaved Xrun TransportLooped SoloActive "
    "SoloChanged IsolatedChanged MonitorChanged RecordStateChanged RecordArmStateChanged "
    "AudioLoopLocationChanged AudioPunchLocationChanged LocationsModified AuditionActive BundleAddedOrRemoved "
    "PositionChanged Located RoutesReconnected RouteAdded RouteGroupPropertyChanged RouteAddedToRouteGroup "
    "RouteRemovedFromRouteGroup StepEditStatusChange RouteGroupAdded RouteGroupRemoved RouteGroupsReordered "
    "PluginListChanged PluginStatusChanged DiskOverrun DiskUnderrun RegionsPropertyChanged LuaTimerS "
    "LuaTimerDS SetSession"
).split()
"""Ardour 7's, in the order of the bits in its list of registered hooks."""

SESSION, EDIT = 30, 133
"""Where these menus are, in pixels."""
PAID = """
backend = "paid"
[defaults]
voice = "ada"
[settle]
quiet = 3000
[money]
per_track = 10
[plugins.paid]
here = "{here}"
[tracks.Refused]
voice = "nobody"
"""
"""Only what is requested is converted; a take of more than 10 s is held, and those of the track Refused fail."""

CONFIG = f"""<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
  <Config>
    <Option name="try-autostart-engine" value="1"/>
    <Option name="hide-dummy-backend" value="0"/>
    <Option name="check-announcements" value="0"/>
    <Option name="discover-plugins-on-start" value="0"/>
    <Option name="save-history" value="0"/>
  </Config>
  <Extra><AudioMIDISetup><EngineStates>
    <State backend="None (Dummy)" driver="Normal Speed" device="Silence" input-device="" output-device=""
      sample-rate="{RATE}" buffer-size="1024" n-periods="0" input-latency="0" output-latency="0" lm-input=""
      lm-output="" active="1" use-buffered-io="0" midi-option="1 in, 1 out, Silence" lru="1"><MIDIDevices/></State>
  </EngineStates></AudioMIDISetup></Extra>
</Ardour>
"""


class Studio:
    """Where Ardour lives: `home`, `session`, and the daemon's state dir."""

    def __init__(self, root: Path, session: str = "Scene 12") -> None:
        self.root, self.home, self.state = root, root / "home", root / "state"
        self.session, self.exports = root / session, root / "Exports"
        self.config = self.home / ".config" / "ardour7"
        self._command, self._answer = root / "command.lua", root / "answer.json"
        self.env = {
            **os.environ,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "TAKEVOICE_STATE": str(self.state),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "ELEVENLABS_API_KEY": "",
            "STUDIO": str(root),
            "LC_ALL": "C.UTF-8",
            "NO_AT_BRIDGE": "1",
            # Ardour 7.3 corrupts its memory in AVX512 code; 8.5 does not.
            "ARDOUR_FPU_FLAGS": "15",
        }
        self.gate = root / "backend" / "gate"
        self.ardour: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self.log = root / "ardour.log"

    def beside(self, name: str) -> Studio:
        """Another Ardour of the same user, with a session and a display of its own; it shares the daemon."""
        root = self.root.parent / name
        root.mkdir()
        other = Studio(root)
        other.home, other.state, other.config = self.home, self.state, self.config
        other.env = {**self.env, "STUDIO": str(root)}
        return other

    # Setting up.

    def prepare(self, tracks: Sequence[str]) -> None:
        """A config as after the first start, and a session with empty mono tracks."""
        self.config.mkdir(parents=True)
        for name in (".a7", ".nevernag"):
            (self.config / name).touch()
        (self.config / "config").write_text(CONFIG, "utf-8")
        self.tool("make_session.lua", str(self.session), str(RATE), *tracks)

    def use_paid_backend(self) -> None:
        """A backend of one credit a second, which answers while the file `gate` is there."""
        config = self.home / ".config" / "takevoice"
        (config / "plugins").mkdir(parents=True)
        shutil.copy(BACKENDS / "paid.py", config / "plugins")
        (config / "takevoice.toml").write_text(PAID.format(here=self.gate.parent), "utf-8")
        self.gate.parent.mkdir()
        self.gate.touch()

    def tool(self, script: str, *arguments: str) -> None:
        """Runs one of the scripts beside this file in Ardour's command-line Lua."""
        done = subprocess.run(
            ["ardour7-lua", str(HERE / script), *arguments],
            env=self.env, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def takevoice(self, *words: str) -> str:
        """Runs `takevoice` in this home."""
        done = subprocess.run(
            [sys.executable, "-m", "takevoice", *words],
            env=self.env, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def register(self, actions: Sequence[Path], hooks: Sequence[tuple[Path, Sequence[str]]]) -> None:
        """Does what the Script Manager does: keeps the scripts in Ardour's list of actions and hooks."""
        records = self.root / "records"
        self.tool(
            "register.lua", str(records), *map(str, actions), "hooks:", *(str(path) for path, _ in hooks)
        )
        lines = [base64.b64encode(bytes.fromhex(line)).decode() for line in records.read_text().split()]
        xml = [f'<UIScripts><ActionScript lua="Lua 5.3">{lines[0]}</ActionScript><ActionHooks>']
        for number, ((path, signals), code) in enumerate(zip(hooks, lines[1:], strict=True)):
            bits = "".join("1" if name in signals else "0" for name in reversed(SIGNALS))
            xml.append(
                f'<LuaCallback lua="Lua 5.3" id="{9000 + number}" name="{path.stem}" signals="{bits}">{code}</LuaCallback>'
            )
        xml.append("</ActionHooks></UIScripts>")
        (self.config / "ui_scripts").write_text("\n".join(xml), "utf-8")

    # Running.

    def start_daemon(self) -> None:
        """`takevoice run` with the local engine, if it is not running."""
        if self._daemon is not None:
            return
        (self.state / "osc.json").unlink(missing_ok=True)
        with (self.root / "daemon.log").open("ab") as file:
            self._daemon = subprocess.Popen(
                [sys.executable, "-m", "takevoice", "run", "--osc-port", "0", str(self.exports)],
                env=self.env, stdout=file, stderr=file, cwd=self.root,
            )  # fmt: skip
        wait_for((self.state / "osc.json").exists)

    def stop_daemon(self) -> None:
        """SIGTERM."""
        if self._daemon is not None:
            stop(self._daemon)
        self._daemon = None

    def kill_daemon(self) -> None:
        """SIGKILL; its files stay."""
        assert self._daemon is not None
        self._daemon.kill()
        self._daemon.wait()
        self._daemon = None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Ardour with the session open, on a display of its own; quits without saving at the end."""
        with ExitStack() as stack:
            self.env["DISPLAY"] = stack.enter_context(display(self.root))
            with self.log.open("ab") as file:
                self.ardour = subprocess.Popen(
                    ["ardour", "--no-splash", "--no-announcements", str(self.session)],
                    env=self.env, stdout=file, stderr=file,
                )  # fmt: skip
            stack.callback(stop, self.ardour)
            self.lua("return true", seconds=40)
            yield

    def lua(self, code: str, seconds: float = 20) -> Any:
        """Runs code inside Ardour, within a tenth of a second; what it returns (numbers, texts, lists)."""
        self._answer.unlink(missing_ok=True)
        part = self._command.with_suffix(".part")
        part.write_text(code, "utf-8")
        part.rename(self._command)

        def answered() -> bool:
            assert self.ardour is not None
            assert self.ardour.poll() is None, f"Ardour died\n{self.said()}"
            return self._answer.exists()

        wait_for(answered, seconds)
        answer = json.loads(self._answer.read_text("utf-8"))
        assert "problem" not in answer, answer["problem"]
        return answer.get("value")

    def press(self, number: int) -> None:
        """Calls a registered action, as its key or menu does."""
        self.lua(f'Editor:access_action ("LuaAction", "script-{number}")')

    def press_and_leave(self, number: int) -> None:
        """Calls an action that opens a dialog: Ardour does not answer before it is closed."""
        self._leave(f'Editor:access_action ("LuaAction", "script-{number}")')

    def _leave(self, code: str) -> None:
        part = self._command.with_suffix(".part")
        part.write_text(code, "utf-8")
        part.rename(self._command)

    def save_as(self, folder: Path) -> None:
        """Session > Save As, and goes on with the new session."""
        self._leave('Editor:access_action ("Main", "SaveAs")')
        window = wait_for(lambda: self.xdotool("search", "--onlyvisible", "--name", "Save As"))
        self.xdotool("windowfocus", "--sync", window.split()[0], "sleep", "0.5")
        self.xdotool("key", "ctrl+a", "type", "--delay", "50", folder.name)
        self.click(window.split()[0], -59, -31)  # OK
        wait_for((folder / f"{folder.name}.ardour").exists, 20)
        self.session = folder

    def open_session(self, folder: Path) -> None:
        """Session > Open; what the open session has must be saved."""
        self.lua('Session:save_state ("", false, false, false, false, false)')
        # Not from Lua: Ardour crashes when a session is closed while a script runs.
        self.menu(SESSION, 2)
        window = wait_for(lambda: self.xdotool("search", "--onlyvisible", "--name", "Open Session"))
        self.xdotool("windowfocus", "--sync", window.split()[0], "sleep", "0.5")
        self.xdotool("type", "--delay", "20", str(folder / f"{folder.name}.ardour"))
        self.xdotool("sleep", "0.5", "key", "Return")
        self.session = folder
        wait_for(lambda: self.lua("return Session:name ()") == folder.name, 30)

    def click(self, window: str, x: int, y: int) -> None:
        """Clicks a place in a window, in pixels; negative from its right or bottom."""
        size = dict(line.split("=") for line in self.xdotool("getwindowgeometry", "--shell", window).split())
        x, y = x + (int(size["WIDTH"]) if x < 0 else 0), y + (int(size["HEIGHT"]) if y < 0 else 0)
        self.xdotool("mousemove", "--window", window, str(x), str(y), "click", "1", "sleep", "0.4")

    def snapshot(self, name: str) -> None:
        """A picture of the display, beside the session."""
        grab = ["-f", "x11grab", "-video_size", "1500x900", "-i", self.env["DISPLAY"], "-frames:v", "1"]
        subprocess.run(["ffmpeg", "-v", "error", "-y", *grab, str(self.root / f"{name}.png")], check=True)

    def menu(self, title_at: int, item: int) -> None:
        """Chooses an item of the main menu with the mouse and the keys; `title_at`: where its title is, in pixels."""
        before = self.windows()
        self.xdotool("mousemove", str(title_at), "12", "click", "1")
        menu = wait_for(lambda: self.windows() - before)
        self.xdotool("sleep", "0.4", "key", "--delay", "100", *["Down"] * item, "Return")
        wait_for(lambda: not menu & self.windows())

    def windows(self) -> set[str]:
        """The ids of all windows that are shown, menus included."""
        return set(self.xdotool("search", "--onlyvisible", "--name", "").split())

    def undo(self) -> None:
        """Edit > Undo."""
        self.menu(EDIT, 1)

    def redo(self) -> None:
        """Edit > Redo."""
        self.menu(EDIT, 2)

    def is_at_work(self) -> bool:
        """True while conversions of the open session are in progress."""
        return any((self.session / f"takevoice.{name}").exists() for name in ("new", "pending"))

    def progress(self) -> str:
        """The daemon's progress file."""
        path = self.state / "handover" / "progress.json"
        return path.read_text("utf-8") if path.exists() else ""

    def finish(self, seconds: float = 40) -> None:
        """Waits until nothing is in progress; no message may come up."""

        def ended() -> bool:
            assert not self.dialog(), self.said()
            return not self.is_at_work()

        wait_for(ended, seconds)

    def ask(self, request: dict[str, Any]) -> None:
        """Leaves a request file for the daemon."""
        part = self.state / "handover" / f"{request['id']}.part"
        part.write_text(json.dumps(request), "utf-8")
        part.rename(part.with_suffix(".json"))

    def said(self) -> str:
        """What Ardour has printed."""
        return self.log.read_text("utf-8", "replace")

    def dialog(self) -> bool:
        """True while a message of takevoice's is shown."""
        return bool(self.xdotool("search", "--onlyvisible", "--name", "^takevoice$"))

    def dismiss(self, key: str = "Escape") -> None:
        """Closes what is shown with the keyboard, until nothing comes up any more. Return is the button; Escape only hides a message."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            windows = self.xdotool("search", "--onlyvisible", "--name", "^takevoice$").split()
            for window in windows:
                self.xdotool("windowraise", window, "windowfocus", window, "key", "--window", window, key)
            time.sleep(0.4)
            if not windows:
                return
        raise AssertionError(self.said())

    def dismiss_notice(self, text: str) -> None:
        """Waits for a message with this text, and closes it."""
        wait_for(lambda: self.dialog() and text in self.said(), 40)
        self.dismiss("Return")

    def expect_no_message(self) -> None:
        """Fails if a message is left open, and closes it for the tests that follow."""
        if self.dialog():
            said = self.said()
            self.dismiss()
            raise AssertionError(said)

    def xdotool(self, *words: str) -> str:
        """What xdotool prints."""
        done = subprocess.run(["xdotool", *words], env=self.env, capture_output=True, text=True, timeout=20)
        return done.stdout

    # What is in the session.

    def place(self, take: Path, track: str, position: int) -> None:
        """Imports a file as a user would, on a track."""
        self.lua(f"""
            local files = C.StringVector ()
            files:push_back ({str(take)!r})
            Editor:do_import (files, Editing.ImportDistinctFiles, Editing.ImportAsTrack, ARDOUR.SrcQuality.SrcBest,
              ARDOUR.MidiTrackNameSource.SMFTrackName, ARDOUR.MidiTempoMapDisposition.SMFTempoIgnore,
              Temporal.timepos_t ({position}), ARDOUR.PluginInfo (), Session:route_by_name ({track!r}):to_track (), false)
        """)

    def select(self, *regions: str) -> None:
        """Selects regions by their names."""
        wanted = ", ".join(f"[{name!r}] = true" for name in regions)
        count = self.lua(f"""
            local wanted, chosen = {{ {wanted} }}, ArdourUI.SelectionList ()
            local tracks = Session:get_tracks ()
            for route in tracks:iter () do
              local regions = route:to_track ():playlist ():region_list ()  -- kept: Ardour's iterator does not keep it
              for region in regions:iter () do
                if wanted[region:name ()] then chosen:push_back (Editor:regionview_from_region (region)) end
              end
            end
            Editor:set_selection (chosen, ArdourUI.SelectionOp.Set)
            return Editor:get_selection ().regions:regionlist ():size ()
        """)
        assert count == len(regions)

    def saved(self) -> Session:
        """The session file, saved now."""
        path = self.session / f"{self.session.name}.ardour"
        self.lua('Session:save_state ("", false, false, false, false, false)')
        return Session(ElementTree.parse(path).getroot(), self.session)


@contextmanager
def display(root: Path) -> Iterator[str]:
    """An X server on a free display; its name."""
    read, write = os.pipe()
    with (root / "xvfb.log").open("wb") as log:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1500x900x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[write], stdout=log, stderr=log,
        )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        stop(server)


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL for one that does not obey."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
