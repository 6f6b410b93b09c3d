"""What neighbours bring of blobs, on its way to the disk: a few pieces at once, which costs little more than one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Final

from peerset.core.blob import BlobName, Root
from peerset.core.blob_bits import bits_of
from peerset.core.limits import BLOB_PIECES_ASKED_MAX
from peerset.drive.arrivals import Arrivals
from peerset.errors import BlobError, StoreError
from peerset.protocol.effects import KeepPiece
from peerset.protocol.inputs import BlobInput, PiecesKept

PIECES_AT_ONCE: Final = BLOB_PIECES_ASKED_MAX // 2
"""So many pieces are kept at once: the others that a neighbour was asked for are on their way meanwhile."""
LINGER_SECONDS: Final = 0.05
"""For so long a piece waits for others that are on their way."""

logger = logging.getLogger(__name__)


class Keeping:
    """Lets *keep* have what was brought, and *act* know of it; who waits for a piece of what *is_seen* has it before.

    What cannot be kept is told to *arrivals*, which know who waits.
    """

    def __init__(
        self,
        arrivals: Arrivals,
        keep: Callable[[BlobName, Sequence[KeepPiece]], Awaitable[None]],
        is_seen: Callable[[Root], Awaitable[bool]],
        act: Callable[[BlobInput], None],
    ) -> None:
        self._arrivals = arrivals
        self._keep = keep
        self._is_seen = is_seen
        self._act = act
        self._brought: asyncio.Queue[KeepPiece] = asyncio.Queue()

    def bring(self, brought: KeepPiece) -> None:
        """Keep a piece soon, which was checked."""
        self._brought.put_nowait(brought)

    async def run(self) -> None:
        """Keep what is brought, until it is cancelled."""
        while True:
            together = [await self._brought.get()]
            await self._hand_over(together[0])
            until = asyncio.get_running_loop().time() + LINGER_SECONDS
            with suppress(TimeoutError):
                while len(together) < PIECES_AT_ONCE and self._may_linger(together):
                    # What is cut off by the end of this time has taken nothing.
                    async with asyncio.timeout_at(until):
                        together.append(await self._brought.get())
                    await self._hand_over(together[-1])
            together.sort(key=lambda each: (each.name.root, each.name.size))
            for name, pieces in groupby(together, key=lambda each: each.name):
                await self._keep_some(name, list(pieces))

    async def _hand_over(self, brought: KeepPiece) -> None:
        if await self._is_seen(brought.name.root):
            self._arrivals.give(brought.name.root, brought.piece, brought.data)

    def _may_linger(self, together: Sequence[KeepPiece]) -> bool:
        root = together[-1].name.root
        return self._arrivals.may_linger(root, bits_of(each.piece for each in together if each.name.root == root))

    async def _keep_some(self, name: BlobName, pieces: Sequence[KeepPiece]) -> None:
        try:
            await self._keep(name, pieces)
        except (StoreError, BlobError) as error:
            logger.warning("files: %s", error)
            self._arrivals.fail(error, root=name.root)
            self._arrivals.let_go(name.root)
        self._act(PiecesKept(name.root, tuple((each.peer, each.piece) for each in pieces)))
