"""How much a benchmark measures: all, or less where ``--quick`` was said."""

import os
from typing import Final, TypeVar

T = TypeVar("T")

VARIABLE: Final = "PEERSET_BENCH_QUICK"
IS_QUICK: Final = bool(os.environ.get(VARIABLE))


def sized(whole: T, quick: T) -> T:
    """Give the size of a whole run, or that of a quick one."""
    return quick if IS_QUICK else whole
