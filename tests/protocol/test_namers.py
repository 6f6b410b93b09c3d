"""Who named what lately, and whose names are not believed for a while."""

import pytest

from peerset.core.clock import DAY_SECONDS, Monotonic
from peerset.core.limits import (
    DISBELIEF_SECONDS_MAX,
    DISBELIEF_SECONDS_MIN,
    DISBELIEVED_KEYS_MAX,
    NAMES_FRESH_SECONDS,
)
from peerset.core.signal import PeerId
from peerset.protocol import namers as namers_module
from peerset.protocol.lightness import Entry
from peerset.protocol.namers import Namer, Namers
from tests.protocol.pair import START, key

ONE = Namer(PeerId("0000one"), key(1).public_key)
OTHER = Namer(PeerId("0000other"), key(2).public_key)


def entry(number: int) -> Entry:
    return START, number.to_bytes(32, "big")


def named(namer: Namer, *numbers: int, namers: Namers | None = None, at: float = 0.0) -> Namers:
    namers = Namers() if namers is None else namers
    namers.named(namer, [entry(number)[1] for number in numbers], Monotonic(at))
    return namers


def lie(namers: Namers, number: int, at: float) -> None:
    """Name what nobody can show."""
    named(ONE, number, namers=namers, at=at)
    namers.disbelieve([entry(number)], [], Monotonic(at))


def seconds_of_disbelief(namers: Namers, at: float) -> float:
    step, seconds = 60.0, 0.0
    while not namers.is_believed(ONE, Monotonic(at + seconds)):
        seconds += step
    return seconds


def test_who_named_what_nobody_can_show_is_not_believed_for_a_while() -> None:
    namers = named(OTHER, 4, 5, namers=named(ONE, 1, 2, 3))
    assert namers.peer_of(entry(2)[1]) == ONE.peer
    assert namers.peer_of(entry(5)[1]) == OTHER.peer
    assert namers.peer_of(entry(6)[1]) is None
    assert namers.disbelieve([entry(2)], [entry(1), entry(4), entry(6)], Monotonic(9.0)) == [entry(1)]
    assert not namers.is_believed(ONE, Monotonic(9.0))
    assert namers.is_believed(OTHER, Monotonic(9.0))
    assert namers.is_believed(ONE, Monotonic(9.0 + DISBELIEF_SECONDS_MIN))


def test_each_further_time_it_is_twice_as_long() -> None:
    namers, at, waited = Namers(), 0.0, []
    for number in range(14):
        lie(namers, number, at)
        waited.append(seconds_of_disbelief(namers, at))
        at += waited[-1]
    assert waited[:4] == [120.0, 240.0, 480.0, 960.0]
    assert waited[-1] == DISBELIEF_SECONDS_MAX


def test_each_day_of_belief_halves_it_again() -> None:
    namers = Namers()
    for number, at in enumerate((0.0, 200.0, 600.0)):
        lie(namers, number, at)
    later = 600.0 + 480.0 + 2 * DAY_SECONDS
    lie(namers, 9, later)
    assert seconds_of_disbelief(namers, later) == 240.0
    lie(namers, 10, later + 10_000 * DAY_SECONDS)
    assert seconds_of_disbelief(namers, later + 10_000 * DAY_SECONDS) == DISBELIEF_SECONDS_MIN


def test_what_was_named_before_costs_once() -> None:
    namers = named(ONE, 1, 2)
    namers.disbelieve([entry(1)], [], Monotonic(1.0))
    namers.disbelieve([entry(2)], [], Monotonic(100.0))
    assert namers.is_believed(ONE, Monotonic(1.0 + DISBELIEF_SECONDS_MIN))


def test_what_was_named_long_ago_costs_nobody_anything() -> None:
    namers = named(ONE, 1)
    named(ONE, 2, namers=namers, at=NAMES_FRESH_SECONDS)
    assert namers.peer_of(entry(1)[1]) == ONE.peer
    named(ONE, 3, namers=namers, at=2 * NAMES_FRESH_SECONDS)
    assert namers.peer_of(entry(1)[1]) is None
    assert namers.disbelieve([entry(1)], [entry(2)], Monotonic(2 * NAMES_FRESH_SECONDS)) == []
    assert namers.disbelieve([entry(3)], [entry(2)], Monotonic(10 * NAMES_FRESH_SECONDS)) == []
    assert namers.is_believed(ONE, Monotonic(10 * NAMES_FRESH_SECONDS))


def test_parts_of_two_names_are_no_name() -> None:
    namers = named(ONE, 1, 2)
    across = (entry(1)[1] + entry(2)[1])[8:40]
    assert namers.peer_of(across) is None
    named(ONE, int.from_bytes(across, "big"), namers=namers)
    assert namers.peer_of(across) == ONE.peer


def test_those_not_believed_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namers_module, "DISBELIEVED_KEYS_MAX", 2)
    many = [Namer(PeerId(f"{number}"), key(number).public_key) for number in (1, 2, 3)]
    namers = Namers()
    for number, namer in enumerate(many):
        named(namer, number, namers=namers)
        namers.disbelieve([entry(number)], [], Monotonic(0.0))
    assert [namers.is_believed(namer, Monotonic(0.0)) for namer in many] == [True, False, False]
    assert DISBELIEVED_KEYS_MAX > 2
