"""Near-duplicates: similar texts have near fingerprints, and memory is bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset import Accept, ConfigError, PolicyClass, Reject
from peerset_moderation.simhash import DISTANCE_MAX, NearDuplicatePolicy, fingerprint, simhash
from tests.peerset_moderation.records import fill, make_record

TEXT = (
    "We meet every Thursday at seven in the library next to the old market hall. Bring your own tea, a chair if you "
    "have one, and something that you would like to read to the others. Newcomers are welcome at any time."
)
OTHER = (
    "For sale: a red bicycle with a basket, two years old, hardly used since I moved to the hills. The bell is broken "
    "but the brakes are new. Write to me if you want to try it; I am at home most evenings after six."
)


def naive(features: list[bytes]) -> int:
    hashes = [simhash([feature]) for feature in features]
    bits = [sum(value >> bit & 1 for value in hashes) for bit in range(64)]
    return sum(1 << bit for bit, count in enumerate(bits) if count > len(hashes) // 2)


@given(st.lists(st.binary(max_size=4), max_size=40))
def test_every_bit_is_what_most_hashes_say(features: list[bytes]) -> None:
    assert simhash(features) == naive(features)


def test_no_features_have_the_fingerprint_zero() -> None:
    assert simhash([]) == 0


def test_similar_texts_are_near_and_others_far() -> None:
    edited = TEXT.replace("seven", "eight").replace("Thursday", "Friday")
    assert (fingerprint(TEXT) ^ fingerprint(edited)).bit_count() <= 12
    assert (fingerprint(TEXT) ^ fingerprint(OTHER)).bit_count() >= 20


def test_a_near_duplicate_is_hidden_and_other_texts_are_not() -> None:
    policy = NearDuplicatePolicy.parse("")
    assert policy.policy_class is PolicyClass.VIEW
    verdicts = policy.judge([make_record(TEXT), make_record(OTHER), make_record(TEXT + "!", author=2)])
    assert verdicts[:2] == [Accept(), Accept()]
    assert isinstance(verdicts[2], Reject)
    assert verdicts[2].rule == "near"


def test_a_record_is_no_duplicate_of_itself() -> None:
    policy = NearDuplicatePolicy.parse("")
    assert policy.judge([make_record(TEXT), make_record(TEXT)]) == [Accept(), Accept()]


def test_short_texts_are_left_alone() -> None:
    policy = NearDuplicatePolicy.parse("least=10")
    verdicts = policy.judge([make_record("too short", at=at) for at in (1, 2)])
    assert verdicts == [Accept(), Accept()]
    assert policy.remembered == 0


@pytest.mark.parametrize("distance", [0, 3, 6, DISTANCE_MAX])
def test_the_bands_find_what_comparing_with_all_finds(distance: int) -> None:
    policy = NearDuplicatePolicy(distance=distance)
    words = TEXT.split()
    shown: list[int] = []
    for number in range(120):
        text = " ".join(words[:15] + words[15 + number % 20 :] + ["word"] * (number // 20))
        found = fingerprint(text.lower())
        is_near = any((found ^ other).bit_count() <= distance for other in shown)
        [verdict] = policy.judge([make_record(text, at=number)])
        assert isinstance(verdict, Reject) == is_near
        if not is_near:
            shown.append(found)
    assert policy.remembered == len(shown)


def test_the_oldest_is_forgotten_first() -> None:
    policy = NearDuplicatePolicy.parse("remembered=2")
    texts = [TEXT, OTHER, "Another text that has nothing to do with those two above, and is long enough."]
    assert policy.judge([make_record(text, at=1) for text in texts]) == [Accept()] * 3
    assert policy.remembered == 2
    assert policy.judge([make_record(TEXT, at=2)]) == [Accept()]
    assert isinstance(policy.judge([make_record(texts[2], at=2)])[0], Reject)


def test_equal_fingerprints_are_forgotten_one_by_one() -> None:
    policy = NearDuplicatePolicy(distance=0, remembered=3)
    for number in range(20):
        policy.judge([make_record(f"{number:03} {'x' * number} {OTHER[number:]}", at=number)])
        assert policy.remembered <= 3


@pytest.mark.parametrize("unit", ["a", "é", "a b ", "[", '{"a":', "\U0001f600"])
def test_a_full_record_of_anything_is_read_up_to_its_limit(unit: str) -> None:
    policy = NearDuplicatePolicy.parse("")
    assert policy.judge([make_record(fill(unit))]) == [Accept()]
    assert policy.remembered == 1


def test_half_a_surrogate_pair_does_no_harm() -> None:
    content = '{"text": "\\ud800 ' + TEXT + '"}'
    assert NearDuplicatePolicy.parse("").judge([make_record(content)]) == [Accept()]


@pytest.mark.parametrize("parameters", ["distance=16", "distance=-1", "least=1", "remembered=0", "bits=64"])
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="near-duplicates"):
        NearDuplicatePolicy.parse(parameters)


def test_the_manifest_changes_with_the_parameters() -> None:
    specs = ("", "distance=3", "least=99", "remembered=9")
    assert len({NearDuplicatePolicy.parse(text).manifest for text in specs}) == 4
