"""What stations say that they have paid: together what the account has billed, and what the house's own ledger has."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from plugins.house.conftest import line
from plugins.house.houses import RunningHouse, running_house
from plugins.house.paid_account import PaidAccount
from plugins.house.test_stations import own_environment, station  # noqa: F401 - the fixture
from support import make_take, wait_for
from takevoice_plugins.house.options import HouseOptions

TAKES = 20


class Editor:
    """A person with a station, and takes of their own that are the same as the others'."""

    def __init__(self, home: Path, house: RunningHouse, name: str, *, takes: int = TAKES) -> None:
        self.key = house.keys.add(name)
        self.command = station(home / name, self.key)
        self.command("join", house.url, self.key, TAKEVOICE_HOUSE_KEY=self.key)
        self.folder = home / name / "takes"
        self.folder.mkdir()
        for number in range(takes):  # none costs a whole number of credits
            make_take(self.folder / f"line{number}.wav", 0.5 + number % 10 * 0.13, seed=number)

    def start(self) -> subprocess.Popen[bytes]:
        """Begin to convert them."""
        env = {**os.environ, **self.command.env, "TAKEVOICE_HOUSE_KEY": self.key}
        with (self.command.home / "station.log").open("ab") as log:
            words = [*self.command.command, "run", "--once", "--existing", self.folder]
            return subprocess.Popen(words, stdout=log, stderr=log, env=env)

    def says(self, *words: object) -> str:
        """What a command prints."""
        check = None if "status" in words else 0  # it says by its exit code that nothing is running
        return self.command(*words, check=check, TAKEVOICE_HOUSE_KEY=self.key).stdout

    @property
    def costs(self) -> tuple[float, float, int]:
        """The credits that were paid, those that were saved, and the number of requests."""
        rows = json.loads(self.says("costs", "--json"))
        return sum(row["credits"] for row in rows), sum(row["saved"] for row in rows), sum(row["requests"] for row in rows)


@pytest.mark.process
def test_stations_have_paid_together_what_was_billed(tmp_path: Path, account: PaidAccount) -> None:
    """The same 20 takes at two stations at once, one of which is killed meanwhile, and answers are lost on their way."""
    account.seconds, account.cut = (0.2, 0.4), 2
    with running_house(tmp_path / "house", account) as house:
        anna, bob = Editor(tmp_path, house, "anna"), Editor(tmp_path, house, "bob")
        processes = [anna.start(), bob.start()]
        try:
            wait_for(lambda: len(account.history) >= 5)
            processes[0].kill()
            processes[0].wait()
            processes[0] = anna.start()
            for each in processes:
                assert each.wait(120) == 0
        finally:
            for each in processes:
                each.kill()
                each.wait()
        billed = sum(each.credits for each in account.history)
        assert len(account.history) == TAKES
        assert house.overview.costs("person")[0]["credits"] > 0
        assert sum(row["credits"] for row in house.overview.costs("person")) == billed
        paid, saved, requests = zip(anna.costs, bob.costs, strict=True)
        assert sum(paid) == billed
        assert sum(requests) == 2 * TAKES
        assert [mine + others for mine, others in zip(paid, saved, strict=True)] == [billed, billed]  # nobody paid for a line twice
        assert sum(saved) == billed
        for editor, mine, others in zip((anna, bob), paid, saved, strict=True):
            if others:  # on a busy machine, one may have had all of its answers before the other began
                _says_it_everywhere(editor, mine, others)


def _says_it_everywhere(editor: Editor, paid: float, saved: float) -> None:
    assert f"today: {paid:,.0f} credits, {saved:,.0f} more saved by the house" in editor.says("status")
    text = editor.says("costs", "--by", "voice")
    assert f"{saved:,.0f} credits more were not paid: the house had these answers already" in text
    (row,) = csv.DictReader(io.StringIO(editor.says("costs", "--by", "voice", "--csv")))
    assert (float(row["credits"]), float(row["credits_saved"])) == (paid, saved)
    money = json.loads(editor.says("status", "--json"))["money"]
    assert (money["spent"], money["saved"]) == (paid, saved)


@pytest.mark.service
def test_a_kept_answer_counts_for_no_limit_of_a_station(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path / "house", account) as house:
        anna, bob = Editor(tmp_path, house, "anna", takes=3), Editor(tmp_path, house, "bob", takes=3)
        anna.says("convert", *sorted(anna.folder.glob("line*.wav")))
        config = bob.command.config_dir / "takevoice.toml"
        config.write_text(config.read_text("utf-8").replace("[money]", "[money]\nper_day = 22"), "utf-8")  # one of them costs 13
        new = make_take(bob.folder / "new.wav", 1.2, seed=99)
        assert "that is the most: takes whose answers the house has cost nothing" in bob.says("quote", bob.folder)
        for number in range(3):
            bob.says("convert", bob.folder / f"line{number}.wav")
        bob.says("convert", new)
        assert set(bob.command.states().values()) == {"done"}
        assert bob.costs[0] == account.history[-1].credits


@pytest.mark.service
def test_voices_of_the_house_itself_are_counted_as_free(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path / "house", account, HouseOptions(free=("local",))) as house:
        for name in ("anna", "bob"):
            editor = Editor(tmp_path, house, name, takes=1)
            editor.says("convert", editor.folder / "line0.wav", "--voice", "george (local)")
            assert editor.costs == (0, 0, 1)
    assert account.history == []


@pytest.mark.service
def test_free_voices_of_a_house_are_free_in_quotes_and_limits(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path / "house", account, HouseOptions(free=("local",))) as house:
        voices = httpx.get(f"{house.url}/v2/voices", headers={"xi-api-key": house.keys.add("bob")}).json()["voices"]
        assert [each["name"] for each in voices if each.get("takevoice_free")] == [each["name"] for each in voices if "(local)" in each["name"]]
        anna = Editor(tmp_path, house, "anna", takes=3)
        config = anna.command.config_dir / "takevoice.toml"
        config.write_text(config.read_text("utf-8").replace("[money]", "[tracks.line1]\nvoice = 'george (local)'\n[money]\nper_day = 1"), "utf-8")
        quote = json.loads(anna.says("quote", anna.folder, "--json", "--list"))
        assert [row["credits"] for row in quote["takes"]] == [9, 0, 13]
        assert quote["credits"] == 21
        assert "free" in anna.says("explain", anna.folder / "line1.wav")
        anna.says("convert", anna.folder / "line1.wav")
        anna.command("convert", anna.folder / "line2.wav", check=None, TAKEVOICE_HOUSE_KEY=anna.key)
        assert anna.command.states() == {"line1.wav": "done", "line2.wav": "held"}
        assert anna.costs == (0, 0, 1)
    assert account.history == []


@pytest.mark.service
def test_all_voices_of_a_house_that_pays_nothing_are_free(tmp_path: Path) -> None:
    with running_house(tmp_path / "house") as house:
        voices = httpx.get(f"{house.url}/v1/voices", headers={"xi-api-key": house.keys.add("bob")}).json()["voices"]
        assert all(each["takevoice_free"] is True for each in voices)
        anna = Editor(tmp_path, house, "anna", takes=2)
        assert json.loads(anna.says("quote", anna.folder, "--json"))["credits"] == 0
        assert "that is the most" not in anna.says("quote", anna.folder)


@pytest.mark.service
def test_a_request_that_is_sent_again_is_told_the_same_bill(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path / "house", account) as house:
        anna, bob = house.keys.add("anna"), house.keys.add("bob")
        audio = line(1, 1.3)

        def told(key: str, **headers: str) -> tuple[str, str, str]:
            answer = house.convert(key, audio, headers={name.replace("_", "-"): value for name, value in headers.items()})
            return answer.headers["takevoice-answer"], answer.headers["character-cost"], answer.headers["takevoice-saved"]

        assert told(anna, takevoice_request="job 1") == ("made", "21", "0")
        assert told(anna, takevoice_request="job 1") == ("kept", "21", "0")  # its answer was lost on the way
        assert told(anna, takevoice_request="job 2") == ("kept", "0", "21")
        assert told(bob, takevoice_request="job 1") == ("kept", "0", "21")
        assert told(bob) == ("kept", "0", "21")


@pytest.mark.service
@pytest.mark.parametrize("another", [False, True])
def test_what_was_held_and_released_is_the_same_request(tmp_path: Path, account: PaidAccount, another: bool) -> None:
    """First the house's owner releases it, then the station; `another`: it was to be another answer than the one that is there."""
    with running_house(tmp_path / "house", account) as house:
        anna = Editor(tmp_path, house, "anna", takes=1)
        take, key = anna.folder / "line0.wav", {"TAKEVOICE_HOUSE_KEY": anna.key}
        if another:
            anna.says("convert", take)
        anna.command.config((anna.command.config_dir / "takevoice.toml").read_text("utf-8") + "\n[tracks.'*']\nenable_logging = false\n")
        account.cut = 1
        if another:
            anna.command("retry", 1, check=None, **key)
            anna.command("run", "--once", anna.folder, check=None, **key)
        else:
            anna.command("convert", take, check=None, **key)
        [held] = house.overview.queue()
        assert held["state"] == "held"
        [job] = [job for job in anna.command.jobs() if job["state"] == "held"]
        house.overview.decide(held["id"], "release")
        wait_for(lambda: not house.overview.queue())
        billed = len(account.history)
        anna.command("release", job["id"], check=None, **key)
        anna.command("run", "--once", anna.folder, check=None, **key)
        assert set(anna.command.states().values()) == {"done"}
        assert len(account.history) == billed == 2 + another, "the answer that the owner had made is used"
        total = sum(each.credits for each in account.history)
        assert sum(row["credits"] for row in house.overview.costs("person")) == pytest.approx(total, abs=1)
        assert anna.costs[0] == pytest.approx(total, abs=1)


@pytest.mark.service
def test_what_the_owner_drops_fails_at_the_station_and_is_not_paid_again(tmp_path: Path, account: PaidAccount) -> None:
    with running_house(tmp_path / "house", account) as house:
        anna = Editor(tmp_path, house, "anna", takes=1)
        key = {"TAKEVOICE_HOUSE_KEY": anna.key}
        anna.command.config((anna.command.config_dir / "takevoice.toml").read_text("utf-8") + "\n[tracks.'*']\nenable_logging = false\n")
        account.cut = 1
        anna.command("convert", anna.folder / "line0.wav", check=None, **key)
        [held] = house.overview.queue()
        house.overview.decide(held["id"], "drop")
        wait_for(lambda: not house.overview.queue())
        [job] = anna.command.jobs()
        assert job["state"] == "held"
        anna.command("release", job["id"], check=None, **key)
        anna.command("run", "--once", anna.folder, check=None, **key)
        [job] = anna.command.jobs()
        assert job["state"] == "failed"
        assert "has dropped this request" in job["error"]["text"]
        assert len(account.history) == 1


@pytest.mark.process
def test_two_stations_in_one_folder_pay_once_and_make_one_result_of_each_take(tmp_path: Path, account: PaidAccount) -> None:
    account.seconds = (0.1, 0.3)
    with running_house(tmp_path / "house", account) as house:
        anna, bob = Editor(tmp_path, house, "anna", takes=6), Editor(tmp_path, house, "bob", takes=0)
        bob.folder = anna.folder
        processes = [anna.start(), bob.start()]
        try:
            for each in processes:
                assert each.wait(120) == 0
        finally:
            for each in processes:
                each.kill()
                each.wait()
        assert sorted(path.name for path in anna.folder.glob("*.wav") if ".ada" in path.name) == [f"line{n}.ada.wav" for n in range(6)]
        assert len(account.history) == 6
        assert anna.costs[0] + bob.costs[0] == sum(each.credits for each in account.history)
