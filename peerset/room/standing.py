"""Whether a room can be used: neither left nor failed, and asked by the event loop that it belongs to."""

import asyncio

from peerset.errors import ConfigError, RoomClosedError


class Standing:
    """How the room *name* stands; it belongs to the loop that runs now."""

    def __init__(self, name: str) -> None:
        self.failure: RoomClosedError | None = None
        self.is_left = False
        self._name = name
        self._loop = asyncio.get_running_loop()

    @property
    def is_open(self) -> bool:
        """Neither left nor failed."""
        return self.failure is None and not self.is_left

    @property
    def is_over(self) -> bool:
        """It was left.

        Raises:
            RoomClosedError: it failed.

        """
        if self.failure is not None:
            raise self.failure
        return self.is_left

    @property
    def word(self) -> str:
        """Say why it is not open."""
        return "left" if self.is_left else "failed"

    def check(self) -> None:
        """Make sure that the room can be used here and now.

        Raises:
            ConfigError: another event loop asks.
            RoomClosedError: it was left, or failed.

        """
        self.check_loop()
        if self.failure is not None:
            raise self.failure
        if self.is_left:
            raise RoomClosedError("the room was left")

    def check_loop(self) -> None:
        """Make sure that the loop asks to which the room belongs.

        Raises:
            ConfigError: another one asks.

        """
        if not is_running(self._loop):
            raise ConfigError(
                f"this room belongs to another event loop: call {self._name!r} from its own one, "
                "or from other threads by asyncio.run_coroutine_threadsafe"
            )


def is_running(loop: asyncio.AbstractEventLoop) -> bool:
    """Say whether this very thread runs *loop* now."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
