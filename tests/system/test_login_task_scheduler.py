"""The task for Windows' Task Scheduler, held against Microsoft's documents."""

from __future__ import annotations

import codecs
import sys
import xml.etree.ElementTree as ET
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.login_setups import content, service, setup
from system.windows_argv import arguments
from takevoice.errors import StorageError
from takevoice.system.login import Answer, LoginService, Status, run

NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
ORDER = {
    "LogonTrigger": "Enabled StartBoundary EndBoundary Repetition ExecutionTimeLimit UserId Delay",
    "Principals": "Principal",
    "Actions": "Exec",
    "Triggers": "LogonTrigger",
}
"""Elements whose children the schema wants in this order; all others allow any order."""
CHILDREN = {
    "Task": "RegistrationInfo Triggers Settings Data Principals Actions",
    "RegistrationInfo": "URI SecurityDescriptor Source Date Author Version Description Documentation",
    "Principal": "UserId LogonType GroupId DisplayName RunLevel ProcessTokenSidType RequiredPrivileges",
    "Settings": "AllowStartOnDemand RestartOnFailure MultipleInstancesPolicy DisallowStartIfOnBatteries "
    "StopIfGoingOnBatteries AllowHardTerminate StartWhenAvailable NetworkProfileName RunOnlyIfNetworkAvailable WakeToRun "
    "Enabled Hidden DeleteExpiredTaskAfter IdleSettings NetworkSettings ExecutionTimeLimit Priority RunOnlyIfIdle "
    "UseUnifiedSchedulingEngine DisallowStartOnRemoteAppSession",
    "IdleSettings": "Duration WaitTimeout StopOnIdleEnd RestartOnIdle",
    "RestartOnFailure": "Interval Count",
    "Exec": "Command Arguments WorkingDirectory",
}
"""Elements with the children that the schema allows, each once."""


def task(login: LoginService) -> ET.Element:
    return ET.fromstring(content(login))


def exec_of(login: LoginService) -> tuple[str, str]:
    found = task(login).find(f".//{NAMESPACE}Exec")
    assert found is not None
    return found[0].text or "", found[1].text or ""


def test_the_file_is_utf_16_as_its_declaration_says() -> None:
    octets = content(service("windows"))
    assert octets.startswith(codecs.BOM_UTF16_LE)
    text = octets.decode("utf-16")
    assert text.startswith('<?xml version="1.0" encoding="UTF-16"?>\r\n')
    assert "\n" not in text.replace("\r\n", "")


def test_elements_are_those_of_the_schema_in_its_order() -> None:
    root = task(service("windows"))
    for element in root.iter():
        assert element.tag.startswith(NAMESPACE)
        names = [child.tag.removeprefix(NAMESPACE) for child in element]
        name = element.tag.removeprefix(NAMESPACE)
        allowed = (ORDER.get(name) or CHILDREN.get(name) or "").split()
        assert set(names) <= set(allowed), name
        assert len(set(names)) == len(names)
        if name in ORDER:
            assert names == [each for each in allowed if each in names]
    principal, actions = root.find(f".//{NAMESPACE}Principal"), root.find(f"{NAMESPACE}Actions")
    assert principal is not None
    assert actions is not None
    assert principal.get("id") == actions.get("Context"), "the schema's key"


def test_the_task_is_the_users_own_and_needs_no_administrator() -> None:
    users = [each.text for each in task(service("windows")).iter(f"{NAMESPACE}UserId")]
    assert users == ["STUDIO\\Jörg"] * 2


def test_the_program_has_no_console() -> None:
    command, _ = exec_of(service("windows"))
    assert command == r"C:\Users\Jörg 100% & co\venv\Scripts\pythonw.exe"


@pytest.mark.parametrize(
    "state",
    [
        "D:\\",
        "\\\\server\\my share\\",
        r"C:\Users\Jörg 100% & co\AppData\Local\takevoice",
        r"C:\日本 🎙",
        "C:\\a^b (c) 'd'",
    ],
)
def test_windows_splits_the_arguments_into_the_words_that_were_meant(state: str) -> None:
    login = service("windows", state=PureWindowsPath(state))
    assert arguments(exec_of(login)[1]) == [*setup("windows").arguments[:-1], state]


@given(st.text(st.sampled_from('ab \\"\t'), min_size=1, max_size=12))
def test_any_word_is_one_argument(word: str) -> None:
    login = service("windows", state=Path(word))
    assert arguments(exec_of(login)[1]) == [*setup("windows").arguments[:-1], str(Path(word))]


@pytest.mark.parametrize(
    "line, words",
    [
        ('"abc" d e', ["abc", "d", "e"]),
        (r'a\\b d"e f"g h', [r"a\\b", "de fg", "h"]),
        (r"a\\\"b c d", [r"a\"b", "c", "d"]),
        (r'a\\\\"b c" d e', [r"a\\b c", "d", "e"]),
    ],
)
def test_the_splitter_knows_microsofts_own_examples(line: str, words: list[str]) -> None:
    assert arguments(line) == words


@pytest.mark.parametrize("path", [r"C:\%USERNAME%\x", r"C:\a%b%c", r"C:\$(Arg0)"])
def test_a_path_that_task_scheduler_would_change_is_refused(path: str) -> None:
    with pytest.raises(StorageError, match="Task Scheduler takes"):
        service("windows", state=PureWindowsPath(path)).files()
    with pytest.raises(StorageError, match="Task Scheduler takes"):
        service("windows", python=rf"{path}\python.exe").files()


def test_a_single_percent_sign_is_no_variable() -> None:
    assert "100%" in exec_of(service("windows", state=PureWindowsPath(r"C:\100% & co\50%")))[1]


def test_a_path_that_is_no_text_is_refused() -> None:
    with pytest.raises(StorageError, match="no valid text"):
        service("windows", state=PureWindowsPath("C:\\\ud800")).files()


def test_only_a_python_of_the_store_gets_a_warning(tmp_path: Path) -> None:
    assert service("windows").steps([]) == ()
    base = r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12_3.12.10.0_x64__qbz5n2kfra8p0"
    (tmp_path / "private").mkdir()
    (tmp_path / "asked").symlink_to(tmp_path / "private")
    store = service("windows", tmp_path / "asked", base=base)
    assert "Microsoft Store" in store.steps([])[0]
    create = next(call.argv for call in store.install() if "/Create" in call.argv)
    assert str(tmp_path / "private" / "takevoice.xml") in create, "schtasks sees only the real place"


@pytest.mark.parametrize("code, status", [(0, Status(True)), (1, Status(False))])
def test_only_the_exit_code_of_schtasks_counts(code: int, status: Status) -> None:
    assert service("windows").status(lambda _: Answer(code, "Wird ausgeführt")) == status
    assert service("windows").status(lambda _: Answer(127)) == Status(None, problem="there is no schtasks")


@pytest.mark.process
def test_a_program_of_the_system_gives_an_answer(tmp_path: Path) -> None:
    assert run([sys.executable, "-c", "print('told'); raise SystemExit(3)"]) == Answer(3, "told\n")
    assert run([str(tmp_path / "schtasks")]).code == 127, "one that is missing, too"
