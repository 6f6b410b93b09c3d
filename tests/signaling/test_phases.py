"""Names, places and borders of epochs."""

import hashlib
import json
import random
import runpy
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from peerset.core.limits import PHASE_BORDER_SECONDS, PHASE_JITTER_SECONDS
from peerset.core.signal import RoomName
from peerset.signaling.aliases import Aliases
from peerset.signaling.phases import Epochs, PhasedName

HOUR = 3_600
NAME = PhasedName(RoomName("app", "lobby"), "", 6 * HOUR)
PLACES = ["wss://a.example", "wss://b.example", "wss://c.example"]

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "phases.json"


def test_the_vectors_are_of_today() -> None:
    made = runpy.run_path(str(VECTORS.with_name("make_phases.py")))
    assert VECTORS.read_text("utf-8") == made["dump"](made["make"]()), "run python tests/vectors/make_phases.py"


def test_names_are_as_the_protocol_says() -> None:
    for each in json.loads(VECTORS.read_text("utf-8"))["phases"]:
        texts = "\0".join([each["app"], each["room"], each["password"]]).encode()
        secret = hashlib.sha256(b"peerset/phase/1\0name\0" + texts).digest()
        numbers = each["period_seconds"].to_bytes(8, "big") + each["epoch"].to_bytes(8, "big")
        assert each["name"] == hashlib.sha256(secret + numbers).hexdigest()


def test_peers_have_the_aliases_that_the_protocol_says() -> None:
    for each in json.loads(VECTORS.read_text("utf-8"))["phases"]:
        texts = "\0".join([each["app"], each["room"], each["password"]]).encode()
        secret = hashlib.sha256(b"peerset/phase/1\0peer\0" + texts).digest()
        numbers = each["period_seconds"].to_bytes(8, "big") + each["epoch"].to_bytes(8, "big")
        aliases = Aliases(hashlib.sha256(secret + numbers).digest())
        assert aliases.of(each["peer"]) == each["alias"]
        assert aliases.peer(each["alias"]) == each["peer"]


def test_a_room_has_another_name_in_each_epoch_and_for_each_password_and_period() -> None:
    others = [
        PhasedName(RoomName("app", "lobby2"), "", 6 * HOUR),
        PhasedName(RoomName("app2", "lobby"), "", 6 * HOUR),
        PhasedName(RoomName("app", "lobby"), "secret", 6 * HOUR),
        PhasedName(RoomName("app", "lobby"), "", 7 * HOUR),
    ]
    names = [phased.at(epoch) for phased in [NAME, *others] for epoch in range(-1, 30)]
    assert len(set(names)) == len(names)
    assert NAME.at(7) == NAME.at(7)
    assert all(name.app == "app" for name in map(NAME.at, range(30)))


@pytest.mark.parametrize("count", range(1, 8))
def test_neighbouring_epochs_share_no_place_and_each_place_has_its_turn(count: int) -> None:
    places = [f"wss://{number}.example" for number in range(count)]
    parts = [NAME.places_at(epoch, places) for epoch in range(840)]
    assert all(len(part) == len(set(part)) == max(1, count // 2) for part in parts)
    assert Counter(place for part in parts for place in part) == dict.fromkeys(places, 840 * max(1, count // 2) / count)
    if count > 1:
        assert all(not set(one) & set(other) for one, other in pairwise(parts))


def test_the_order_in_which_places_are_named_does_not_matter() -> None:
    for epoch in range(9):
        assert NAME.places_at(epoch, PLACES) == NAME.places_at(epoch, PLACES[::-1])


def test_which_place_comes_next_is_not_told_by_their_addresses() -> None:
    rooms = [PhasedName(RoomName("app", f"room {number}"), "", HOUR) for number in range(60)]
    assert {tuple(room.places_at(epoch, PLACES)[0] for epoch in range(2)) for room in rooms} == {
        (one, other) for one in PLACES for other in PLACES if one != other
    }


def test_both_neighbours_are_announced_around_a_border_and_one_epoch_else() -> None:
    epochs = Epochs(HOUR, random.Random(0))
    sure, longest = PHASE_BORDER_SECONDS / 2, PHASE_BORDER_SECONDS / 2 + PHASE_JITTER_SECONDS
    for number in range(1, 40):
        border = number * HOUR
        assert epochs.at(border - longest - 1) == [number - 1]
        for unix in (border - sure, border, border + sure - 1):
            assert epochs.at(unix) == [number - 1, number]
        assert epochs.at(border + longest + 1) == [number]


def test_members_come_and_go_at_times_of_their_own() -> None:
    times = set()
    for seed in range(20):
        epochs = Epochs(HOUR, random.Random(seed))
        came = HOUR / 2 + epochs.rest_seconds(HOUR / 2)
        times |= {came, HOUR + epochs.rest_seconds(HOUR)}
    assert len(times) == 40


def test_nothing_changes_until_it_is_said_to() -> None:
    epochs, unix = Epochs(HOUR, random.Random(1)), 1_700_000_000.0
    for _ in range(80):
        before, rest = epochs.at(unix), epochs.rest_seconds(unix)
        assert rest > 0
        assert all(epochs.at(unix + rest * part) == before for part in (0.01, 0.5, 0.99))
        unix += rest + 0.001
        after = epochs.at(unix)
        assert len(set(before) ^ set(after)) == 1
