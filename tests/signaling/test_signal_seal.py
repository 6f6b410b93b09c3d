import random

from peerset.core.limits import SDP_BYTES_MAX
from peerset.core.signal import RoomName
from peerset.signaling.signal_seal import SignalCounts, SignalSeal


def make(password: str, counts: SignalCounts) -> SignalSeal:
    return SignalSeal(RoomName("app", "room"), password, rng=random.Random(0), counts=counts)


def test_what_is_sealed_under_one_password_is_opened_under_it_alone() -> None:
    counts = SignalCounts()
    sealed = make("secret", counts).seal("sdp")
    assert make("secret", counts).open(sealed) == "sdp"
    assert counts == SignalCounts()
    assert make("", counts).open(sealed) is None
    assert counts == SignalCounts(sealed_otherwise=1)


def test_nonsense_and_what_is_too_long_are_counted() -> None:
    counts = SignalCounts()
    seal = make("", counts)
    assert seal.open("nonsense") is None
    assert seal.open(seal.seal("x" * (SDP_BYTES_MAX + 1))) is None
    assert seal.open(seal.seal("x" * SDP_BYTES_MAX)) is not None
    assert counts == SignalCounts(malformed=2)
