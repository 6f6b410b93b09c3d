"""Sums of numbers that are alike in every order, and in every language."""

import math
from collections.abc import Sequence
from typing import Final

from peerset.core.limits import INTEGER_MAX

DOWN: Final = 2.0**-64
"""By this, numbers that would overflow on the way are made smaller meanwhile."""


def sum_of(numbers: Sequence[float]) -> float | None:
    """Give the double that is nearest to the exact sum; a whole number of whole ones, null beyond all doubles."""
    try:
        found = math.fsum(numbers)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        found = math.fsum(each * DOWN for each in numbers) / DOWN
    if not math.isfinite(found):
        return None
    return as_whole(int(found)) if all(isinstance(each, int) for each in numbers) else found


def as_whole(total: int) -> float:
    """Give a sum of whole numbers, beyond those that every language reads alike the double that is next."""
    return total if -INTEGER_MAX <= total <= INTEGER_MAX else float(total)


def mean_of(numbers: Sequence[float]) -> float | None:
    """Give the sum divided by how many there are; null of none."""
    total = sum_of(numbers)
    return None if total is None or not numbers else total / len(numbers)
