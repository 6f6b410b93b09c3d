"""Who waits here for pieces of blobs, and what is asked of the node for them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from peerset.core.blob import BlobName, Root
from peerset.errors import PeersetError
from peerset.protocol.inputs import BlobInput, BlobUnwanted, BlobWanted


class Arrivals:
    """Waits for pieces; *act* gives the node what is wanted."""

    def __init__(self, act: Callable[[BlobInput], None]) -> None:
        self._act = act
        self._coming: dict[tuple[Root, int], asyncio.Future[bytes]] = {}
        self._waiting: Counter[Root] = Counter()

    async def wait(self, name: BlobName, piece: int, ahead: Sequence[int]) -> bytes:
        """Wait until *piece* is here, and give it; *ahead* are to come after it.

        Raises:
            BlobError: nobody gives it, or it cannot be kept.

        """
        coming = self._coming.setdefault((name.root, piece), asyncio.get_running_loop().create_future())
        self._waiting[name.root] += 1
        try:
            self._act(BlobWanted(name, (piece, *ahead)))
            # Shielded: others may wait for the same.
            return await asyncio.shield(coming)
        finally:
            self._waiting[name.root] -= 1

    def let_go(self, root: Root) -> None:
        """Want nothing more of a blob unless somebody waits for it."""
        if not self._waiting[root]:
            del self._waiting[root]
            self._act(BlobUnwanted(root))

    def came(self, root: Root, piece: int, data: bytes) -> None:
        """Wake who waits for a piece, which was checked and is kept."""
        coming = self._coming.pop((root, piece), None)
        if coming is not None and not coming.done():
            coming.set_result(data)

    def fail(self, error: PeersetError, *, root: Root | None = None) -> None:
        """Let nobody wait for a blob, or for any, any more."""
        for key in [key for key in self._coming if root in (None, key[0])]:
            coming = self._coming.pop(key)
            if not coming.done():
                coming.set_exception(error)
                # Who waited may be gone.
                coming.exception()
