"""Which few of a list of relays those of one application meet at, as pages of Trystero choose them."""

import math
from collections.abc import Sequence
from typing import Final

SCALE: Final = 10_000


def choose(relays: Sequence[str], app: str, count: int) -> list[str]:
    """Shuffle *relays* by the name *app*, and give the first *count*."""
    # A generator of Trystero's: the digits of sines after the fourth, in the doubles that JavaScript has too.
    seed = sum(memoryview(app.encode("utf-16-le")).cast("H"))
    shuffled = list(relays)
    for last in range(len(shuffled) - 1, -1, -1):
        digits = math.sin(seed) * SCALE
        seed += 1
        drawn = math.floor((digits - math.floor(digits)) * (last + 1))
        shuffled[last], shuffled[drawn] = shuffled[drawn], shuffled[last]
    return shuffled[:count]
