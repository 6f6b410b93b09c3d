"""What neighbours are given of the blobs of one room: those that readers here may see."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from peerset.core.blob import Root
from peerset.core.blob_bits import write_bits
from peerset.errors import StoreError
from peerset.ports.blobs import BlobStore
from peerset.protocol.effects import FindBlob, ReadPieces
from peerset.protocol.inputs import BlobFound, BlobInput, PiecesRead

READERS: Final = 4
"""For so many neighbours pieces are read at once."""

logger = logging.getLogger(__name__)


class Giving:
    """Reads what is asked for in *store*; *is_seen* says of what, and *act* gives the node the answers."""

    def __init__(
        self, store: BlobStore, is_seen: Callable[[Root], Awaitable[bool]], act: Callable[[BlobInput], None]
    ) -> None:
        self._store = store
        self._is_seen = is_seen
        self._act = act
        self._asked: asyncio.Queue[FindBlob | ReadPieces] = asyncio.Queue()

    def ask(self, effect: FindBlob | ReadPieces) -> None:
        """Answer soon."""
        self._asked.put_nowait(effect)

    async def run(self) -> None:
        """Answer, until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(READERS):
                tasks.create_task(self._answer_on(), name=f"peerset-files-read-{number}")

    async def _answer_on(self) -> None:
        while True:
            asked = await self._asked.get()
            try:
                answer = await (self._find(asked) if isinstance(asked, FindBlob) else self._read_pieces(asked))
            except StoreError as error:
                logger.warning("files: %s", error)
                answer = BlobFound(asked.peer, asked.root, b"") if isinstance(asked, FindBlob) else _absent(asked)
            self._act(answer)

    async def _find(self, asked: FindBlob) -> BlobInput:
        found = await self._store.look(asked.root)
        is_given = found is not None and await self._is_seen(asked.root)
        return BlobFound(asked.peer, asked.root, write_bits(found.bits) if found is not None and is_given else b"")

    async def _read_pieces(self, asked: ReadPieces) -> BlobInput:
        found = await self._store.look(asked.root)
        if found is None or asked.first >= found.name.pieces or not await self._is_seen(asked.root):
            return _absent(asked)
        count = min(asked.count, found.name.pieces - asked.first)
        read = await self._store.read(found.name, asked.first, count)
        pieces = [None if each is None else (each.proof, each.data) for each in read]
        return PiecesRead(asked.peer, asked.root, asked.first, pieces + [None] * (asked.count - count))


def _absent(asked: ReadPieces) -> BlobInput:
    return PiecesRead(asked.peer, asked.root, asked.first, [None] * asked.count)
