import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Final

from peerset.core.limits import PLACES_PROTECTED, TELLING_RECORDS
from peerset.core.signal import PeerId
from peerset.protocol.eviction import Standing, choose, protect

VECTORS: Final = Path(__file__).parents[1] / "vectors"


def test_the_vectors_are_of_today() -> None:
    for name, text in runpy.run_path(str(VECTORS / "make_places.py"))["make"]().items():
        assert (VECTORS / name).read_text("utf-8") == text, "run python tests/vectors/make_places.py"


def test_the_vectors_tell_of_all_that_may_happen() -> None:
    cases = json.loads((VECTORS / "places.json").read_text("utf-8"))
    assert {case["goes"] is None for case in cases} == {case["rivals"] is None for case in cases} == {True, False}
    assert max(len(case["protected"]) for case in cases) >= 4 * PLACES_PROTECTED


def standings(count: int) -> list[Standing]:
    return [Standing(PeerId(f"peer {number:02}"), f"network {number}", float(number)) for number in range(count)]


def test_of_equals_the_youngest_goes() -> None:
    assert choose(standings(12)) == "peer 11"


def test_the_least_useful_goes() -> None:
    crowd = [replace(each, score=20.0 - number) for number, each in enumerate(standings(12))]
    crowd[6] = replace(crowd[6], score=0.5)

    assert choose(crowd) == "peer 06"


def test_the_most_crowded_network_loses_one_though_others_are_of_less_use() -> None:
    crowd = [replace(each, score=1.0) for each in standings(12)]
    for number in (8, 9):
        crowd[number] = replace(crowd[number], network="crowded", score=2.0 + number)
    crowd += [Standing(PeerId("peer 12"), "", 12.0), Standing(PeerId("peer 13"), "", 13.0)]

    assert choose([replace(each, score=min(each.score, 3.0)) for each in crowd if each.peer != "peer 08"]) == "peer 13"
    assert choose([replace(each, score=0.0) for each in crowd]) == "peer 09"


def test_of_those_that_brought_nothing_whoever_had_most_chances_goes() -> None:
    crowd = [replace(each, chances=1.0) for each in standings(12)]
    crowd[5] = replace(crowd[5], chances=2.0)

    assert choose(crowd) == "peer 05"


def test_a_part_of_little_counts_more_than_the_same_of_much() -> None:
    crowd = [replace(each, score=20.0, chances=100.0) for each in standings(12)]
    crowd[11] = replace(crowd[11], score=5.0, chances=10.0)
    crowd[6] = replace(crowd[6], score=6.0)

    assert choose(crowd) == "peer 06"


def test_age_and_speed_keep_nobody_who_brought_nothing_while_others_did() -> None:
    crowd = [replace(each, score=1.0, chances=TELLING_RECORDS) for each in standings(12)]
    crowd[0] = replace(crowd[0], score=0.0, lag_seconds=0.001)

    assert choose(crowd) == "peer 00"
    assert choose([replace(crowd[0], chances=TELLING_RECORDS - 1), *crowd[1:]]) != "peer 00"


def test_who_is_safe_stays_and_when_all_are_nobody_goes() -> None:
    crowd = [replace(each, is_safe=each.peer != "peer 07") for each in standings(12)]

    assert choose(crowd) == "peer 07"
    assert choose([replace(each, is_safe=True) for each in crowd]) is None


def test_only_one_of_the_rivals_goes_and_none_of_them_that_is_protected() -> None:
    crowd = standings(12)

    assert choose(crowd, {PeerId("peer 05"), PeerId("peer 06")}) == "peer 06"
    assert choose(crowd, {PeerId("peer 00")}) is None


def test_a_few_stay_for_each_thing_that_speaks_for_them() -> None:
    crowd = standings(30)
    for number in range(10, 15):
        crowd[number] = replace(crowd[number], score=50.0 - number)
        crowd[number + 5] = replace(crowd[number + 5], lag_seconds=0.01 * number)
        crowd[number + 10] = replace(crowd[number + 10], score=1.0, is_ours=True)
        crowd[number + 15] = replace(crowd[number + 15], is_acquainted=True)

    expected = [*range(4), *range(10, 14), *range(15, 19), *range(20, 24), *range(25, 29)]
    assert protect(crowd) == {PeerId(f"peer {number:02}") for number in expected}
    assert len(expected) == 5 * PLACES_PROTECTED
