"""Sums; more in tests/vectors/data.json, which pages read as well."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from peerset.documents.sums import mean_of, sum_of

NUMBERS = st.lists(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53)))


@given(NUMBERS)
def test_a_sum_is_the_double_nearest_to_the_exact_one_in_every_order(numbers: list[float]) -> None:
    found = sum_of(numbers)
    assert found == sum_of(numbers[::-1]) == sum_of(sorted(numbers))
    try:
        assert found == float(sum(map(Fraction, numbers)))
    except OverflowError:
        assert found is None


def test_whole_numbers_have_a_whole_sum_and_nothing_has_none() -> None:
    assert [sum_of([2, 3]), sum_of([2, 3.0]), sum_of([True, True])] == [5, 5.0, 2]
    assert [type(sum_of(each)) for each in ([2, 3], [2, 3.0])] == [int, float]
    assert [mean_of([]), mean_of([1, 2]), mean_of([1e308, 1e308])] == [None, 1.5, None]
