from itertools import pairwise, permutations

import pytest

from peerset.core.limits import ORDER_FIELDS_MAX
from peerset.core.record import RecordId
from peerset.documents.order import Order, Seat, Term, compare, in_order, names_of, read_order
from peerset.documents.value import Scalar
from peerset.errors import QueryError


def seat(*values: Scalar, stamp: int = 0, number: int = 0) -> Seat:
    return Seat(values, stamp, RecordId(bytes([number]) * 32))


def sorted_seats(order: Order, seats: list[Seat]) -> list[Seat]:
    return in_order(order, [(each, each) for each in seats])


def test_what_is_sorted_by_fields_is_sorted_newest_first_within_them() -> None:
    order = read_order(["city", "-stars"])
    wanted = [
        seat(None, 1),
        seat("a", "x"),
        seat("a", 5, stamp=2, number=1),
        seat("a", 5, stamp=2, number=2),
        seat("a", 5, stamp=1),
        seat("a", 4, stamp=9),
        seat("a", None),
        seat("b", 9),
    ]

    for seats in list(permutations(wanted))[:: len(wanted) * 7]:
        assert sorted_seats(order, list(seats)) == wanted


def test_oldest_first_is_the_exact_reverse_of_newest_first() -> None:
    seats = [seat(stamp=stamp, number=number) for stamp in range(3) for number in range(3)]

    assert sorted_seats(read_order("time"), seats) == list(reversed(sorted_seats(read_order("-time"), seats)))


def test_no_two_places_are_equal() -> None:
    seats = sorted_seats(read_order("a"), [seat(1, stamp=1, number=number) for number in range(4)])

    assert all(
        compare(read_order("a"), one, other) < 0 < compare(read_order("a"), other, one)
        for one, other in pairwise(seats)
    )
    assert compare(read_order("a"), seats[0], seats[0]) == 0


def test_an_order_always_ends_by_time() -> None:
    assert read_order("-stars") == (Term("stars", is_descending=True), Term("time", is_descending=True))
    assert read_order(["a", "time"]) == (Term("a"), Term("time"))
    assert read_order([]) == read_order("-time")
    assert names_of(read_order(["a", "-b"])) == ["a", "-b", "-time"]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "-",
        5,
        "\ud800",
        ["a", "a"],
        ["a", "-a"],
        ["time", "a"],
        [str(each) for each in range(ORDER_FIELDS_MAX + 1)],
        [1],
    ],
)
def test_what_is_no_order_is_refused(given: object) -> None:
    with pytest.raises(QueryError, match="order"):
        read_order(given)
