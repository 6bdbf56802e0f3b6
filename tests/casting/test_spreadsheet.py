"""A sheet that LibreOffice Calc has opened and saved: it says what it said before."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from takevoice.settings.sheet import read_sheet, write_sheet

CALC = shutil.which("soffice")
FILTER = "Text - txt - csv (StarCalc):{}"
ENGLISH, GERMAN = "1033", "1031"
ROWS = [
    {"character": name, "voice": "ada", "stability": 0.45, "seed": 4294967295, "candidates": "ada,bea", "note": note}
    for name, note in [
        ('Sëra, die "Große"', "warm; leise\nund zart"),
        ("007", "=1+1"),
        ("1E5", "2026-01-02"),
        ("+49", "1.5"),
        ("1-2", "'quoted"),
        ("TRUE", "3. März"),
        ("12", "May 1"),
        ("Guard 1", "12:30"),
    ]
]


@pytest.mark.editor
@pytest.mark.skipif(CALC is None, reason="needs LibreOffice Calc (soffice)")
@pytest.mark.parametrize(
    ("delimiter", "opened", "saved"),
    [
        (",", f"44,34,76,1,,{ENGLISH},false,true", f"44,34,76,1,,{ENGLISH},false,true"),
        (";", f"59,34,76,1,,{GERMAN},false,true", f"59,34,65535,1,,{GERMAN},false,true"),
        (",", f"44,34,ANSI,1,,{ENGLISH},false,false", f"44,34,76,1,,{ENGLISH},false,false"),
        ("\t", f"9,34,76,1,,{GERMAN},false,true", f"59,34,ANSI,1,,{GERMAN},false,true"),
    ],
)
def test_a_sheet_that_calc_has_saved_is_the_same(tmp_path: Path, delimiter: str, opened: str, saved: str) -> None:
    (tmp_path / "cast.csv").write_bytes(write_sheet(ROWS, delimiter))
    _calc(tmp_path, "cast.csv", "ods", opened)
    _calc(tmp_path, "cast.ods", f"csv:{FILTER.format(saved)}", "", "saved")
    before, after = (read_sheet((tmp_path / name).read_bytes()) for name in ("cast.csv", "saved/cast.csv"))
    assert [(row.character, dict(row.values)) for row in after] == [(row.character, dict(row.values)) for row in before]


def _calc(folder: Path, name: str, kind: str, opened: str, out: str = ".") -> None:
    """Have Calc open a file, with these options of its dialog, and save it as another kind."""
    assert CALC is not None
    how = [f"--infilter={FILTER.format(opened)}"] if opened else []
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    words = [CALC, "--headless", "--norestore", profile, *how, "--convert-to", kind, "--outdir", str(folder / out), str(folder / name)]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
