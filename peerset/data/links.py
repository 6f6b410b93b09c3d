"""The graph of what follows what among the documents of one collection."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar

from peerset.core.limits import PAGE_DOCUMENTS_MAX
from peerset.core.record import KIND_KEYED, RecordId
from peerset.data.doc import Doc
from peerset.data.reading import id_of
from peerset.data.registers import Registers
from peerset.errors import ConfigError

T = TypeVar("T")


class Links(Registers[T]):
    """The part of a `peerset.data.collection.Collection` that goes from documents to what they follow."""

    async def parents(self, doc_id: object) -> list[Doc[T]]:
        """Give what a document follows, of this collection and as far as it is here, newest first."""
        return await self._linked(id_of(doc_id), of_parents=False)

    async def children(self, doc_id: object) -> list[Doc[T]]:
        """Give what follows a document, newest first."""
        return await self._linked(id_of(doc_id), of_parents=True)

    async def ancestors(self, doc_id: object) -> AsyncIterator[Doc[T]]:
        """Give all that a document follows, directly or not, each once, nearest first."""
        seen: set[RecordId] = set()
        edge = [id_of(doc_id)]
        while edge:
            found = [parent for each in edge for parent in await self.parents(each)]
            edge = []
            for doc in found:
                if doc.id not in seen:
                    seen.add(doc.id)
                    edge.append(doc.id)
                    yield doc

    async def missing(self) -> list[RecordId]:
        """Give what documents here follow and is not here, by id."""
        store = await self._projection.settled(self.definition)
        named: set[RecordId] = set()
        async for doc in self.all():
            named.update(doc.follows)
        wanted = sorted(named)
        here: set[RecordId] = set()
        for start in range(0, len(wanted), PAGE_DOCUMENTS_MAX):
            here |= {record.id for record in await store.get(wanted[start : start + PAGE_DOCUMENTS_MAX])}
        return [each for each in wanted if each not in here]

    async def _linked(self, doc_id: RecordId, *, of_parents: bool) -> list[Doc[T]]:
        self._desk.check_open()
        store = await self._projection.settled(self.definition)
        [*here] = self._docs(await store.get([doc_id]))
        if not here:
            raise ConfigError(f"there is no document {doc_id.hex()[:8]} in {self.name!r} here")
        links = await store.links([doc_id], of_parents=of_parents)
        others = self._docs(await store.get([link.child if of_parents else link.parent for link in links]))
        counted = [each for each in others if _counts(*((here[0], each) if of_parents else (each, here[0])))]
        return sorted(counted, key=lambda each: (-each.stamp, each.id))


def _counts(parent: Doc[Any], child: Doc[Any]) -> bool:
    """Say whether a link means something: both are versions of one register, or the child none, and the times agree."""
    is_of_one = child.record.kind != KIND_KEYED or child.key == parent.key
    return is_of_one and parent.stamp < child.stamp
