"""The files of a room, and the blobs that they name."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from peerset.core.blob import read_blob_tag
from peerset.core.filter import Cursor, Filter
from peerset.core.keys import PublicKey
from peerset.core.record import KIND_KEYED, Record
from peerset.core.typed import AnyKey, read_key
from peerset.data.desk import Desk
from peerset.data.model import model_of
from peerset.documents.definition import define
from peerset.drive.entry import SCHEMA
from peerset.drive.files import Files
from peerset.drive.library import Library
from peerset.drive.limits import Limits
from peerset.drive.names import Names, Reading
from peerset.drive.registers import FileRegisters
from peerset.errors import RoomClosedError
from peerset.moderation.moderator import Moderator
from peerset.ports import DocumentStore, Store
from peerset.ports.blobs import BlobKeeper, BlobStore, HeldBlob
from peerset.protocol.effects import BlobEffect
from peerset.protocol.events import Happening
from peerset.protocol.inputs import BlobInput
from peerset.room.database import Database
from peerset.room.reader import View
from peerset.stores.blob_memory import MemoryBlobs

RECORDS_AT_ONCE: Final = 1_000
"""So many are read at a time when it is looked for what blobs they name."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a room keeps the bytes of files, and how much of them."""

    store: BlobStore
    limits: Limits
    names: Sequence[Record]
    """The records that were here before, of those that name blobs."""

    def open(self, reading: Reading, key: PublicKey, act: Callable[[BlobInput], None]) -> Library:
        """Give the library of a room, of which *reading* says what readers see, and whose user is *key*."""
        names = Names(reading)
        names.add(self.names)
        return Library(self.store, self.limits, names, key=key, act=act)


async def shelf_for(store: Store, limits: Limits | None) -> Shelf | None:
    """Give the place for files beside *store*; None without *limits*.

    Raises:
        StoreError: the store cannot be read.

    """
    if limits is None:
        return None
    blobs = store.blobs() if isinstance(store, BlobKeeper) else MemoryBlobs()
    names: list[Record] = []
    after: Cursor | None = None
    while True:
        page = await store.query(Filter(kinds=frozenset({KIND_KEYED}), after=after, limit=RECORDS_AT_ONCE))
        names += [record for record in page if read_blob_tag(record.tags) is not None]
        if len(page) < RECORDS_AT_ONCE:
            return Shelf(blobs, limits, names)
        after = Cursor.of(page[-1])


class Filing(Database):
    """The part of a room that has files; their bytes have a *shelf*, if `join` was asked for that."""

    _view: View
    _act: Callable[[BlobInput], None]

    def __init__(
        self,
        store: DocumentStore,
        moderation: Moderator,
        desk: Desk,
        *,
        window_seconds: int,
        shelf: Shelf | None = None,
    ) -> None:
        super().__init__(store, moderation, desk, window_seconds=window_seconds)
        self._library = None if shelf is None else shelf.open(self._view, desk.key, self._act)

    def files(self, name: str, *, shared: bool = False, author: AnyKey | None = None) -> Files:
        """Give the files under this name: a collection of our own ones, or *shared* ones, or those of an *author*.

        Without ``join(files=…)`` files of up to 24 KiB can be written and read, and others listed.

        Raises:
            ConfigError: it is no name, stands for another collection in this process, or *author* is no key.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        model = model_of(SCHEMA)
        schema = None if model.schema is None else model.schema.json
        wanted = define(name, schema, shared=shared, indexes=(), text=(), place=None, also=(), fits=model.fits)
        definition = self._projection.declarations.declare(wanted)
        owner: PublicKey | None = None if author is None else read_key(author)
        return Files(FileRegisters(definition, model, self._projection, self._desk), self._library, author=owner)

    async def blobs(self) -> list[HeldBlob]:
        """Give what is kept here of files of more than 24 KiB, what was not used for longest first.

        Raises:
            StoreError: it cannot be read.

        """
        self._desk.check_open()
        return [] if self._library is None else [*(await self._library.held()).values()]

    def _works_of_files(self) -> dict[str, Coroutine[Any, Any, None]]:
        return {} if self._library is None else {"files": self._library.run()}

    def _do_for_blobs(self, effect: BlobEffect) -> None:
        if self._library is not None:
            self._library.perform(effect)

    def _take_for_blobs(self, event: Happening) -> None:
        if self._library is not None:
            self._library.take(event)

    def _fail_blobs(self, error: RoomClosedError) -> None:
        if self._library is not None:
            self._library.fail(error)

    def _stir(self) -> None:
        super()._stir()
        if self._library is not None:
            self._library.stir()
