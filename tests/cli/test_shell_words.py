"""The commands that messages suggest can be pasted into a shell, whatever a file is called."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takevoice.shell_words import shell_word
from takevoice.system import current

NAMES = (
    "/takes/Anna_03.wav",
    "/takes/Anna 03 (wet) & more; x.wav",
    "/takes/O'Brien \"quoted\" `touch ran` $HOME $(touch ran) !! !x.wav",
    "/takes/back\\slash",
    "/takes/two\nlines\tand \x1b[31m",
    "/takes/" + os.fsdecode(b"latin1_\xe9\xff' \\ .wav"),
    "/takes/Ünï ça 猫 \u202e.wav",
)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_reads_the_name_and_runs_nothing(tmp_path, shell):
    script = "\n".join(f"printf '%s\\0' {shell_word(name)}" for name in NAMES)
    order = [shutil.which(shell), "-f"] if shell == "zsh" else [shutil.which(shell), "--norc"]
    # As typed: an interactive shell has the history, which `!` calls.
    options = "setopt banghist" if shell == "zsh" else "set -H; set -o history"
    done = subprocess.run([*order], input=f"{options}\n{script}\n".encode("utf-8", "surrogateescape"), cwd=tmp_path, capture_output=True)
    assert done.stdout.split(b"\0")[:-1] == [os.fsencode(name) for name in NAMES], done.stderr
    assert not list(tmp_path.iterdir())


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_a_word_stays_on_one_line_and_can_be_shown(name):
    assert shell_word(name).isprintable()


def test_windows_knows_double_quotes_only(monkeypatch):
    monkeypatch.setattr(current, "name", lambda: "windows")
    assert shell_word("C:\\Users\\Ann\\My Takes") == '"C:\\Users\\Ann\\My Takes"'
