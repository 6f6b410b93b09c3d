"""The globe in cells of one number each."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from peerset.documents.morton import RANGES_MAX, cell_of, ranges_of
from peerset.documents.where import Box, Circle

LATITUDES = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 90.0, 0.0, -0.0, 89.9999999]))
LONGITUDES = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, 180.0, 0.0, 179.9999999]))
METRES = st.one_of(st.floats(0, 2.1e7), st.floats(0, 1_000), st.sampled_from([0.0, 20_015_114.0, 1e9]))
SMALL = st.floats(-1e-3, 1e-3)


def is_covered(area: Box | Circle, latitude: float, longitude: float) -> bool:
    cell = cell_of(latitude, longitude)
    return any(first <= cell <= last for first, last in ranges_of(area))


def clamped(value: float, most: float) -> float:
    return max(-most, min(most, value))


def test_a_number_has_52_bits() -> None:
    assert cell_of(-90, -180) == 0
    assert cell_of(90, 180) == 2**52 - 1
    assert cell_of(0, 0) == 3 << 50
    assert cell_of(52.52, 13.4) == cell_of(52.52, 13.4000001)
    assert cell_of(52.52, 13.4) != cell_of(52.52, 13.40001)


@given(st.builds(Box, LATITUDES, LONGITUDES, LATITUDES, LONGITUDES), LATITUDES, LONGITUDES)
def test_what_lies_in_a_box_is_covered(box: Box, latitude: float, longitude: float) -> None:
    box = Box(min(box.south, box.north), box.west, max(box.south, box.north), box.east)
    assert is_covered(box, latitude, longitude) or not box.holds(latitude, longitude)
    for edge in (box.west, box.east):
        assert is_covered(box, box.south, edge)
        assert is_covered(box, box.north, edge)


@given(st.builds(Circle, LATITUDES, LONGITUDES, METRES), LATITUDES, LONGITUDES, SMALL, SMALL)
@example(Circle(0, 180, 10), 0, -180, 0, 0)
@example(Circle(0, -180, 0), 0, 180, 0, 0)
@example(Circle(90, 0, 10), 90, 180, 0, 0)
@example(Circle(-89.99999, 0, 10), -89.99999, 180, 0, 0)
def test_what_lies_in_a_circle_is_covered(
    circle: Circle, latitude: float, longitude: float, up: float, right: float
) -> None:
    near = clamped(circle.latitude + up, 90), clamped(circle.longitude + right, 180)
    for point in ((latitude, longitude), near, (near[0], -near[1]), (circle.latitude, circle.longitude)):
        assert is_covered(circle, *point) or not circle.holds(*point)


@given(
    st.one_of(
        st.builds(Box, st.just(-5), LONGITUDES, LATITUDES.filter(lambda north: north >= -5), LONGITUDES),
        st.builds(Circle, LATITUDES, LONGITUDES, METRES),
    )
)
def test_an_area_is_a_few_ranges_in_order(area: Box | Circle) -> None:
    ranges = ranges_of(area)
    assert 1 <= len(ranges) <= RANGES_MAX
    assert ranges == sorted(ranges)
    assert all(first <= last for first, last in ranges)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(ranges))


@pytest.mark.parametrize(
    ("area", "share"),
    [
        (Box(52.3, 13.1, 52.7, 13.8), 4),
        (Box(-18, 179.5, -17, -179.5), 4),
        (Circle(52.5, 13.4, 1_000), 6),
        (Box(-90, -180, 90, 180), 1),
    ],
)
def test_ranges_are_not_much_larger_than_the_area(area: Box | Circle, share: float) -> None:
    cells = sum(last - first + 1 for first, last in ranges_of(area))
    if isinstance(area, Box):
        size = (area.north - area.south) * ((area.east - area.west) % 360 or 360)
    else:
        size = 3.14 * (area.metres / 111_195) ** 2 / 0.609
    assert cells / 2**52 * 180 * 360 <= share * size
