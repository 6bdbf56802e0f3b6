from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles import examples
from takevoice.settings import NameFields, TrackSettings, original_name, output_names, track_from_name
from takevoice.settings.naming import check_template, safe
from takevoice.settings.track_match import check_pattern, matching_glob, take_from_name


@pytest.mark.parametrize(
    ("stem", "pattern", "track"),
    [
        ("Lead Vox_03", "{track}_{take}", "Lead Vox"),
        ("Lead_Vox_03", "{track}_{take}", "Lead_Vox"),
        ("session_Lead_Vox", "{timespan}_{track}", "Lead_Vox"),
        ("01-Anna-take2", "{number}-{track}-{take}", "Anna"),
        ("no separator", "{track}_{take}", "no separator"),
        ("anything", None, "anything"),
        ("Zoe\u0308_1", "{track}_{take}", "Zoë"),
        ("two\nlines_1", "{track}_{take}", "two\nlines"),
        ("Anna _03", "{track}_{take}", "Anna"),
        ("03 - Anna\u00a0", "{take} -{track}", "Anna"),
        (" Anna ", None, "Anna"),
        (" _03", "{track}_{take}", " "),
    ],
)
def test_the_file_name_tells_the_track(stem: str, pattern: str | None, track: str) -> None:
    assert track_from_name(stem, pattern) == track


@pytest.mark.parametrize("pattern", ["{take}", "{track}{track}", "{track}_{", "track"])
def test_useless_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"must contain|has a"):
        check_pattern(pattern)


def test_the_most_specific_glob_is_the_one_with_most_letters() -> None:
    assert matching_glob("Vox Lead", ["*", "Vox*", "Vox L*", "V?x Lead"]) == "V?x Lead"
    assert matching_glob("Drums", ["Vox*"]) is None


@pytest.mark.parametrize(
    "template", ["{voice}", "x/{stem}.{voice}", "{stem}.{speaker}", "{stem}{", "{track}_{seed}"]
)
def test_templates_that_cannot_name_a_result_are_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"must|has"):
        check_template(template)


def test_taken_names_get_numbers() -> None:
    names = list(islice(output_names("{stem}.{voice}", NameFields("take", "ada", "t", ".wav")), 3))
    assert names == ["take.ada.wav", "take.ada.2.wav", "take.ada.3.wav"]


@examples(100)
@given(
    st.text(min_size=1, max_size=300).filter(lambda s: "/" not in s and "\0" not in s),
    st.text(min_size=1, max_size=40),
)
def test_names_fit_every_file_system(stem: str, voice: str) -> None:
    for name in islice(output_names("{stem}.{voice}", NameFields(stem, voice, "track", ".wav")), 12):
        assert len(name.encode("utf-8", "surrogatepass")) <= 255
        assert name.endswith(".wav")


@examples(100)
@given(st.text(min_size=1))
def test_voices_and_tracks_are_safe_in_names(text: str) -> None:
    assert not set(safe(text)) & set('<>:"/\\|?*\0\n')
    assert safe(text).strip(". ")


@pytest.mark.parametrize(
    ("name", "template", "ours"),
    [
        ("take.ada.wav", "{stem}.{voice}", True),
        ("take.ada.2.wav", "{stem}.{voice}", True),
        ("take.anna.wav", "{stem}.{voice}", False),  # no voice of ours
        ("take.ada.flac", "{stem}.{voice}", False),
        ("take_converted.wav", "{stem}_converted", True),
        ("take.wav", "{stem}.{voice}", False),
        ("ada-take-Lead Vox.3.wav", "{voice}-{stem}-{track}", True),
    ],
)
def test_a_result_tells_the_name_of_its_original(name: str, template: str, ours: bool) -> None:
    assert (original_name(name, template, ["ada", "george"]) == "take.wav") is ours


@pytest.mark.parametrize("template", ["{stem}", "{stem}. ", "{stem} {track}"])
def test_a_name_like_that_of_the_original_needs_a_folder_of_its_own(template: str) -> None:
    with pytest.raises(ValueError, match="must differ from the original's name"):
        TrackSettings(output_name=template)
    assert TrackSettings(output_folder="converted", output_name=template).output_name == template


@pytest.mark.parametrize("folder", ["{stem}", "a|b", "con{", "{folder}/x?", "a:b"])
def test_folders_that_not_every_system_can_make_are_refused(folder: str) -> None:
    with pytest.raises(ValueError, match="output_folder"):
        TrackSettings(output_folder=folder)


def test_names_can_hold_take_seed_date_and_a_number() -> None:
    fields = NameFields("Anna_03", "ada", "Anna", ".wav", take="03", seed=7, date="2026-11-26")
    names = islice(output_names("{track}-T{take}-s{seed}-{date}-v{n}", fields), 3)
    assert list(names) == [f"Anna-T03-s7-2026-11-26-v{n}.wav" for n in (1, 2, 3)]
    plain = NameFields("take", "ada", "take", ".wav", date="2026-11-26")
    assert next(output_names("{take} {seed}", plain)) == "take any.wav"
    assert original_name("Anna_03.ada.s7.2026-11-26.4.wav", "{stem}.{voice}.s{seed}.{date}.{n}", ["ada"]) == "Anna_03.wav"


def test_the_pattern_of_a_folder_finds_the_take_too() -> None:
    assert take_from_name("Lead_Vox_03", "{track}_{take}") == "03"
    assert take_from_name("Lead", "{track}_{take}") == take_from_name("Lead_03", None) == take_from_name("a_b", "{track}_{x}") == ""
