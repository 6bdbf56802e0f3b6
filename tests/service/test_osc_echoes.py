"""Controllers that send back what they are sent: the others keep moving their faders as they like, and all of them come to rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from osc.raw import Raw, message, raw, read
from service.osc_place import Place
from support import wait_for
from takevoice.osc.peers import UdpPeer
from takevoice.service.osc.echoes import IN_A_ROW, WINDOW, Echoes

STABILITY = "/takevoice/track/Anna/stability"
PAUSED = "/takevoice/paused"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes back late on a busy machine has come back all the same."""
    monkeypatch.setattr("takevoice.service.osc.echoes.WINDOW", 60.0)


class Echoing:
    """A controller that sends back each value that it is sent, from its own port or from another one."""

    def __init__(self, place: Place, receiving: Raw, sending: Raw) -> None:
        self._place, self._receiving, self._sending = place, receiving, sending
        self.returned = 0
        self.last: tuple[object, ...] = ()
        self._thread = threading.Thread(target=self._run, daemon=True)
        receiving.socket.settimeout(0.2)
        self.stopping = False
        self._thread.start()

    def stop(self) -> None:
        self.stopping = True
        self._thread.join(10)

    def _run(self) -> None:
        while not self.stopping:
            try:
                packet = self._receiving.socket.recv(65_535)
            except TimeoutError:
                continue
            if read(packet)[0] in (STABILITY, PAUSED):
                self.last = read(packet)
                self.returned += 1
                self._sending.send(packet)


@contextmanager
def echoing(place: Place, *, own_port: bool) -> Iterator[Echoing]:
    with raw(place.port) as receiving, raw(place.port) as sending:
        receiving.send(message("/takevoice/subscribe", "s", "echo"))
        receiving.until(PAUSED)
        made = Echoing(place, receiving, receiving if own_port else sending)
        try:
            yield made
        finally:
            made.stop()


def rests(made: Echoing) -> bool:
    """Whether nothing has come back for a moment."""
    before = made.returned
    time.sleep(0.3)
    return made.returned == before


def asked(place: Place, address: str) -> tuple[object, ...]:
    with raw(place.port) as another:
        return another.ask(address)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("own_port", [True, False])
def test_a_fader_that_another_controller_sends_back_stays_where_it_was_put(place: Place, udp: Raw, *, own_port: bool) -> None:
    with echoing(place, own_port=own_port) as other:
        udp.send(message("/takevoice/subscribe", "s", "mine"))
        udp.until(PAUSED)
        for step in range(1, 301):
            udp.send(message(STABILITY, "f", (step % 100) / 100 + 0.001))
            time.sleep(0.002)
        udp.send(message(STABILITY, "f", 0.75))
        wait_for(lambda: other.last == (STABILITY, 0.75), 20)
        wait_for(lambda: rests(other), 20)
        assert other.returned < 1000
        assert asked(place, STABILITY) == (STABILITY, 0.75)


@pytest.mark.usefixtures("patient")
def test_a_pause_that_another_controller_sends_back_ends_when_it_is_ended(place: Place, udp: Raw) -> None:
    with echoing(place, own_port=True) as other:
        for step in range(51):
            udp.send(message(PAUSED, "i", step % 2))
        wait_for(lambda: rests(other), 20)
        assert asked(place, PAUSED) == (PAUSED, 0)


@pytest.mark.usefixtures("patient")
def test_a_value_that_comes_back_late_does_not_undo_the_next(place: Place, udp: Raw) -> None:
    with raw(place.port) as other:
        other.send(message("/takevoice/subscribe", "s", "id"))
        other.until(PAUSED)
        for value in (0.1, 0.2):
            assert udp.ask(STABILITY, "f", value) == (STABILITY, value)
            assert other.receive() == (STABILITY, value)
        assert other.ask(STABILITY, "f", 0.1) == (STABILITY, 0.2)  # moves the controller to where the fader is
        other.send(message(STABILITY, "f", 0.2))
        assert other.ask("/takevoice/ping") == ("/takevoice/ok", "")
        assert udp.ask(STABILITY) == (STABILITY, 0.2)
        assert other.ask(STABILITY, "f", 0.1) == (STABILITY, 0.1)  # this time it is a person


def test_two_people_move_one_fader(place: Place, udp: Raw) -> None:
    """The same values, one after the other: each is set."""
    with raw(place.port) as other:
        for each in (udp, other):
            each.send(message("/takevoice/subscribe", "s", "id"))
            each.until(PAUSED)
        for value in (0.2, 0.4, 0.2, 0.4, 0.2):
            assert udp.ask(STABILITY, "f", value) == (STABILITY, value)
            assert other.receive() == (STABILITY, value)
        assert other.ask(STABILITY, "f", 0.3) == (STABILITY, 0.3)
        assert udp.receive() == (STABILITY, 0.3)
        assert udp.ask(STABILITY, "f", 0.2) == (STABILITY, 0.2)


def test_a_value_comes_back_once_from_a_subscriber_and_soon() -> None:
    echoes, me, it = Echoes(), peer(1), peer(2)
    echoes.sent(STABILITY, 0.1, me, {it}, now=0)
    assert not echoes.is_echo(STABILITY, 0.1, me, now=0)
    assert not echoes.is_echo(STABILITY, 0.2, it, now=0)
    assert echoes.is_echo(STABILITY, 0.10000000149, it, now=0)  # a float has 32 bits in OSC
    assert not echoes.is_echo(STABILITY, 0.1, it, now=0)
    echoes.sent(STABILITY, 1, me, {it}, now=0)
    assert not echoes.is_echo(STABILITY, 1, it, now=WINDOW + 0.1)


def test_another_port_of_its_machine_is_recognised_by_some_in_a_row() -> None:
    echoes, me, it = Echoes(), peer(1), peer(2)
    for number in range(10):
        echoes.sent(STABILITY, number, me, {it}, now=0)
    back = [echoes.is_echo(STABILITY, number, peer(3), now=0) for number in range(10)]
    assert back == [False] * IN_A_ROW + [True] * (10 - IN_A_ROW)
    assert not echoes.is_echo(STABILITY, 0.5, peer(3), now=0)
    assert not echoes.is_echo(STABILITY, 9, peer(3), now=0)
    assert not any(echoes.is_echo(STABILITY, number, peer(number + 10), now=0) for number in range(10))  # a port of its own each time


def peer(port: int) -> UdpPeer:
    return UdpPeer(None, ("127.0.0.1", port))  # type: ignore[arg-type]
