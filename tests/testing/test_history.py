import pytest

from peerset.core.signal import Offer, OfferId, PeerId
from peerset.core.verdict import Accept
from peerset.protocol.inputs import Closed, Judged, OffersMade, Verified
from peerset.protocol.strikes import Fault
from peerset.testing.history import History, Unwritten, encode
from tests.testing.records import make_record

VALUES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.0,
    b"",
    b"1",
    "",
    "1",
    "\ud800",
    (),
    ("",),
    ((),),
    {"a": 1, "b": 2},
    frozenset({"a", "b"}),
    Fault.FLOOD,
    Fault.LYING,
    Accept(),
    Closed(PeerId("a"), "b"),
    Closed(PeerId("ab"), ""),
    OffersMade((Offer(OfferId("a"), "b"),)),
    Verified(1, (True,)),
    Judged(1, (Accept(),)),
    make_record("a"),
    make_record("b"),
]


def test_different_values_have_different_encodings() -> None:
    assert len({encode(value) for value in VALUES}) == len(VALUES)


def test_the_order_of_a_dictionary_or_a_set_does_not_matter() -> None:
    assert encode({"a": 1, "b": 2}) == encode({"b": 2, "a": 1})
    assert encode(frozenset(map(str, range(20)))) == encode(frozenset(map(str, reversed(range(20)))))


@pytest.mark.parametrize("value", [{1, 2}, object()])
def test_what_has_no_fixed_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="a history cannot hold"):
        encode(value)


def test_the_fingerprint_tells_when_who_and_what() -> None:
    histories = [History() for _ in range(4)]
    for history, (time, who, what) in zip(
        histories, [(1.0, 1, "x"), (2.0, 1, "x"), (1.0, 2, "x"), (1.0, 1, "y")], strict=True
    ):
        history.note(time, who, what)

    assert len({history.fingerprint for history in histories}) == 4
    assert all(history.length == 1 for history in histories)


def test_a_history_that_is_not_written_only_counts() -> None:
    history = Unwritten()

    history.note(1.0, 2, {3, 4})

    assert history.length == 1
    assert history.fingerprint == Unwritten().fingerprint
