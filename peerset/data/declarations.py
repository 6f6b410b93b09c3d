"""Which collections a room has: declared at once, defined and indexed in the background, and dropped."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from peerset.core.limits import COLLECTIONS_MAX
from peerset.data.keepsake import KIND, read_keepsake, write_keepsake
from peerset.documents.definition import Definition
from peerset.errors import ConfigError, PeersetError, StoreError
from peerset.ports import DocumentStore


@dataclass(slots=True)
class _Declared:
    """How a collection stands."""

    definition: Definition
    is_defined: bool = False
    is_built: bool = False
    turned: asyncio.Event = field(default_factory=asyncio.Event)
    """It was built, or that failed."""
    failure: PeersetError | None = None


class Declarations:
    """The collections of one room, which *store* keeps.

    *wake* has `define` and `build` called soon; *on_progress* is told how many records are left to be indexed, 0 at the
    end; *on_drop* ends who reads a collection, before it is gone.
    """

    def __init__(
        self,
        store: DocumentStore,
        *,
        span_seconds: int,
        wake: Callable[[], None],
        on_progress: Callable[[int], None],
        on_drop: Callable[[str], Awaitable[None]],
    ) -> None:
        self.failure: PeersetError | None = None
        """Why the room is no more."""
        self._store = store
        self._span_seconds = span_seconds
        self._wake = wake
        self._on_progress = on_progress
        self._on_drop = on_drop
        self._declared: dict[str, _Declared] = {}
        self._defining = asyncio.Lock()
        """What is declared again while it is dropped is defined after that."""

    def __len__(self) -> int:
        return len(self._declared)

    def declare(self, definition: Definition) -> Definition:
        """Have a collection; give what is known by its name.

        Raises:
            ConfigError: the name stands for another collection already, or there are too many.

        """
        known = self._declared.get(definition.name)
        if known is not None:
            if known.definition.digest != definition.digest:
                raise ConfigError(
                    f"the collection {definition.name!r} is there already, with another model or other indexes"
                )
            return known.definition
        claimed = set(definition.names)
        for other in self.definitions:
            if both := claimed.intersection(other.names):
                raise ConfigError(f"the documents of {', '.join(sorted(both))} are those of {other.name!r} already")
        if len(self._declared) >= COLLECTIONS_MAX:
            raise ConfigError(f"a room has at most {COLLECTIONS_MAX} collections")
        self._declared[definition.name] = _Declared(definition)
        self._wake()
        return definition

    @property
    def definitions(self) -> list[Definition]:
        """What is declared."""
        return [each.definition for each in self._declared.values()]

    async def remembered(self, name: str) -> Definition | None:
        """Give a collection as it is, or was declared here last; None when it never was."""
        known = self._declared.get(name)
        if known is not None:
            return known.definition
        text = (await self._store.notes(KIND)).get(name.encode())
        return None if text is None else read_keepsake(name, text)

    async def remembered_names(self) -> list[str]:
        """Give what is declared, and what was declared here before, those first that read older ones' documents."""
        notes = await self._store.notes(KIND)
        found = {name.decode(): read_keepsake(name.decode(), text) for name, text in notes.items()}
        found |= {each.name: each for each in self.definitions}
        known = [each for each in found.values() if each is not None]
        return [each.name for each in sorted(known, key=lambda each: (-len(each.older), each.name))]

    def is_built(self, definition: Definition) -> bool:
        """Say whether a collection is declared and indexed."""
        found = self._declared.get(definition.name)
        return found is not None and _is_of(definition, found) and found.is_built

    def check(self, definition: Definition) -> None:
        """Make sure that a collection is declared as it was.

        Raises:
            ConfigError: it was dropped; what may be declared by the same name since is another one.

        """
        self._known(definition)

    async def ready(self, definition: Definition) -> None:
        """Wait until a collection is indexed.

        Raises:
            ConfigError: the store cannot have it, or it was dropped.
            StoreError: the store cannot be read or written.
            RoomClosedError: the room was left, or failed.

        """
        while not (declared := self._known(definition)).is_built:
            if self.failure is not None:
                raise self.failure
            await declared.turned.wait()
            if declared.failure is not None:
                failure, declared.failure = declared.failure, None
                declared.turned.clear()
                self._wake()
                raise failure

    async def drop(self, name: str) -> None:
        """Forget a collection here, with its indexes and how it was declared; who waits for it gives up.

        Raises:
            StoreError: the store cannot be written.

        """
        declared = self._declared.pop(name, None)
        if declared is not None:
            declared.turned.set()
        async with self._defining:
            await self._on_drop(name)
            await self._store.drop([name])
            await self._store.note(KIND, name.encode(), None)

    async def define(self) -> None:
        """Let the store know what was declared."""
        async with self._defining:
            pending = [each for each in self._declared.values() if not each.is_defined]
            if pending:
                await self._store.define([each.definition for each in pending], span_seconds=self._span_seconds)
            for each in pending:
                each.is_defined = True
                definition = each.definition
                if self._declared.get(definition.name) is not each:
                    continue
                # A longer definition is not remembered, nor is anything by a store that may not be written.
                with suppress(ConfigError, StoreError):
                    await self._store.note(KIND, definition.name.encode(), write_keepsake(definition))

    async def build(self) -> None:
        """Index what was here before."""
        pending = [each for each in self._declared.values() if not each.is_built]
        if not pending:
            return
        while left := await self._store.build():
            self._on_progress(left)
        self._on_progress(0)
        for each in pending:
            if each.is_defined:
                each.is_built = True
                each.turned.set()

    def give_up(self, error: PeersetError) -> None:
        """Tell who waits that it did not go, so far."""
        for each in self._declared.values():
            if not each.is_built:
                each.failure = error
                each.turned.set()

    def fail(self, error: PeersetError) -> None:
        """Let nobody wait any more."""
        self.failure = error
        for each in self._declared.values():
            each.turned.set()

    def _known(self, definition: Definition) -> _Declared:
        found = self._declared.get(definition.name)
        if found is None or not _is_of(definition, found):
            raise ConfigError(f"the collection {definition.name!r} was dropped here: declare it again")
        return found


def _is_of(definition: Definition, declared: _Declared) -> bool:
    """Say whether a collection is declared as *definition* says: declared again alike, it is the same."""
    return declared.definition is definition or declared.definition.digest == definition.digest
