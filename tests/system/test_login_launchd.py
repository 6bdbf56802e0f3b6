"""The agent for launchd, read by a program that Python's own plistlib has no part in."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path, PurePosixPath

import pytest

from system.login_setups import content, service, setup
from takevoice.errors import StorageError
from takevoice.system.login import Answer, Status
from takevoice.system.login.launchd import is_guarded

HOME = Path("/Users/jörg")


def test_libplist_reads_what_was_meant(tmp_path: Path) -> None:
    """Through the binary form and back (package libplist-utils): what it does not understand gets lost."""
    plist, binary, back = (tmp_path / name for name in ("a.plist", "b.plist", "c.plist"))
    plist.write_bytes(content(service("macos")))
    subprocess.run(["plistutil", "-f", "bin", "-i", plist, "-o", binary], check=True, capture_output=True)
    subprocess.run(["plistutil", "-f", "xml", "-i", binary, "-o", back], check=True, capture_output=True)
    assert binary.read_bytes().startswith(b"bplist")
    root = ET.parse(back).getroot()[0]
    agent = {key.text: value for key, value in zip(root[::2], root[1::2], strict=True)}
    words = [word.text for word in agent["ProgramArguments"]]
    assert words == [setup("macos").python, *setup("macos").arguments, "--launchd"]
    assert agent["Label"].text == "takevoice"
    assert agent["RunAtLoad"].tag == "true"
    assert [child.tag for child in agent["KeepAlive"]] == ["key", "false"]
    assert agent["ThrottleInterval"].text == "60"


def test_the_log_has_a_folder() -> None:
    logs = PurePosixPath("/Users/jörg & co/Library/Logs/takevoice")
    assert service("macos").folders() == (logs,)
    assert f"{logs}/launchd.log".replace("&", "&amp;") in content(service("macos")).decode()


@pytest.mark.parametrize("name", ["a\x01b", "a\udcff"])
def test_a_name_that_no_property_list_can_hold_is_refused(name: str) -> None:
    with pytest.raises(StorageError, match="property list"):
        service("macos", state=PurePosixPath(f"/{name}")).files()


@pytest.mark.parametrize(
    "folder, guarded",
    [
        (HOME / "Exports", False),
        (HOME / "Documents" / "Exports", True),
        (HOME / "desktop", True),
        (HOME / "Library" / "Mobile Documents" / "com~apple~CloudDocs" / "Takes", True),
        (HOME / "Documents.old", False),
        (Path("/Volumes/Audio/Takes"), True),
        (Path("/Users/anna/Documents"), False),
    ],
)
def test_folders_that_macos_protects_are_recognised(folder: Path, guarded: bool) -> None:
    assert is_guarded(folder, HOME) is guarded


def test_the_user_is_told_how_to_grant_access() -> None:
    login = service("macos", home=HOME)
    assert login.steps([HOME / "Exports"]) == ()
    (step,) = login.steps([HOME / "Exports", HOME / "Desktop" / "Takes"])
    assert "/Users/jörg/Desktop/Takes until you allow it" in step
    assert "Full Disk Access, add /Users/jörg & co/venv/bin/python3 " in step


@pytest.mark.parametrize("code, status", [(0, Status(True)), (113, Status(False))])
def test_only_the_exit_code_of_launchctl_print_counts(code: int, status: Status) -> None:
    assert service("macos").status(lambda _: Answer(code, "state = running")) == status
    assert service("macos").status(lambda _: Answer(127)) == Status(None, problem="there is no launchctl")
