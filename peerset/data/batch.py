"""Batches: several documents and registers written at once, or nothing of them."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, overload

from peerset.core.action import Json
from peerset.core.limits import BATCH_DOCUMENTS_MAX
from peerset.core.record import KIND_COMMIT, Record
from peerset.data.collection import Collection
from peerset.data.desk import Desk, Draft
from peerset.data.doc import Doc
from peerset.data.drafts import Drafted, Drafting
from peerset.data.expected import ANY, AnyDoc, Expected
from peerset.data.projection import Projection
from peerset.data.turns import Register
from peerset.documents.commit import commit_content
from peerset.documents.document import BATCH_TAG
from peerset.errors import ConfigError

T = TypeVar("T")

NONCE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing to be written."""

    collection: Collection[Any]
    drafting: Drafting


class Batch:
    """Collects what is to be written, and writes it by `commit`. Made by `peerset.Room.batch`.

    What does not fit its model is refused when it is put in. Here, all is saved in one transaction.
    """

    def __init__(self, desk: Desk, projection: Projection, rng: random.Random) -> None:
        self._desk = desk
        self._projection = projection
        self._rng = rng
        self._parts: list[_Part] = []
        self._registers: set[Register] = set()
        self._is_committed = False

    def __len__(self) -> int:
        return len(self._parts)

    def __repr__(self) -> str:
        return f"<Batch of {len(self)}, {'committed' if self._is_committed else 'open'}>"

    @overload
    def add(
        self,
        collection: Collection[Json],
        value: Json,
        *,
        follows: AnyDoc | Iterable[AnyDoc] = (),
        ttl: float | None = None,
    ) -> None: ...

    @overload
    def add(
        self, collection: Collection[T], value: T, *, follows: AnyDoc | Iterable[AnyDoc] = (), ttl: float | None = None
    ) -> None: ...

    def add(
        self,
        collection: Collection[Any],
        value: Any,
        *,
        follows: AnyDoc | Iterable[AnyDoc] = (),
        ttl: float | None = None,
    ) -> None:
        """Write a document, as `Collection.add` does.

        Raises:
            SchemaError: the value does not fit the model.
            ConfigError: there are `BATCH_DOCUMENTS_MAX` already.

        """
        self._take(collection, None, collection.draft_document(value, follows=follows, ttl=ttl))

    @overload
    def put(
        self,
        collection: Collection[Json],
        key: str,
        value: Json,
        *,
        expected: Expected = ANY,
        ttl: float | None = None,
    ) -> None: ...

    @overload
    def put(
        self,
        collection: Collection[T],
        key: str,
        value: T,
        *,
        expected: Expected = ANY,
        ttl: float | None = None,
    ) -> None: ...

    def put(
        self,
        collection: Collection[Any],
        key: str,
        value: Any,
        *,
        expected: Expected = ANY,
        ttl: float | None = None,
    ) -> None:
        """Write a version of a register, as `Collection.put` does.

        Raises:
            SchemaError: the value does not fit the model.
            ConfigError: it is no key, is in this batch already, or there are `BATCH_DOCUMENTS_MAX` already.

        """
        self._take(collection, key, collection.draft_version(key, value, expected=expected, ttl=ttl))

    def delete(self, collection: Collection[Any], key: str, *, expected: Expected = ANY) -> None:
        """Write a tombstone, as `Collection.delete` does.

        Raises:
            ConfigError: it is no key, is in this batch already, or there are `BATCH_DOCUMENTS_MAX` already.

        """
        self._take(collection, key, collection.draft_tombstone(key, expected=expected))

    async def commit(self, *, atomic: bool = False) -> list[Doc[Any]]:
        """Write all, in order, and give it once it is on disk.

        *atomic* adds a record that lists all: on other peers nothing of the batch is seen before all of it is there.

        Raises:
            ConflictError: a register holds something else than was expected; nothing is written.
            ConfigError: nothing is in it, or it was committed before.
            RecordError: a record breaks the limits, or a policy refused one; nothing is written.
            StoreError: it could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        if self._is_committed or not self._parts:
            raise ConfigError(
                "this batch was committed before" if self._is_committed else "there is nothing in the batch"
            )
        async with self._projection.turns.at([*self._registers]):
            drafted = await self._draft()
            drafts = [draft for draft, _ in drafted]
            records = await self._sign(drafts, max(after for _, after in drafted), is_atomic=atomic)
            definitions = [part.collection.definition for part in self._parts]
            written = list(zip(definitions, records, strict=False))
            await self._projection.publish(self._desk, written, *records[len(written) :])
            self._is_committed = True
        return [part.collection.written(record) for part, record in zip(self._parts, records, strict=False)]

    def _take(self, collection: Collection[Any], key: str | None, drafting: Drafting) -> None:
        if len(self._parts) >= BATCH_DOCUMENTS_MAX:
            raise ConfigError(f"a batch has at most {BATCH_DOCUMENTS_MAX} documents")
        if key is not None:
            if (collection.name, key) in self._registers:
                raise ConfigError(f"the register {key!r} of {collection.name!r} is in this batch already")
            self._registers.add((collection.name, key))
        self._parts.append(_Part(collection, drafting))

    async def _draft(self) -> list[Drafted]:
        """Draft all parts, those of one collection together."""
        collections = {part.collection.definition.digest: part.collection for part in self._parts}
        found: dict[bytes, Iterator[Drafted]] = {}
        for digest, collection in collections.items():
            parts = [part.drafting for part in self._parts if part.collection.definition.digest == digest]
            found[digest] = iter(await collection.draft(parts))
        return [next(found[part.collection.definition.digest]) for part in self._parts]

    async def _sign(self, drafts: Sequence[Draft], after: int, *, is_atomic: bool) -> list[Record]:
        if not is_atomic:
            return await self._desk.writer.sign_together(drafts, after=after)
        tag = (BATCH_TAG, self._rng.randbytes(NONCE_BYTES).hex())

        def close(records: Sequence[Record]) -> Draft:
            return Draft(KIND_COMMIT, [tag], commit_content(record.id for record in records))

        tagged = [replace(draft, tags=[*draft.tags, tag]) for draft in drafts]
        return await self._desk.writer.sign_together(tagged, after=after, closing=close)
