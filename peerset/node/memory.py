"""What the process of a node may take of memory, and what gives way before it takes more: never a record.

Near to it there is nothing new: no further neighbours in all, and no further rooms. Beyond it what is kept to be faster
is given back, the most crowded rooms send neighbours away, and who watches the node is told.
"""

import ctypes
import gc
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final

from peerset.core.clock import UnixTime
from peerset.errors import ConfigError
from peerset.protocol.health import Bite, Budget

NEAR: Final = 8
"""It is near to it when less than one part in so many is free,"""
FAR: Final = 4
"""and not any more when one in so many is."""
GIVEN_UP: Final = 8
"""Beyond it, one neighbour in so many is sent away each time."""
CACHES: Final = 4
"""One part in so many is for what stores keep of their files to be faster,"""
CACHES_BEYOND: Final = 16
"""and beyond, one in so many."""

_STATM: Final = Path("/proc/self/statm")

logger = logging.getLogger(__name__)


class Pressure(Enum):
    """How near the process is to what it may take."""

    NONE = 0
    NEAR = 1
    BEYOND = 2


class Memory:
    """So many bytes, *most*, are what the process may take, of which *taken* says how much it is: else the system does.

    Raises:
        ConfigError: this system does not say what a process takes.

    """

    def __init__(self, most: int, taken: Callable[[], int | None] | None = None) -> None:
        self.taken = taken or resident_bytes
        """Says how much it is now."""
        if self.taken() is None:
            raise ConfigError("this system does not say what a process takes of memory, as Linux does")
        self.most = most
        self.pressure = Pressure.NONE
        self.places: int | None = None
        """How many neighbours all rooms may have together for that; None for as many as else."""
        self._used = 0
        self._bite = Bite()

    @property
    def budget(self) -> Budget:
        """What was taken when it was weighed last; bites while that is beyond what may be."""
        return self._bite.budget("memory", self._used, self.most)

    @property
    def caches_bytes(self) -> int:
        """How much of their files all stores may keep in memory."""
        return self.most // (CACHES_BEYOND if self.pressure is Pressure.BEYOND else CACHES)

    def weigh(self, peers: int, at: UnixTime) -> Pressure:
        """See what the process takes while its rooms have so many *peers*; say what that means."""
        before, self._used = self.pressure, self.taken() or 0
        self.pressure = self._pressure(self._used)
        match self.pressure:
            case Pressure.NONE:
                self.places = None
            case Pressure.NEAR:
                self.places = peers if self.places is None else self.places
            case Pressure.BEYOND:
                self.places = min(peers if self.places is None else self.places, peers - -(-peers // GIVEN_UP))
                self._bite.bite(at)
        if self.pressure is not Pressure.BEYOND:
            self._bite.ease()
        self._tell(before)
        return self.pressure

    @property
    def has_room(self) -> bool:
        """There is enough of it now for one room more."""
        return self._pressure(self.taken() or 0) is Pressure.NONE

    def _pressure(self, used: int) -> Pressure:
        if used > self.most:
            return Pressure.BEYOND
        free = FAR if self.pressure is not Pressure.NONE else NEAR
        return Pressure.NEAR if used > self.most - self.most // free else Pressure.NONE

    def _tell(self, before: Pressure) -> None:
        if self.pressure is before:
            return
        taken = f"{self._used >> 20} of {self.most >> 20} MiB of memory are taken"
        match self.pressure:
            case Pressure.NONE:
                logger.info("%s: neighbours and rooms may come again", taken)
            case Pressure.NEAR:
                logger.info("%s: for now no further neighbours come in, and no further rooms are opened", taken)
            case Pressure.BEYOND:
                logger.warning(
                    "%s: the most crowded rooms send neighbours away; give it more, or keep fewer rooms", taken
                )


def resident_bytes() -> int | None:
    """Say how much of the memory of this machine the process takes now; None where the system does not."""
    try:
        pages = int(_STATM.read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def give_back() -> None:
    """Give back to the system what is of no use now."""
    gc.collect()
    if sys.platform == "linux":
        # The allocator of the GNU system keeps what was freed, until it is told; others have no such call.
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
