"""Collections: documents, registers and logs of one model, among the records of a room."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from peerset.core.deletion import address_text
from peerset.core.record import KIND_DELETION, KIND_KEYED, Record, RecordId
from peerset.core.typed import several, shown
from peerset.data.desk import Desk, Draft
from peerset.data.doc import Doc, made_doc
from peerset.data.drafts import (
    Drafted,
    Drafting,
    content_of,
    draft_document,
    draft_version,
    expiry_of,
    follow_all,
    with_unknown,
)
from peerset.data.expected import ANY, AnyDoc, Expected, Wanted, check_expected, read_expected
from peerset.data.following import Following
from peerset.data.model import Model
from peerset.data.projection import Projection
from peerset.data.reading import AnyWhere, id_of
from peerset.data.turns import Turn
from peerset.documents.definition import Definition
from peerset.documents.document import Version, heads_of, read_document_key
from peerset.documents.plan import Slot
from peerset.documents.seen import read_seen
from peerset.errors import ConfigError, ConflictError, SchemaError

T = TypeVar("T")

LOG_HEADS_MAX: Final = 16
"""So many heads of a log `Collection.append` follows, the newest."""
UPDATES_AT_ONCE: Final = 100
UPDATE_TRIES_MAX: Final = 100


class Collection(Following[T]):
    """The documents of one name in a room, each a value of one model. Made by `peerset.Room.collection`.

    Documents of their own are written by `add` and `append`, registers, which have a key and versions, by `put`,
    `update` and `delete`. All are given back once they are on disk.
    """

    def __init__(
        self,
        definition: Definition,
        model: Model[T],
        projection: Projection,
        desk: Desk,
        *,
        ttl: float | None = None,
    ) -> None:
        super().__init__(definition, model, projection, desk)
        expiry_of(ttl, desk)
        self._ttl = ttl

    def __repr__(self) -> str:
        what = "shared registers" if self.definition.is_shared else "documents"
        return f"<Collection {self.name!r} of {what}, {len(self.definition.indexes)} indexes>"

    # Documents.

    async def add(self, value: T, *, follows: AnyDoc | Iterable[AnyDoc] = (), ttl: float | None = None) -> Doc[T]:
        """Write a document; *follows* are documents of this collection that it comes after, or their ids.

        Raises:
            SchemaError: the value does not fit the model.
            ConfigError: what it follows is not here, or too many.
            RecordError: it breaks the limits of records, or a policy refused it.
            StoreError: it could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        return await self._write(self.draft_document(value, follows=follows, ttl=ttl))

    async def append(self, value: T, *, ttl: float | None = None) -> Doc[T]:
        """Write a document that follows the heads of the collection, as a log of several writers does."""
        self._desk.check_open()
        self._model.dump(value)
        # One after the other, so that our own entries follow each other.
        async with self._turn(""):
            store = await self._projection.settled(self.definition)
            heads = [each for each in await store.heads(self.name, limit=LOG_HEADS_MAX) if each.kind != KIND_KEYED]
            return await self._write(self.draft_document(value, follows=heads, ttl=ttl))

    async def remove(self, doc_id: AnyDoc) -> None:
        """Delete a document of ours everywhere, by a deletion record (NIP-09).

        Raises:
            ConfigError: it is not here, or not ours.

        """
        doc = await self.doc(doc_id)
        if doc is None:
            raise ConfigError(f"there is no document {id_of(doc_id).hex()[:8]} in {self.name!r} here")
        if doc.signer != self._desk.key:
            raise ConfigError(f"document {doc.id.hex()[:8]} is not ours: only who signed it can delete it")
        tags = [("e", doc.id.hex()), ("k", str(doc.record.kind))]
        await self._desk.publish([await self._desk.writer.sign_after(Draft(KIND_DELETION, tags, ""), after=doc.stamp)])

    # Registers.

    async def put(self, key: str, value: T, *, expected: Expected = ANY, ttl: float | None = None) -> Doc[T]:
        """Write a version of the register under *key* that replaces all heads known here.

        *expected* says what must be there before: None nothing that is seen, a document or its id, or several, exactly
        these heads. It is checked against what is here: two peers that do not know of each other may both succeed.

        Raises:
            SchemaError: the value does not fit the model.
            ConflictError: the register holds something else than *expected*.
            ConfigError: it is no key.
            RecordError: it breaks the limits of records, or a policy refused it.
            StoreError: it could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        draft = self.draft_version(key, value, expected=expected, ttl=ttl)
        async with self._turn(key):
            return await self._write(draft)

    async def update(self, key: str, change: Callable[[T | None], T], *, ttl: float | None = None) -> Doc[T]:
        """Write what *change* makes of the value under *key*, or of None, again when another version came meanwhile.

        Fields that the model does not know are kept.
        """
        for _ in range(UPDATE_TRIES_MAX):
            heads = heads_of(*await self._latest([key], in_turn=False))
            doc = await self.get(key)
            json = self._model.dump(change(None if doc is None else doc.value))
            if doc is not None:
                json = with_unknown(json, self._row(doc.record)[1].value, self._model.schema)
            try:
                async with self._turn(key):
                    return await self._write(
                        self._draft(key, content_of(json), frozenset(each.id for each in heads), ttl)
                    )
            except ConflictError:
                continue
        raise ConflictError(key, tuple(each.id for each in heads))

    async def update_all(self, where: AnyWhere | None, change: Callable[[T], T]) -> int:
        """Do so with every register that matches and is ours, or shared; give how many."""
        owner = self._owner(None)
        keys = [doc.key async for doc in self.all(where, author=owner, order="key") if doc.key is not None]

        def changed(value: T | None) -> T:
            if value is None:
                raise _GoneError
            return change(value)

        async def update(key: str) -> bool:
            try:
                await self.update(key, changed)
            except _GoneError:
                return False
            return True

        count = 0
        for start in range(0, len(keys), UPDATES_AT_ONCE):
            part = keys[start : start + UPDATES_AT_ONCE]
            done = await asyncio.gather(*map(update, part), return_exceptions=True)
            for each in done:
                if isinstance(each, BaseException):
                    raise each
            count += done.count(True)
        return count

    async def delete(self, key: str, *, expected: Expected = ANY) -> Doc[T]:
        """Write a tombstone in place of the heads of the register under *key*, and give it.

        Raises:
            ConflictError: the register holds something else than *expected*.

        """
        self._desk.check_open()
        draft = self.draft_tombstone(key, expected=expected)
        async with self._turn(key):
            return await self._write(draft)

    async def erase(self, key: str) -> int:
        """Delete every version of ours under *key* (NIP-09), so that honest peers forget them; give how many."""
        key = read_document_key(key)
        self._desk.check_open()
        async with self._turn(key):
            ours = [each for each in await self._versions(key) if each.author == self._desk.key]
            if ours:
                address = address_text(KIND_KEYED, self._desk.key, f"{self.name}/{key}")
                tags = [("a", address), ("k", str(KIND_KEYED))]
                after = max(each.stamp for each in ours)
                await self._desk.publish(
                    [await self._desk.writer.sign_after(Draft(KIND_DELETION, tags, ""), after=after)]
                )
            return len(ours)

    # What batches write: checked at once, drafted when it is their turn, in its turn.

    def draft_document(self, value: T, *, follows: AnyDoc | Iterable[AnyDoc], ttl: float | None) -> Drafting:
        """Say how a document is drafted.

        Raises:
            SchemaError: the value does not fit the model.

        """
        content = content_of(self._model.dump(value))
        ids = [id_of(each) for each in several("what a document follows", follows, singles=(Doc, Record, str, bytes))]
        expires_at = self._expiry(ttl)

        def make(_: Sequence[Version], follows: Sequence[Record]) -> Drafted:
            return draft_document(self.definition, content, follows, expires_at=expires_at)

        return Drafting(None, tuple(dict.fromkeys(ids)), make)

    def draft_version(self, key: str, value: T, *, expected: Expected, ttl: float | None) -> Drafting:
        """Say how the next version of a register is drafted.

        Raises:
            SchemaError: the value does not fit the model.
            ConfigError: it is no key.

        """
        return self._draft(key, content_of(self._model.dump(value)), read_expected(expected), ttl)

    def draft_tombstone(self, key: str, *, expected: Expected) -> Drafting:
        """Say how the tombstone of a register is drafted.

        Raises:
            ConfigError: it is no key.

        """
        return self._draft(key, None, read_expected(expected), None)

    async def draft(self, draftings: Sequence[Drafting]) -> list[Drafted]:
        """Draft documents and versions, each key once, by what is here now.

        Raises:
            ConflictError: a register holds something else than was expected.
            ConfigError: what a document follows is not here, or too much.

        """
        keys = [each.key for each in draftings if each.key is not None]
        found = iter(await self._latest(keys, in_turn=True) if keys else ())
        ids = [each for drafting in draftings for each in drafting.follows]
        here = await self._here(ids) if ids else {}
        return [
            each.make(() if each.key is None else next(found), follow_all(each.follows, here) if each.follows else ())
            for each in draftings
        ]

    def written(self, record: Record) -> Doc[T]:
        """Read what was written here."""
        # A tombstone says nothing; all else was found to fit before it was signed.
        found = read_seen(self.definition, record) if record.content else None
        try:
            if found is not None:
                key, value, stamp, follows, author = found
                return made_doc(record, key, self._model.load(value), stamp, follows, author)
            doc = self._read(record, fits=True)
        except SchemaError:
            doc = None
        if doc is None:
            raise ConfigError(f"the model of {self.name!r} does not read what it wrote: {shown(record.content)}")
        return doc

    # Inside.

    def _draft(self, key: str, content: str | None, expected: Wanted, ttl: float | None) -> Drafting:
        read_document_key(key)
        expires_at = None if content is None else self._expiry(ttl)

        def make(versions: Sequence[Version], _: Sequence[Record]) -> Drafted:
            check_expected(key, expected, versions)
            author = self._desk.key
            return draft_version(self.definition, key, content, versions, author=author, expires_at=expires_at)

        return Drafting(key, (), make)

    def _turn(self, key: str) -> Turn:
        """Have the turn at the register under *key* while a block runs, before others that write it."""
        return self._projection.turns.at([(self.name, key)])

    async def _write(self, drafting: Drafting) -> Doc[T]:
        [(draft, after)] = await self.draft([drafting])
        record = await self._desk.writer.sign_after(draft, after=after)
        await self._projection.publish(self._desk, [(self.definition, record)])
        return self.written(record)

    async def _latest(self, keys: Sequence[str], *, in_turn: bool) -> list[list[Version]]:
        owner = self._owner(None)
        return await self._projection.latest(self.definition, [Slot(key, owner) for key in keys], in_turn=in_turn)

    async def _here(self, ids: Iterable[RecordId]) -> dict[RecordId, Record]:
        """Give those of *ids* that are here."""
        return {record.id: record for record in await self._projection.store.get(list(dict.fromkeys(ids)))}

    def _expiry(self, ttl: float | None) -> int | None:
        return expiry_of(self._ttl if ttl is None else ttl, self._desk)


class _GoneError(Exception):
    """A register is not seen any more."""
