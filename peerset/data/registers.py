"""Registers of one collection, as their readers ask for them by key."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final, TypeVar

from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.core.typed import AnyKey, several
from peerset.data.doc import AsOf, Doc
from peerset.data.reading import Reading
from peerset.documents.document import State, Version, heads_of, present, read_document_key
from peerset.documents.plan import Slot

T = TypeVar("T")

HEADS_MAX: Final = 1_000


class Registers(Reading[T]):
    """The part of a `peerset.data.collection.Collection` that reads what has a key, and its versions."""

    async def get(self, key: str, *, author: AnyKey | None = None, at: AsOf | None = None) -> Doc[T] | None:
        """Give the register under *key*, ours unless *author* says whose or the collection is shared.

        Raises:
            ConfigError: it is no key.

        """
        found = await self.find({"key": read_document_key(key)}, author=self._owner(author), limit=1, at=at)
        return found.docs[0] if found.docs else None

    async def get_many(self, keys: str | Iterable[str], *, author: AnyKey | None = None) -> dict[str, Doc[T]]:
        """Give those of the registers under *keys* that are here."""
        wanted = list(dict.fromkeys(read_document_key(key) for key in several("keys", keys, singles=(str,))))
        found: dict[str, Doc[T]] = {}
        for start in range(0, len(wanted), PAGE_DOCUMENTS_MAX):
            asked = wanted[start : start + PAGE_DOCUMENTS_MAX]
            page = await self.find({"key": {"in": asked}}, author=self._owner(author), limit=PAGE_DOCUMENTS_MAX)
            found |= {doc.key: doc for doc in page if doc.key is not None}
        return {key: found[key] for key in wanted if key in found}

    async def heads(self, key: str | None = None, *, author: AnyKey | None = None) -> list[Doc[T]]:
        """Give the versions of a register that no other follows, the winner first; or those of all documents.

        Several mean that their authors did not know of each other. A tombstone is a version too.
        """
        self._desk.check_open()
        store = await self._projection.settled(self.definition)
        if key is None:
            return self._docs(await store.heads(self.name, limit=HEADS_MAX))
        versions = await self._versions(read_document_key(key), author)
        heads = [each for each in heads_of(versions) if not each.state & State.EXPIRED]
        return self._docs(await store.get([each.id for each in heads]))

    async def history(self, key: str, *, author: AnyKey | None = None) -> list[Doc[T]]:
        """Give all versions of a register that are here, newest first, tombstones included."""
        self._desk.check_open()
        return await self._history(Slot(read_document_key(key), self._owner(author)))

    async def histories(self, key: str) -> list[Doc[T]]:
        """Give all versions of the registers under *key*, whoever wrote them, as `history` does."""
        self._desk.check_open()
        return await self._history(Slot(read_document_key(key), None))

    async def _history(self, slot: Slot) -> list[Doc[T]]:
        [versions] = await self._projection.versions(self.definition, [slot])
        return self._docs(await self._projection.store.get([each.id for each in present(versions)]))

    async def diff(
        self, before: AsOf, after: AsOf, *, prefix: str = "", author: AnyKey | None = None
    ) -> AsyncIterator[tuple[str, Doc[T] | None, Doc[T] | None]]:
        """Give the registers that differ between two times, each as `find` takes it: key, document before and after."""
        where = {"key": {"prefix": prefix}}
        owner = self._owner(author)
        one = aiter(self.all(where, order="key", author=owner, at=before))
        other = aiter(self.all(where, order="key", author=owner, at=after))
        old, new = await anext(one, None), await anext(other, None)
        while old is not None or new is not None:
            keys = [_key_bytes(each) for each in (old, new) if each is not None]
            is_old = old is not None and _key_bytes(old) == min(keys)
            is_new = new is not None and _key_bytes(new) == min(keys)
            left, right = old if is_old else None, new if is_new else None
            if left is None or right is None or left.id != right.id:
                yield min(keys).decode(), left, right
            old = await anext(one, None) if is_old else old
            new = await anext(other, None) if is_new else new

    # Inside.

    async def _versions(self, key: str, author: AnyKey | None = None) -> list[Version]:
        [found] = await self._versions_of([key], author)
        return found

    async def _versions_of(self, keys: Sequence[str], author: AnyKey | None = None) -> list[list[Version]]:
        owner = self._owner(author)
        return await self._projection.versions(self.definition, [Slot(key, owner) for key in keys])


def _key_bytes(doc: Doc[Any]) -> bytes:
    return (doc.key or "").encode()
