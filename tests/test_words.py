"""The words of the house: old names stay away, and what people read is plain English."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = sorted([*(ROOT / "daemon").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")])
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]

OLD_NAMES = """
Desk OscDesk Wish wish_of wish_track wish_overrides Workplace open_workplace Fingerprint Sighting Examination Closed Bill
StillInDoubt lost_requests NotAlike OverCap PutOff ChangedMeanwhile why_held lanes_of Lanes Piece lay_out piece_of
has_mark find_note Lease is_held Loaded Effective commented_config one_line Workshop WORTH_A_START Apart MadeVoices DESIGNED
QuietLog Allowance Inbox minder stands_beside result_beside finish_looking gave_up
""".split()
"""Names that were given up for the field's own, see docs/contributing.md."""

UNIDIOMATIC = (
    r"\banew\b",
    r"\bbeside\b",
    r"\bnobody\b",
    r"\bsomebody\b",
    r"\ba word from you\b",
    r"\b(is|are) (said|told)\b",
    r"\b(takes|take) nothing\b",
    r"\blies (next|beside|there)\b",
    r"\bgoes on\b",
    r"\bleft alone\b",
    r"\bhow (it|they) lies?\b",
)
"""Turns of phrase that a native speaker stumbles over; each has a plain counterpart."""


def offenders(paths: list[Path], pattern: str) -> list[str]:
    """Return each place where a pattern is found."""
    found = []
    for path in paths:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            found += [f"{path.relative_to(ROOT)}:{number}: {m[0]}" for m in re.finditer(pattern, line)]
    return found


def test_old_names_stay_away() -> None:
    # Only `ledger/rows.py` knows what older versions stored; `server/aliases.py` has names of persons.
    code = [path for path in CODE if path.name not in ("rows.py", "aliases.py")]
    assert offenders(code, rf"\b({'|'.join(OLD_NAMES)})\b") == []


def test_no_turn_of_phrase_makes_a_native_speaker_stumble() -> None:
    found = offenders([*CODE, *PAGES], f"(?i){'|'.join(UNIDIOMATIC)}")
    assert found == []


def test_settings_are_read_by_key_only_where_rows_are_read() -> None:
    found = {str(path.relative_to(ROOT)) for path in CODE if 'settings["' in path.read_text("utf-8")}
    assert found <= {"daemon/takevoice/ledger/rows.py"}


def test_every_handler_of_osc_is_found_by_its_address() -> None:
    from takevoice.osc.addresses import ADDRESSES

    handlers = (ROOT / "daemon" / "takevoice" / "service" / "osc" / "handlers.py").read_text("utf-8")
    assert [each.address for each in ADDRESSES if f'"{each.address}"' not in handlers] == []
