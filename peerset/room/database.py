"""The data side of a room: its records as documents, in collections."""

import logging
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, overload

from peerset.core.action import Json
from peerset.data.batch import Batch
from peerset.data.collection import Collection
from peerset.data.desk import Desk
from peerset.data.marks import Veil
from peerset.data.model import model_of
from peerset.data.projection import Projection
from peerset.documents.definition import Definition, Older, define
from peerset.ports import DocumentStore

T = TypeVar("T")

AnyIndexes = str | Iterable[str | Sequence[str]]
"""Fields by which queries find and order: ``"city"``, ``"-stars"``, ``("city", "-stars")``, ``"tags[]"``."""

logger = logging.getLogger(__name__)


class Database:
    """What a `peerset.room.room.Room` is as a database; *window_seconds* is for how long it keeps records."""

    def __init__(self, store: DocumentStore, veil: Veil, desk: Desk, *, window_seconds: int) -> None:
        self._desk = desk
        self._projection = Projection(
            store, veil, window_seconds=window_seconds, now=desk.now, on_progress=self._tell_progress
        )

    @overload
    def collection(
        self,
        name: str,
        model: type[T],
        *,
        shared: bool = False,
        indexes: AnyIndexes = (),
        text: str | Iterable[str] = (),
        place: str | None = None,
        ttl: float | None = None,
        also: Iterable[Older] = (),
    ) -> Collection[T]: ...

    @overload
    def collection(
        self,
        name: str,
        model: Mapping[str, Any] | None = None,
        *,
        shared: bool = False,
        indexes: AnyIndexes = (),
        text: str | Iterable[str] = (),
        place: str | None = None,
        ttl: float | None = None,
        also: Iterable[Older] = (),
    ) -> Collection[Json]: ...

    def collection(
        self,
        name: str,
        model: type[Any] | Mapping[str, Any] | None = None,
        *,
        shared: bool = False,
        indexes: AnyIndexes = (),
        text: str | Iterable[str] = (),
        place: str | None = None,
        ttl: float | None = None,
        also: Iterable[Older] = (),
    ) -> Collection[Any]:
        """Give the collection of this name, at once; what is here already is indexed in the background.

        *model* says what its documents are: a dataclass, a pydantic model, a msgspec Struct, a JSON Schema, or None for
        any JSON. *shared* makes one register a key for all authors. *indexes*, *text* and *place* are the fields by
        which documents are found quickly; *ttl* is for how many seconds they live unless it is said. *also* names
        earlier collections whose documents are read as this one's.

        Raises:
            ConfigError: the model or an index cannot be meant, the name stands for another collection in this process,
                or there are too many.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        read = model_of(model)
        schema = None if read.schema is None else read.schema.json
        wanted = define(name, schema, shared=shared, indexes=indexes, text=text, place=place, also=also, fits=read.fits)
        definition = self._projection.declare(wanted)
        return Collection(definition, read, self._projection, self._desk, ttl=ttl)

    def batch(self) -> Batch:
        """Begin a batch: what is put in is written by its `commit`, all at once or nothing.

        Raises:
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        return Batch(self._desk, random.SystemRandom())

    @property
    def collections(self) -> list[Definition]:
        """What collections there are: their names, fields and indexes."""
        return self._projection.definitions

    def _stir(self) -> None:
        self._projection.stir()

    def _tell_progress(self, left: int) -> None:
        logger.info("collections: %s", f"{left} records are left to be indexed" if left else "all is indexed")
