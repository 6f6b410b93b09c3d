"""Windows of live queries, beside a list that is sorted anew each time."""

from functools import cmp_to_key, partial
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from peerset.core.record import RecordId
from peerset.data.difference import Place
from peerset.data.window import Entry, Falling, Window, key_of
from peerset.documents.order import Order, Seat, compare, read_order
from peerset.documents.value import Scalar

SCALARS: Final = st.sampled_from([None, False, True, 0, 1, 2.5, "", "a", "\uffff", "\U0001f30d"])
ORDERS: Final = [read_order(each) for each in ("-time", "time", "a", "-a", ("a", "-b", "time"), ("-a", "-b"))]
SEATS: Final = st.builds(
    lambda values, stamp, number: (tuple(values), stamp, RecordId(bytes([number]) * 32)),
    st.lists(SCALARS, min_size=2, max_size=2),
    st.integers(0, 3),
    st.integers(0, 11),
)


def seat_in(order: Order, raw: tuple[tuple[Scalar, ...], int, RecordId]) -> Seat:
    return Seat(raw[0][: len(order) - 1], raw[1], raw[2])


def entry(seat: Seat) -> Entry[bytes]:
    return Entry(seat, Place(seat.id, seat.id, seat.id))


def ids(window: Window[bytes]) -> list[bytes]:
    return [place.doc for place in window.places]


@given(st.sampled_from(ORDERS), SEATS, SEATS)
def test_keys_sort_as_compare_does(
    order: Order, one: tuple[tuple[Scalar, ...], int, RecordId], other: tuple[tuple[Scalar, ...], int, RecordId]
) -> None:
    key, (left, right) = key_of(order), (seat_in(order, each) for each in (one, other))
    assert (key(left) < key(right)) == (compare(order, left, right) < 0)
    assert (key(left) == key(right)) == (compare(order, left, right) == 0)


def test_falling_ranks_are_values() -> None:
    assert Falling((3, 1)) == Falling((3, 1.0))
    assert hash(Falling((3, 1))) == hash(Falling((3, 1)))
    assert Falling((3, 1)) != (3, 1)


@given(
    st.sampled_from(ORDERS),
    st.integers(1, 4),
    st.lists(SEATS, max_size=12, unique_by=lambda raw: raw[2]),
    st.lists(st.tuples(st.sampled_from(["add", "remove", "grow", "clear"]), st.integers(0, 11)), max_size=30),
)
def test_it_holds_the_first_that_there_are(
    order: Order,
    size: int,
    raws: list[tuple[tuple[Scalar, ...], int, RecordId]],
    steps: list[tuple[str, int]],
) -> None:
    seats = [seat_in(order, raw) for raw in raws]
    by = cmp_to_key(partial(compare, order))
    here = seats[: len(seats) // 2]
    window: Window[bytes] = Window(order, size)

    def refill() -> None:
        while asked := window.lacks:
            last = window.last
            behind = sorted((each for each in here if last is None or by(each) > by(last)), key=by)[:asked]
            window.fill([entry(each) for each in behind], asked)
            assert len(behind) < asked or not window.lacks

    refill()
    for what, number in steps:
        version, before = window.version, ids(window)
        match what:
            case "add" if number < len(seats) and seats[number] not in here:
                here.append(seats[number])
                seat = seats[number]
                fallen = window.add(seat, lambda seat=seat: entry(seat).place)  # type: ignore[misc] # bound now
                assert fallen is None or fallen not in window
            case "remove" if number < len(here):
                gone = here.pop(number)
                assert window.remove(gone.id) == (gone.id in before)
            case "grow":
                window.size = min(window.size + 1, 9)
            case "clear":
                window.clear()
            case _:
                pass
        refill()
        assert ids(window) == [each.id for each in sorted(here, key=by)[: window.size]]
        assert set(window.ids) == set(ids(window))
        assert ids(window) == before or window.version != version


def test_what_is_there_already_is_not_put_in_twice() -> None:
    window: Window[bytes] = Window(read_order("-time"), 5)
    seat = Seat((), 1, RecordId(bytes(32)))
    window.fill([entry(seat)], 5)
    assert window.add(seat, lambda: entry(seat).place) is None
    assert ids(window) == [seat.id]


def test_what_no_document_is_made_of_changes_nothing() -> None:
    window: Window[bytes] = Window(read_order("-time"), 2)
    window.fill([], 2)
    kept = [Seat((), number, RecordId(bytes([number]) * 32)) for number in (1, 2)]
    for seat in kept:
        window.add(seat, lambda seat=seat: entry(seat).place)  # type: ignore[misc] # bound now
    before = (ids(window), window.version, window.lacks)
    assert window.add(Seat((), 3, RecordId(b"3" * 32)), lambda: None) is None
    assert (ids(window), window.version, window.lacks) == before
