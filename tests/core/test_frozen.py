"""Frozen instances made field by field."""

from dataclasses import FrozenInstanceError, dataclass, fields

import pytest

from peerset.core.frozen import setters_of
from peerset.core.record import Record
from peerset.data.doc import Doc


@dataclass(frozen=True, slots=True)
class Point:
    """A place."""

    x: int
    y: int = 0


def test_what_is_made_field_by_field_is_what_its_class_makes() -> None:
    set_x, set_y = setters_of(Point)
    point = object.__new__(Point)
    set_x(point, 1)
    set_y(point, 2)
    assert (point, hash(point)) == (Point(1, 2), hash(Point(1, 2)))
    with pytest.raises(FrozenInstanceError):
        point.x = 3  # type: ignore[misc] # it is frozen


@pytest.mark.parametrize("kind", [Record, Doc])
def test_there_is_one_for_each_field(kind: type) -> None:
    assert len(setters_of(kind)) == len(fields(kind))
