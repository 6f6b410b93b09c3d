"""Who waits here for pieces of blobs, and what is asked of the node for them.

Who reads wants a window of a blob at a time, and the next one when half of it was read: so the node is asked seldom,
and those who give are never idle.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from peerset.core.blob import BlobName, Root
from peerset.core.blob_bits import bits_of
from peerset.errors import PeersetError
from peerset.protocol.inputs import BlobInput, BlobUnwanted, BlobWanted


class _Collection:
    """Pieces that somebody waits for together: *missing*, as bits."""

    def __init__(self, missing: int) -> None:
        self.missing = missing
        self.fresh_bytes = 0
        """What came since it was last told of."""
        self.error: PeersetError | None = None
        self.changed = asyncio.Event()

    def came(self, piece: int, size: int) -> None:
        """Note that a piece is here."""
        if self.missing >> piece & 1:
            self.missing ^= 1 << piece
            self.fresh_bytes += size
            self.changed.set()

    def fail(self, error: PeersetError) -> None:
        """Note that the rest does not come."""
        self.error = error
        self.changed.set()


class Arrivals:
    """Waits for pieces; *act* gives the node what is wanted."""

    def __init__(self, act: Callable[[BlobInput], None]) -> None:
        self._act = act
        self._coming: dict[tuple[Root, int], asyncio.Future[bytes]] = {}
        self._collected: dict[Root, list[_Collection]] = {}
        self._waiting: Counter[Root] = Counter()
        self._windows: dict[Root, int] = {}
        """What of each blob was wanted last by who reads it and has not come, as bits."""

    async def wait(self, name: BlobName, piece: int, ahead: Sequence[int]) -> bytes:
        """Wait until *piece* is here, and give it; *ahead* are to come after it.

        Raises:
            BlobError: nobody gives it, or it cannot be kept.

        """
        coming = self._coming.setdefault((name.root, piece), asyncio.get_running_loop().create_future())
        self._waiting[name.root] += 1
        try:
            self._want(name, piece, ahead)
            # Shielded: others may wait for the same.
            return await asyncio.shield(coming)
        finally:
            self._waiting[name.root] -= 1

    async def collect(self, name: BlobName, pieces: Sequence[int], told: Callable[[int], None]) -> None:
        """Wait until all of *pieces* are here, in whatever order; *told* is called with the bytes that came each time.

        Raises:
            BlobError: nobody gives one, or it cannot be kept.

        """
        collection = _Collection(bits_of(pieces))
        self._collected.setdefault(name.root, []).append(collection)
        self._waiting[name.root] += 1
        try:
            self._act(BlobWanted(name, pieces))
            while collection.missing:
                await collection.changed.wait()
                collection.changed.clear()
                size, collection.fresh_bytes = collection.fresh_bytes, 0
                if size:
                    told(size)
                if collection.error is not None:
                    raise collection.error
        finally:
            self._waiting[name.root] -= 1
            self._collected[name.root].remove(collection)
            if not self._collected[name.root]:
                del self._collected[name.root]

    def let_go(self, root: Root) -> None:
        """Want nothing more of a blob unless somebody waits for it."""
        if not self._waiting[root]:
            del self._waiting[root]
            self.drop(root)

    def drop(self, root: Root) -> None:
        """Want nothing more of a blob."""
        self._windows.pop(root, None)
        self._act(BlobUnwanted(root))

    def may_linger(self, root: Root, pieces: int) -> bool:
        """Say whether more of a blob is on its way than *pieces*, as bits, which then may wait for it."""
        wanted = [self._windows.get(root, 0), *(each.missing for each in self._collected.get(root, ()))]
        return any(bits & ~pieces for bits in wanted)

    def came(self, root: Root, piece: int, data: bytes) -> None:
        """Note that a piece is kept."""
        if root in self._windows:
            self._windows[root] &= ~(1 << piece)
        for collection in self._collected.get(root, ()):
            collection.came(piece, len(data))
        self.give(root, piece, data)

    def give(self, root: Root, piece: int, data: bytes) -> None:
        """Give a piece, which was checked, to who waits for it."""
        coming = self._coming.pop((root, piece), None)
        if coming is not None and not coming.done():
            coming.set_result(data)

    def fail(self, error: PeersetError, *, root: Root | None = None) -> None:
        """Let nobody wait for a blob, or for any, any more."""
        for each in [each for each in self._windows if root in (None, each)]:
            del self._windows[each]
        for each, collections in self._collected.items():
            for collection in collections if root in (None, each) else ():
                collection.fail(error)
        for key in [key for key in self._coming if root in (None, key[0])]:
            coming = self._coming.pop(key)
            if not coming.done():
                coming.set_exception(error)
                # Who waited may be gone.
                coming.exception()

    def _want(self, name: BlobName, piece: int, ahead: Sequence[int]) -> None:
        """Ask for a window, unless its nearer half was asked for last and is on its way."""
        near = bits_of((piece, *ahead[: len(ahead) // 2]))
        if near & ~self._windows.get(name.root, 0):
            self._windows[name.root] = bits_of((piece, *ahead))
            self._act(BlobWanted(name, (piece, *ahead)))
