"""When it is looked after what is ours, so that the window of its room does not let it go."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from peerset.errors import PeersetError, RoomClosedError

LOOK_SECONDS: Final = 3_600
LOOKS_PER_WINDOW: Final = 24
"""It is looked oftener where records are kept for less than a day."""
LOOK_SECONDS_MIN: Final = 60

logger = logging.getLogger(__name__)


def age_seconds(window_seconds: int) -> int:
    """Give the age at which it is made anew."""
    return window_seconds * 2 // 3


def look_seconds(window_seconds: int) -> int:
    """Give how long it is not looked again."""
    return min(LOOK_SECONDS, max(LOOK_SECONDS_MIN, window_seconds // LOOKS_PER_WINDOW))


async def look_after(what: str, look: Callable[[], Awaitable[None]], *, seconds: float = LOOK_SECONDS) -> None:
    """Call *look* now and every so many *seconds*, until the room is left; what fails is tried again."""
    while True:
        try:
            await look()
        except RoomClosedError:
            return
        except PeersetError as error:
            logger.warning("%s could not be renewed: %s", what, error)
        await asyncio.sleep(seconds)
