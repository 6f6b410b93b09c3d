"""The collection that files are in: registers whose records name the blobs that their values name."""

from collections.abc import Sequence
from dataclasses import replace

from peerset.core.action import Json
from peerset.core.blob import BLOB_TAG
from peerset.core.blob_seal import padded_size
from peerset.core.keys import PublicKey
from peerset.core.record import Record
from peerset.data.collection import Collection
from peerset.data.drafts import Drafted, Drafting
from peerset.data.expected import Expected
from peerset.documents.change import Bookmark
from peerset.documents.document import Version


class FileRegisters(Collection[Json]):
    """Registers by path; each is an entry of a file (`peerset.drive.entry.SCHEMA`)."""

    def owner_of(self, author: PublicKey | None) -> PublicKey | None:
        """Say whose registers are meant: *author*'s, else ours; None for all, where they are shared."""
        return self._owner(author)

    async def last_change(self) -> Bookmark:
        """Give the end of the room's log of changes, as it is now."""
        await self._projection.settled_log()
        return await self._projection.store.last_change()

    def is_ours(self, author: PublicKey | None) -> bool:
        """Say whether we write the registers of *author*."""
        return author in (None, self._desk.speaks_for(self.definition))

    @property
    def is_sealed(self) -> bool:
        """The room is sealed, and so are its files."""
        return self._desk.seals is not None

    def seals(self, record: Record) -> bool:
        """Say whether a secret of this room seals *record*."""
        return self._desk.seals is not None and self._desk.seals(record)

    def draft_version(self, key: str, value: Json, *, expected: Expected, ttl: float | None) -> Drafting:
        """Say how the next version is drafted: with the tag that names its blob.

        Raises:
            SchemaError: the value is no entry of a file.
            ConfigError: it is no key.

        """
        drafting = super().draft_version(key, value, expected=expected, ttl=ttl)
        if not isinstance(value, dict) or "blob" not in value:
            return drafting
        size = int(str(value["size"]))
        tag = (BLOB_TAG, str(value["blob"]), str(padded_size(size) if "key" in value else size))

        def make(versions: Sequence[Version], follows: Sequence[Record]) -> Drafted:
            draft, after = drafting.make(versions, follows)
            return replace(draft, tags=[*draft.tags, tag]), after

        return replace(drafting, make=make)
