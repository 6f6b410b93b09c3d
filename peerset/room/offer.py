"""A code for a new device, where the key is: who asks by it is told of there, and answered."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final, Protocol

from peerset.core.clock import UnixTime
from peerset.core.linking import Device, LinkRequest
from peerset.core.linking_code import LinkingCode
from peerset.errors import ConfigError
from peerset.protocol.events import RecordAdded
from peerset.room.correspondence import Correspondence, waited
from peerset.room.permission import GRANT_DAYS
from peerset.room.stream import EventStream

REFUSED: Final = "refused"
"""Said to who asked by a code: no."""
TAKEN: Final = "taken "
"""Said under a code, before the nonce of what was accepted: it is of no use to anybody else."""
DONE: Final = "done"
"""Said by the device, in place of what it asked: it has its answer."""


class Accept(Protocol):
    """Lets a device write, as `peerset.room.devices.Devices.accept` does."""

    def __call__(
        self, request: str | LinkRequest, *, collections: str | Iterable[str], days: float
    ) -> Awaitable[Device]:
        """Let the device that shows *request* write."""


class Offer:
    """A code for a new device, to be shown where the key is; made by `Devices.offer`."""

    def __init__(
        self,
        code: LinkingCode,
        talk: Correspondence,
        *,
        read: Callable[[str], LinkRequest],
        accept: Accept,
        events: Callable[[type[RecordAdded]], EventStream],
    ) -> None:
        self.text = code.text
        """The code, for a QR code: a secret until somebody asked, for whoever opens it can ask."""
        self._code = code
        self._talk = talk
        self._read = read
        self._accept = accept
        self._events = events

    @property
    def until(self) -> UnixTime:
        """The last second at which it is good."""
        return self._code.until

    async def asked(self) -> LinkRequest:
        """Wait for who asks by it; compare its `device` with what that shows, before it is accepted.

        Raises:
            TimeoutError: nobody did in time.
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        return await waited(self._request, self._events(RecordAdded), self.until)

    async def accept(
        self, request: LinkRequest, *, collections: str | Iterable[str] = (), days: float = GRANT_DAYS
    ) -> Device:
        """Let the device that asked write for us, as `Devices.accept` does, and refused likewise."""
        made = await self._accept(request, collections=collections, days=days)
        await self._talk.say(TAKEN + request.nonce.hex())
        return made

    async def taken(self) -> None:
        """Wait until the device says that it has its answer; refused as `asked`."""
        await waited(self._receipt, self._events(RecordAdded), self.until)

    async def refuse(self) -> None:
        """Tell who asked that we do not want it.

        Raises:
            RecordError: a policy refused the record that says so.
            StoreError: it could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        await self._talk.say(REFUSED)

    async def _receipt(self) -> bool | None:
        return True if await self._talk.heard() == DONE else None

    async def _request(self) -> LinkRequest | None:
        try:
            return self._read(await self._talk.heard() or "")
        except ConfigError:
            # Who has the code may write nonsense.
            return None
