"""The blobs of one room: what is kept here, what neighbours are given of it, and what is fetched of them."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import takewhile
from typing import Final

from peerset.core.blob import BlobName, Root
from peerset.core.blob_bits import all_of, numbers_of
from peerset.core.keys import PublicKey
from peerset.core.limits import BLOB_PIECES_ASKED_MAX
from peerset.drive.arrivals import Arrivals
from peerset.drive.budget import Budget
from peerset.drive.giving import Giving
from peerset.drive.keeping import Keeping
from peerset.drive.limits import Limits
from peerset.drive.names import Names
from peerset.errors import BlobError, PeersetError, StoreError
from peerset.ports.blobs import BlobStore, FreshPiece, HeldBlob
from peerset.protocol.effects import BlobEffect, FindBlob, GiveUpBlob, KeepPiece, ReadPieces
from peerset.protocol.events import Happening, PeerJoined, RecordDeleted, RecordsAdded, RecordsExpired, StorageEvicted
from peerset.protocol.inputs import BlobInput

AHEAD_PIECES: Final = 8 * BLOB_PIECES_ASKED_MAX
"""So many pieces are wanted before who reads comes to them."""
PIECES_AT_ONCE: Final = BLOB_PIECES_ASKED_MAX // 2
"""So many pieces are read at once."""
VERDICT_SECONDS: Final = 1.0
"""For so long it is taken for true whether a blob may be given; what the user hides is hidden at once."""
FETCHED_AT_ONCE: Final = 16
"""So many whole blobs are fetched at once where all are kept."""

logger = logging.getLogger(__name__)


class Library:
    """The blobs in *store*, within *limits*; *key* is ours, and *act* gives the node what happens."""

    def __init__(
        self, store: BlobStore, limits: Limits, names: Names, *, key: PublicKey, act: Callable[[BlobInput], None]
    ) -> None:
        self.limits = limits
        self.names = names
        self._store = store
        self._key = key
        self._arrivals = Arrivals(act)
        self._giving = Giving(store, self._is_seen, act)
        self._keeping = Keeping(self._arrivals, self._keep, self._is_seen, act)
        self._bytes: int | None = None
        """What is kept; None until somebody asks."""
        self._in_use: Counter[Root] = Counter()
        """Blobs that are being read, by how often: these do not go,"""
        self._unnamed: set[Root] = set()
        """nor do those of ours that a record is still to name."""
        self._sizes: dict[Root, BlobName] = {}
        """By which of the sizes that records say each blob is looked for."""
        self._given: dict[Root, tuple[bool, float]] = {}
        """Which blobs neighbours may be given, and until when that is taken for true."""
        self._wake = asyncio.Event()
        self._failure: PeersetError | None = None

    # What the room does with it.

    async def run(self) -> None:
        """Keep, give, fetch and forget, until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keeping.run(), name="peerset-files-keep")
            tasks.create_task(self._tidy_on(), name="peerset-files-tidy")
            tasks.create_task(self._giving.run(), name="peerset-files-give")

    def perform(self, effect: BlobEffect) -> None:
        """Do what the node asks."""
        match effect:
            case FindBlob() | ReadPieces():
                self._giving.ask(effect)
            case KeepPiece():
                self._keeping.bring(effect)
            case GiveUpBlob(root, reason, refuted):  # pragma: no branch (mypy: nothing else is left)
                if refuted:
                    self.names.refute(BlobName(root, refuted))
                self._arrivals.fail(BlobError(f"the file {root.hex()[:8]} does not come: {reason}"), root=root)

    def take(self, event: Happening) -> None:
        """Follow what happens in the room."""
        if isinstance(event, RecordsAdded):
            self._unnamed.difference_update(each.root for each in self.names.add(event.members))
            self._wake.set()
        elif isinstance(event, RecordDeleted | RecordsExpired | StorageEvicted | PeerJoined):
            self._wake.set()

    def stir(self) -> None:
        """Look again at what is named and seen."""
        self._given.clear()
        self._wake.set()

    def fail(self, error: PeersetError) -> None:
        """Let nobody wait any more."""
        self._failure = error
        self._arrivals.fail(error)

    # What files do with it.

    async def add(self, source: AsyncIterable[bytes]) -> BlobName:
        """Keep a whole blob of ours, and give its name; a record is to name it.

        Raises:
            BlobError: it is empty, longer than a file may be, or there is no room.
            StoreError: it cannot be kept.

        """
        name = await self._store.add(self._measured(source), size_max=self.limits.blob_bytes)
        self._bytes = None
        if not await self.names.is_named(name.root):
            self._unnamed.add(name.root)
        try:
            await self._make_room(0)
        except BlobError:
            await self.abandon(name.root)
            raise
        return name

    async def abandon(self, root: Root) -> None:
        """Forget a blob of ours that no record is going to name."""
        if root in self._unnamed:
            self._unnamed.discard(root)
            await self.forget(root)

    async def read(self, name: BlobName, pieces: Iterable[int]) -> AsyncGenerator[bytes, None]:
        """Give these pieces of a blob, ascending, fetched where they are not here.

        Raises:
            BlobError: nobody gives them, it is longer than a file may be, or no record that is seen names it.
            StoreError: they cannot be read or kept.

        """
        wanted, at = list(pieces), 0
        with self._using(name.root):
            while at < len(wanted):
                together = await self._next(name, wanted[at : at + AHEAD_PIECES], is_first=at == 0)
                for data in together:
                    yield data
                at += len(together)

    async def fetch(self, name: BlobName, progress: Callable[[int], None] | None = None) -> None:
        """Bring here what is missing of a blob; *progress* is told of the bytes of each piece.

        Raises:
            BlobError: as `read`.
            StoreError: it cannot be kept.

        """
        told = progress or _nobody
        here = await self._look(name)
        if here is not None and here.is_whole:
            told(name.size)
            return
        with self._using(name.root):
            await self._check_wanted(name)
            here = await self._look(name)
            missing = numbers_of(all_of(name.pieces) & ~(0 if here is None else here.bits))
            told(0 if here is None else here.bytes_kept)
            await self._arrivals.collect(name, missing, told)

    async def held(self) -> dict[Root, HeldBlob]:
        """Give what is here, what was not used for longest first."""
        return await self._store.held()

    async def forget(self, root: Root) -> bool:
        """Delete what is here of a blob; False when there was nothing."""
        if await self._store.look(root) is None:
            return False
        await self._store.delete(root)
        self._bytes = None
        return True

    # Inside.

    @contextmanager
    def _using(self, root: Root) -> Iterator[None]:
        """Keep a blob that is read."""
        self._in_use[root] += 1
        try:
            yield
        finally:
            self._in_use[root] -= 1
            self._arrivals.let_go(root)
            if not self._in_use[root]:
                del self._in_use[root]
                self._sizes.pop(root, None)

    async def _look(self, name: BlobName) -> HeldBlob | None:
        """Give what is here of a blob of this size.

        Raises:
            BlobError: what is here has another one.

        """
        here = await self._store.look(name.root)
        if here is None or here.name == name:
            return here
        if here.has(here.name.pieces - 1):
            # Its last piece shows how long a blob is: it is not begun anew for a record that says something else.
            raise BlobError(f"a file of {here.name.size} bytes, and not of {name.size} as a record that names it says")
        return None

    async def _next(self, name: BlobName, wanted: Sequence[int], *, is_first: bool) -> Sequence[bytes]:
        """Give the first of *wanted*, and what is here of those that follow it; what is not is fetched."""
        while True:
            here = await self._look(name)
            run = range(wanted[0], wanted[0] + PIECES_AT_ONCE)
            together = [
                each
                for each, piece in zip(run, wanted, strict=False)
                if each == piece and here is not None and here.has(piece)
            ]
            # What another process keeps is known here when it was looked for.
            if together or is_first:
                found = await self._store.read(name, wanted[0], max(len(together), 1))
                if found[0] is not None:
                    return [each.data for each in takewhile(lambda each: each is not None, found) if each is not None]
            brought = await self._bring(name, wanted)
            if brought is not None:
                return [brought]

    async def _bring(self, name: BlobName, wanted: Sequence[int]) -> bytes | None:
        """Wait until the first of *wanted* is here, and the others are on their way; give it unless it was here."""
        here = await self._look(name)
        if here is not None and here.has(wanted[0]):
            return None
        await self._check_wanted(name)
        missing = [each for each in wanted[1:] if here is None or not here.has(each)]
        return await self._arrivals.wait(name, wanted[0], missing)

    async def _check_wanted(self, name: BlobName) -> None:
        """Refuse to fetch what may not be.

        Raises:
            BlobError: it is longer than a file may be, or no record that is seen names it.

        """
        if self._failure is not None:
            raise self._failure
        if name.size > self.limits.blob_bytes:
            raise BlobError(f"a file of {name.size} bytes; at most {self.limits.blob_bytes} are fetched here")
        await self._check_seen(name)
        await self._settle(name)

    async def _settle(self, name: BlobName) -> None:
        """Look for a blob by one size at a time, and where records say several begin with the piece that shows it.

        Raises:
            BlobError: it has another size, or nobody gives what would show it.

        """
        root = name.root
        while (other := self._sizes.get(root, name)) != name:
            with suppress(BlobError):
                await self._bring_last(other)
            await self._look(name)
            if self._sizes.get(root) == other:
                # It has not that size, or nobody gives it.
                self._arrivals.drop(root)
                del self._sizes[root]
        self._sizes[root] = name
        if len(self.names.claims(root)) > 1:
            await self._bring_last(name)

    async def _bring_last(self, name: BlobName) -> None:
        """Bring here the last piece of a blob, by which it has this size and no other."""
        here = await self._look(name)
        if here is None or not here.has(name.pieces - 1):
            await self._arrivals.wait(name, name.pieces - 1, ())

    async def _check_seen(self, name: BlobName) -> None:
        if not await self._is_seen(name.root):
            raise BlobError(f"no record that is seen here names the file {name.root.hex()[:8]}")

    async def _measured(self, source: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
        """Pass on what comes, as far as there is room for it."""
        taken = 0
        async for part in source:
            taken += len(part)
            if taken > self.limits.room_bytes:
                raise BlobError(f"files may take {self.limits.room_bytes} bytes here, and this one takes more")
            yield part

    def _is_needed(self, root: Root) -> bool:
        return self._in_use[root] > 0 or root in self._unnamed

    async def _is_seen(self, root: Root) -> bool:
        now = asyncio.get_running_loop().time()
        verdict, until = self._given.get(root, (False, now))
        if now >= until:
            verdict = await self.names.is_seen(root)
            self._given[root] = verdict, now + VERDICT_SECONDS
        return verdict

    async def _make_room(self, size: int) -> None:
        """Let go what was not used for longest, until *size* more bytes fit.

        Raises:
            BlobError: nothing more may go.

        """
        held = await self._store.held()
        total = sum(each.bytes_kept for each in held.values())
        for root, each in held.items():
            if total + size <= self.limits.room_bytes:
                break
            if self._is_needed(root) or self.names.is_by(root, self._key):
                continue
            await self._store.delete(root)
            logger.info("files: %s goes, for there is no room", root.hex()[:8])
            total -= each.bytes_kept
        self._bytes = total
        if total + size > self.limits.room_bytes:
            raise BlobError(f"files may take {self.limits.room_bytes} bytes here, and none of them may go")

    async def _keep(self, name: BlobName, brought: Sequence[KeepPiece]) -> None:
        # It may have been hidden since it was wanted.
        await self._check_seen(name)
        size = sum(len(each.data) for each in brought)
        if self._bytes is None or self._bytes + size > self.limits.room_bytes:
            await self._make_room(size)
        await self._store.write(name, [FreshPiece(each.piece, each.data, each.nodes) for each in brought])
        self._bytes = (self._bytes or 0) + size
        for each in brought:
            self._arrivals.came(name.root, each.piece, each.data)

    async def _tidy_on(self) -> None:
        while True:
            try:
                await self._tidy()
            except PeersetError as error:
                logger.warning("files: %s", error)
            await self._wake.wait()
            self._wake.clear()

    async def _tidy(self) -> None:
        """Forget blobs that no record here names any more, and fetch those that are to be kept."""
        for root in await self._store.held():
            if not self._is_needed(root) and not await self.names.is_named(root):
                await self._store.delete(root)
                self._bytes = None
        if self.limits.keep == "all":
            turns = asyncio.Semaphore(FETCHED_AT_ONCE)
            budget = Budget(self.limits, self.names, self._key, (await self._store.held()).values())
            async with asyncio.TaskGroup() as tasks:
                # Whoever says wrong sizes of a blob holds up no other.
                for root in sorted(self.names.roots, key=lambda root: len(self.names.claims(root))):
                    tasks.create_task(self._collect(root, turns, budget), name="peerset-files-collect")

    async def _collect(self, root: Root, turns: asyncio.Semaphore, budget: Budget) -> None:
        async with turns:
            found = await self._store.look(root)
            if (found is not None and found.is_whole) or not await self.names.is_seen(root):
                return
            for name in self.names.claims(root):
                try:
                    await self._fetch_ahead(name, budget)
                except (BlobError, StoreError) as error:
                    logger.info("files: %s", error)
                else:
                    return

    async def _fetch_ahead(self, name: BlobName, budget: Budget) -> None:
        with self._using(name.root):
            await self._check_wanted(name)
            here = await self._look(name)
            if budget.take(name, 0 if here is None else here.bytes_kept):
                await self.fetch(name)
            else:
                logger.debug("files: %s is not fetched ahead, for it does not fit", name.root.hex()[:8])


def _nobody(_: int) -> None:
    """Tell nobody."""
