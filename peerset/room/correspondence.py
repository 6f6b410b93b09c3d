"""What two keys say to each other in a room, for nobody else to read: registers, each under the other one's key."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import SystemRandom
from typing import TypeVar

from peerset.core.action import Json
from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.nip44 import NONCE_BYTES, conversation_key, open_text, seal_text
from peerset.data.collection import Collection
from peerset.data.doc import Doc
from peerset.errors import MalformedError
from peerset.room.clocks import read_unix
from peerset.room.stream import EventStream

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Correspondence:
    """One side of it: what is said is sealed between the two (NIP-44), and one text takes the place of the other."""

    own: SecretKey
    other: PublicKey
    collection: Callable[[], Collection[Json]]
    """Where it lies."""
    until: UnixTime
    """What is said is gone then."""

    async def heard(self) -> str | None:
        """Give what the other says; None for nothing, and for nonsense, which anybody may write.

        Raises:
            StoreError: the store cannot be read.
            RoomClosedError: the room was left, or failed.

        """
        page = await self.collection().find({"key": self.own.public_key.hex()}, author=self.other)
        return None if not page.docs else opened(page[0], conversation_key(self.own, self.other))

    async def say(self, text: str) -> None:
        """Say *text* in place of what was said before.

        Raises:
            RecordError: a policy refused the record that says it.
            StoreError: it could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        conversation = conversation_key(self.own, self.other)
        sealed = seal_text(text, conversation, nonce=SystemRandom().randbytes(NONCE_BYTES))
        await self.collection().put(self.other.hex(), {"sealed": sealed}, ttl=max(1, int(self.until - read_unix())))


def opened(doc: Doc[Json], conversation: bytes) -> str | None:
    """Give the text that is sealed in *doc* between those who share *conversation*; None where none is."""
    sealed = doc.value.get("sealed") if isinstance(doc.value, dict) else None
    try:
        return open_text(sealed if isinstance(sealed, str) else "", conversation)
    except MalformedError:
        return None


async def waited(find: Callable[[], Awaitable[T | None]], stream: EventStream, until: UnixTime) -> T:
    """Look with *find*, now and after every event of *stream*, until it gives something.

    Raises:
        TimeoutError: it gave nothing by *until*.
        RoomClosedError: the room was left, or failed.

    """
    async with asyncio.timeout(max(0, until - read_unix())):
        while (found := await find()) is None:
            await anext(stream)
    return found
