"""The dialogs of settings and preferences, as a person fills them in."""

from __future__ import annotations

from integrations.reaper.studio import Studio

Fields = dict[str, str]


class Person:
    """Fills in a dialog, one answer each time that it comes up; `shown` is what was in it."""

    def __init__(self, studio: Studio, *answers: Fields | None) -> None:
        """An answer has what is typed by the beginning of a caption; None cancels."""
        self.shown: list[Fields] = []
        self._answers = list(answers)
        studio.reaper.typed = self._type

    def _type(self, captions: list[str], values: list[str]) -> list[str] | None:
        self.shown.append(dict(zip(captions, values, strict=True)))
        answer = self._answers.pop(0)
        if answer is None:
            return None
        return [
            next((text for begin, text in answer.items() if caption.startswith(begin)), value)
            for caption, value in zip(captions, values, strict=True)
        ]


def stored(studio: Studio) -> list[str]:
    return [track.strings.get("P_EXT:takevoice", "") for track in studio.project.tracks]


def messages(studio: Studio) -> list[str]:
    return [box for box in studio.reaper.boxes if box.kind == "message"]


def two_tracks(studio: Studio) -> None:
    bob = studio.project.track("Bob")
    studio.track.selected = bob.selected = True
    studio.track.strings["P_EXT:takevoice"] = "seed=7&voice=bea"
    bob.strings["P_EXT:takevoice"] = "seed=7&voice=ada"
    studio.project.edited("prepare")


def test_tracks_keep_what_was_not_changed(studio: Studio) -> None:
    two_tracks(studio)
    person = Person(studio, {"Stability": "0,4"})
    studio.press("track_settings")
    (shown,) = person.shown
    assert (shown["Voice (name or id)"], shown["Seed"], shown["Model"]) == ("(several)", "7", "")
    assert stored(studio) == ["seed=7&stability=0.4&voice=bea", "seed=7&stability=0.4&voice=ada"]
    assert studio.steps == ["prepare", "takevoice: settings of 2 tracks"]
    studio.project.ctrl_z()
    assert stored(studio) == ["seed=7&voice=bea", "seed=7&voice=ada"]


def test_wrong_values_are_named_with_their_fields_and_nothing_else_that_was_typed_is_lost(studio: Studio) -> None:
    two_tracks(studio)
    person = Person(studio, {"Stability": "1.4", "Seed": "-1", "Style": "0.2"}, {"Stability": "0.4", "Seed": ""})
    studio.press("track_settings")
    (box,) = messages(studio)
    assert "Stability (0 to 1) must be a number from 0 to 1, not 1.4." in box
    assert "Seed must be a whole number from 0 to 4294967295, not -1." in box
    assert {"(several)", "1.4", "-1", "0.2"} <= set(person.shown[1].values())
    assert stored(studio) == ["stability=0.4&style=0.2&voice=bea", "stability=0.4&style=0.2&voice=ada"]


def test_a_dialog_that_is_cancelled_changes_nothing(studio: Studio) -> None:
    two_tracks(studio)
    Person(studio, {"Stability": "none", "Seed": "9"}, None)
    studio.press("track_settings")
    assert stored(studio) == ["seed=7&voice=bea", "seed=7&voice=ada"]
    assert studio.steps == ["prepare"]


def test_settings_of_an_item_go_before_those_of_its_track(studio: Studio) -> None:
    studio.track.strings["P_EXT:takevoice"] = "stability=0.4&voice=bea"
    item = studio.place()
    Person(studio, {"Voice": "ada", "Seed": "5"})
    studio.press("item_settings")
    studio.press()
    studio.finish()
    (request,) = studio.office.conversions
    assert request["settings"] == {"voice": "ada", "stability": "0.4", "seed": "5"}
    assert request["track"] == "Anna"
    copy = studio.project.duplicate(studio.project.now(item), 10.0)
    assert copy.extension["P_EXT:takevoice"] == "seed=5&voice=ada"


def test_items_are_cast_in_the_window_too(studio: Studio) -> None:
    studio.place()
    studio.press("window")
    studio.work(0.2)
    studio.reaper.click("Casting")
    studio.reaper.menu = lambda _fields: "Selected items"
    studio.until(lambda: "Cast: Selected tracks" in str(studio.reaper.texts))
    studio.reaper.click("Cast:")
    studio.until(lambda: "Voice:" in str(studio.reaper.texts) and not studio.office.under_way)
    studio.work(0.4)
    studio.reaper.menu = lambda _fields: "bea"
    studio.reaper.click("Voice:")
    studio.work(0.1)
    assert studio.items[0].extension["P_EXT:takevoice"] == "voice=bea"
    assert stored(studio) == [""]


def test_nothing_selected_is_told(studio: Studio) -> None:
    studio.press("track_settings")
    studio.press("item_settings")
    assert studio.reaper.boxes == ["Select one or more tracks first.", "Select one or more items first."]
    assert studio.steps == []


def test_preferences_apply_to_the_next_key_press_and_leave_no_undo_step(studio: Studio) -> None:
    studio.place()
    person = Person(studio, {"Takes": "12", "Colour": "green"}, {"Takes": "2", "Colour": "ff8000", "Handles": "0,25"})
    studio.press("preferences")
    assert person.shown[0]["Colour of new takes (RRGGBB or none)"] == "26A69A"
    (box,) = messages(studio)
    assert "Takes for each item (1 to 9) must be a whole number from 1 to 9, not 12." in box
    assert "must be six hexadecimal digits, such as 26A69A, or none, not green." in box
    assert studio.steps == []
    studio.press()
    studio.finish()
    takes = studio.items[0].takes
    assert [request["cut"]["handle"] for request in studio.office.conversions] == [0.25, 0.25]
    assert [take.values["I_CUSTOMCOLOR"] for take in takes[1:]] == [0x1FF8000] * 2
    Person(studio, {"Colour": "none", "Takes": "1"})
    studio.press("preferences")
    studio.press()
    studio.finish()
    assert studio.items[0].takes[-1].values["I_CUSTOMCOLOR"] == takes[0].values["I_CUSTOMCOLOR"]


def test_converted_takes_are_coloured(studio: Studio) -> None:
    studio.place()
    studio.press()
    studio.finish()
    assert studio.items[0].takes[1].values["I_CUSTOMCOLOR"] == 0x126A69A
