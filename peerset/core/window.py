"""Windows: which days of records are compared, and how they fall into cells.

A window begins with a whole day or, in rooms that keep records for less than a week, with a step of five minutes: its
*first_day* is then `WINDOW_STEPS_FROM` and the number of the step, and no day has such a number (docs/protocol.md,
"The window of a round").
"""

from peerset.core.bucket import day_bound, day_of, last_day
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import DAY_CELL_DAYS, DAY_CELLS_MAX, WINDOW_STEP_SECONDS, WINDOW_STEPS_FROM
from peerset.core.message import Bound


def start_of(first_day: int) -> int:
    """Give the second in which a window of *first_day* begins."""
    if first_day < WINDOW_STEPS_FROM:
        return first_day * DAY_SECONDS
    return (first_day - WINDOW_STEPS_FROM) * WINDOW_STEP_SECONDS


def first_bound(first_day: int) -> Bound:
    """Give the bound before every record of a window of *first_day*."""
    return (start_of(first_day), b"")


def first_step(second: int) -> int:
    """Give the first day of the longest window that begins with a step, and not before *second*."""
    return WINDOW_STEPS_FROM + max(0, -(-second // WINDOW_STEP_SECONDS))


def window_days(first_day: int, upto: UnixTime) -> range:
    """Give the days from *first_day* to the last that can hold a record with created_at below *upto*."""
    return range(day_of(start_of(first_day)), last_day((upto, b"")) + 1)


def window_cell(first_day: int, number: int, cell_days: int, upto: UnixTime) -> tuple[Bound, Bound]:
    """Give the bounds of the cell *number* of a `Days` over a window: none where they are not in order."""
    day = day_of(start_of(first_day)) + number * cell_days
    return max(first_bound(first_day), day_bound(day)), min(day_bound(day + cell_days), (upto, b""))


def cell_days(first_day: int, upto: UnixTime) -> int:
    """Give how many days make a cell of a `Days` over this window, so that it has at most `DAY_CELLS_MAX`."""
    return max(DAY_CELL_DAYS, -(-len(window_days(first_day, upto)) // DAY_CELLS_MAX))
