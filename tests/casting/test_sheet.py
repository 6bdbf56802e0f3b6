"""Casting sheets as spreadsheets write them."""

from __future__ import annotations

import csv
import io
import random

import pytest

from takevoice.errors import ConfigError
from takevoice.settings.sheet import COLUMNS, layout_of, read_sheet, setting_of, write_sheet

ROWS = [("Anna", "ada", "0,4"), ("Müller, Jürgen", "george", "0.5"), ("Wache *", "bruno", "")]


def sheet(delimiter: str, encoding: str, head: tuple[str, ...] = ("Role", "Actor", "Stability")) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([head, *ROWS])
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_dialect_and_encoding(delimiter: str, encoding: str) -> None:
    rows = read_sheet(sheet(delimiter, encoding))
    assert [(row.character, row.values.get("voice"), row.values.get("stability", "")) for row in rows] == ROWS


def test_headings_of_other_languages_and_titles_above_them() -> None:
    data = b"Dub of episode 2;;\r\n;;\r\nRolle;Sprecher;Bemerkung\r\nAnna;ada;warm\r\n"
    (row,) = read_sheet(data)
    assert (row.character, dict(row.values), row.line) == ("Anna", {"voice": "ada", "note": "warm"}, 4)


@pytest.mark.parametrize(
    ("text", "state", "note"),
    [
        ("Personnage;Voix;Statut;Commentaire\nAnna;iris;Approuvé;très bien\n", "approved", "très bien"),
        ("Rolle;Stimme;Status;Anmerkung\nAnna;mara;freigegeben;wärmer\n", "approved", "wärmer"),
        ("Personaje;Voz;Estado;Notas\nAnna;mara;rechazada;no\n", "rejected", "no"),
    ],
)
def test_states_and_headings_in_the_words_of_other_languages(text: str, state: str, note: str) -> None:
    (row,) = read_sheet(text.encode())
    assert (row.values["state"], row.values["note"]) == (state, note)
    assert layout_of(text.encode()).unused == []


def test_a_column_that_is_not_used_is_named() -> None:
    assert layout_of(b"Character,Voice,Agent\nAnna,ada,Smith\n").unused == ["Agent"]


def test_a_sheet_with_voices_and_actors_means_the_voices() -> None:
    data = "Rolle;Sprecher;Stimme;Stabilität;Ähnlichkeit;Takes\nAnna;Jana M.;ada;0,4;50 %;12\n".encode()
    (row,) = read_sheet(data)
    assert row.values == {"voice": "ada", "stability": "0,4", "similarity_boost": "50 %"}
    assert layout_of(data).unused == ["Sprecher", "Takes"], "how many takes there are asks for no candidates"


def test_a_column_that_is_there_twice_and_a_line_without_a_character_are_named() -> None:
    layout = layout_of(b"voice,character,voice\nada,Anna,bea\ngeorge,,\n,,\n,,note\n")
    assert (layout.unused, layout.nameless, layout.columns) == (["voice (column 3)"], [3], {"voice": "voice", "character": "character"})


@pytest.mark.parametrize(
    "below",
    [
        'Clara,iris,\n',
        'Clara,iris,"cold"\n',  # its first quote closes the one above
        'Clara,iris,\nDora,iris,"cold"\nEva,iris,\n',
        "".join(f"Guard {n},bruno,{'x' * 50}\n" for n in range(3000)),  # more than a cell may have
    ],
)
def test_a_quote_that_is_not_closed_swallows_no_rows(below: str) -> None:
    with pytest.raises(ConfigError, match="line 3 has a quote"):
        read_sheet(f'character,voice,note\nBert,bea,\nAnna,ada,"warm\n{below}'.encode())


def test_quotes_in_which_nothing_is_lost_are_read() -> None:
    rows = read_sheet(b'character\tnote\nAnna\t"warm" voice\nBen\t5" tape\nClara\t"a ""b""\nc"\nDora\t"cold')
    assert {row.character: row.values["note"] for row in rows} == {"Anna": "warm voice", "Ben": '5" tape', "Clara": 'a "b"\nc', "Dora": "cold"}
    assert [row.character for row in read_sheet(b'character,note\nAnna,"2"" tape, "\nBen,"a\nb"')] == ["Anna", "Ben"]


@pytest.mark.parametrize(
    "heads", ["Stabilite;Etat", "stabilite\u0301;e\u0301tat", "STABILIT\u00c4T;Stand", "Stabilitaet; STATUS ", "Estabilidad;Estado", "stability;state"]
)
def test_headings_and_states_without_accents_and_in_other_forms_of_unicode(heads: str) -> None:
    data = f"Charakter;{heads}\nAnna;0,4;approuve\nBen;;approuve\u0301e\nClara;;A faire\n".encode()
    assert [row.values.get("state") for row in read_sheet(data)] == ["approved", "approved", "open"]
    assert read_sheet(data)[0].values["stability"] == "0,4"
    assert layout_of(data).unused == []


def test_a_track_number_is_no_character_where_there_are_characters() -> None:
    data = b"Track;Part;Rolle;Stimme\n1;A;Anna;ada\n2;A;Ben;bea\n"
    assert [row.character for row in read_sheet(data)] == ["Anna", "Ben"]
    assert layout_of(data).unused == ["Track", "Part"]


def test_a_doubled_column_can_be_named() -> None:
    data = b"character,voice,Voice\nAnna,ada,bea\n"
    assert read_sheet(data, {"voice": layout_of(data).unused[0]})[0].values == {"voice": "bea"}


def test_cells_without_a_heading_are_named_by_line() -> None:
    layout = layout_of(b"character,voice,note\nAnna,ada,warm, but slow\nBen,bea,,,\n,,\nClara,ada\n")
    assert layout.longer == [2]
    assert layout_of(b"character,,note,\nAnna,lost,warm\nBen,,slow,\nClara,,,too\n").longer == [2, 4]


@pytest.mark.parametrize("quotes", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_sheet_that_a_program_took_for_another_encoding_is_read(encoding: str, quotes: bool) -> None:
    name = "Sëra Große" if encoding == "cp1252" else "Sëra Große, Ángel – Ý"
    text = "".join(chr(byte) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([byte]).decode("cp1252") for byte in write_sheet([{"character": name, "voice": "ada"}]))
    if quotes:
        text = '"' + text.replace(",", '",', 1)
    (row,) = read_sheet(text.encode(encoding))
    assert (row.character, row.values["voice"]) == (name, "ada")


def test_excels_own_line_is_skipped() -> None:
    (row,) = read_sheet(b"sep=;\r\nCharacter;Voice\r\nAnna;ada\r\n")
    assert row.values == {"voice": "ada"}


def test_columns_can_be_named() -> None:
    data = b"Who,Talent A\nAnna,ada\n"
    with pytest.raises(ConfigError, match="no column of characters; there are Who, Talent A; name it with --column"):
        read_sheet(data)
    (row,) = read_sheet(data, {"character": "who", "voice": "talent a"})
    assert (row.character, row.values) == ("Anna", {"voice": "ada"})
    with pytest.raises(ConfigError, match='no column "whom"'):
        read_sheet(data, {"character": "whom"})


def test_a_character_that_is_there_twice_is_named() -> None:
    with pytest.raises(ConfigError, match='names "Anna" twice, in lines 2 and 4'):
        read_sheet(b"role,voice\nAnna,ada\nBert,bea\nAnna,bea\n")


def test_a_workbook_is_refused_with_what_to_do() -> None:
    with pytest.raises(ConfigError, match="save the sheet as CSV"):
        read_sheet(b"PK\x03\x04....")


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-x", "@SUM(A1)", "'quoted", 'a "b", c', "multi\nline", "plain"])
def test_what_is_exported_is_read_again_and_runs_no_formula(cell: str) -> None:
    data = write_sheet([{"character": "Anna", "note": cell}])
    assert data.startswith(b"\xef\xbb\xbf")
    raw = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert raw[0] == list(COLUMNS) and not raw[1][-1].startswith(("=", "+", "-", "@"))
    assert read_sheet(data)[0].values["note"] == cell


CHANGED = ["007", "1E5", "+49", "1-2", "12.5", "1.0", "2026-01-02", "3/4", "12:30", "TRUE", "falsch", "May 1", "3. März", "1 Dec 2026", "'007", "50 %"]
PLAIN = ["7", "0", "1200", "Guard 1", "Mark 2", "Dr. Weiss", "3rd guard", "R2-D2", "2B or not 2B", "Marta 12", "'tis", "May", "true love"]


@pytest.mark.parametrize("text", CHANGED)
def test_a_text_that_a_spreadsheet_would_change_is_guarded(text: str) -> None:
    data = write_sheet([{"character": text, "note": text, "stability": 0.5, "seed": 7}])
    assert f"'{text},,,0.5," in data.decode()
    (row,) = read_sheet(data)
    assert (row.character, row.values["note"]) == (text, text)


@pytest.mark.parametrize("text", PLAIN)
def test_other_names_are_exported_as_they_are(text: str) -> None:
    data = write_sheet([{"character": text}])
    assert f"\n{text}," in data.decode().replace('"', "")
    assert read_sheet(data)[0].character == text


def test_numbers_stay_numbers() -> None:
    data = write_sheet([{"character": "Anna", "stability": -0.5, "seed": 7}])
    assert b"'" not in data
    assert [setting_of(text) for text in ("0,4", "0.4", "7", "ada", "1.0", ",5", "40 %", "57,3%", "29\u00a0%")] == [0.4, 0.4, 7, "ada", 1.0, 0.5, 0.4, 0.573, 0.29]


def test_damaged_sheets_get_one_line_or_are_read() -> None:
    chosen = random.Random(1)
    for _ in range(300):
        data = bytearray(sheet(chosen.choice(",;\t"), chosen.choice(["utf-8", "utf-16", "cp1252"])))
        for _ in range(chosen.randrange(1, 8)):
            data[chosen.randrange(len(data))] = chosen.randrange(256)
        try:
            read_sheet(bytes(data))
        except ConfigError as error:
            assert "\n" not in str(error)
