"""The globe in cells of one number each (Morton): what lies near each other has mostly near numbers.

A number has 26 bits of the latitude and as many of the longitude, in turn. An area is a few ranges of numbers: what
lies in it has a number in one of them, and so has some of what does not.
"""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

from peerset.documents.where import EARTH_METRES, Box, Circle

BITS: Final = 26
RANGES_MAX: Final = 16
SQUARES_MAX: Final = 48
"""Squares that cover an area before those that follow each other are put together."""

Range: TypeAlias = tuple[int, int]
"""The first number and the last."""
Steps: TypeAlias = tuple[int, int]
"""How far a point is from the south pole, and from the date line."""

_SIDE: Final = 1 << BITS
_MARGIN: Final = 1e-7
"""Radians by which a circle's box is larger than it, for what floating point loses."""


def cell_of(latitude: float, longitude: float) -> int:
    """Give the number of the cell that a point lies in."""
    return _number(*_steps(latitude, longitude))


def ranges_of(area: Box | Circle) -> list[Range]:
    """Give at most `RANGES_MAX` ranges of numbers that cover an area, in order."""
    boxes = [(_steps(box.south, box.west), _steps(box.north, box.east)) for box in _boxes_of(area)]
    widest = max(last - first for low, high in boxes for first, last in zip(low, high, strict=True))
    # The squares of a side are no more than all.
    level = max(widest.bit_length() - SQUARES_MAX.bit_length(), 0)
    while sum(_squares(low, high, level) for low, high in boxes) > SQUARES_MAX:
        level += 1
    while len(found := _ranges(boxes, level)) > RANGES_MAX:
        level += 1
    return found


def _squares(low: Steps, high: Steps, level: int) -> int:
    """Give how many squares of 2 ** *level* cells a side cover a box."""
    rows, columns = ((last >> level) - (first >> level) + 1 for first, last in zip(low, high, strict=True))
    return rows * columns


def _ranges(boxes: Sequence[tuple[Steps, Steps]], level: int) -> list[Range]:
    """Cover boxes by squares of cells, whose numbers follow each other; those that follow each other are one range."""
    firsts = {
        _number(up, right)
        for low, high in boxes
        for up in range(low[0] >> level, (high[0] >> level) + 1)
        for right in range(low[1] >> level, (high[1] >> level) + 1)
    }
    found: list[Range] = []
    for first in sorted(firsts):
        if found and found[-1][1] + 1 == first:
            found[-1] = found[-1][0], first
        else:
            found.append((first, first))
    return [(first << 2 * level, ((last + 1) << 2 * level) - 1) for first, last in found]


def _steps(latitude: float, longitude: float) -> Steps:
    # Each step of this is monotone, so that what lies between two edges is numbered between them.
    up = min(int((latitude + 90) / 180 * _SIDE), _SIDE - 1)
    right = min(int((longitude + 180) / 360 * _SIDE), _SIDE - 1)
    return up, right


def _number(up: int, right: int) -> int:
    return _spread(up) << 1 | _spread(right)


def _spread(bits: int) -> int:
    """Put a zero before each bit."""
    return int(f"{bits:b}", 4)


def _boxes_of(area: Box | Circle) -> list[Box]:
    """Give boxes that hold an area, none of them across the date line."""
    box = area if isinstance(area, Box) else _box_around(area)
    if box.west <= box.east:
        return [box]
    return [Box(box.south, box.west, box.north, 180), Box(box.south, -180, box.north, box.east)]


def _box_around(circle: Circle) -> Box:
    angle = circle.metres / EARTH_METRES + _MARGIN
    south, north = (circle.latitude + side * math.degrees(angle) for side in (-1, 1))
    if south <= -90 or north >= 90:
        # It reaches a pole, or beyond: all longitudes are near.
        return Box(max(south, -90), -180, min(north, 90), 180)
    half = math.degrees(math.asin(min(1, math.sin(angle) / math.cos(math.radians(circle.latitude)))) + _MARGIN)
    west, east = circle.longitude - half, circle.longitude + half
    if half >= 180:
        return Box(south, -180, north, 180)
    # Both edges are one meridian, so what is beyond one comes in at the other.
    return Box(south, west + 360 if west <= -180 else west, north, east - 360 if east >= 180 else east)
