"""Where a fold stood, kept in the store, so that the next process goes on from there."""

import json
import logging
from contextlib import suppress
from typing import Final

from peerset.core.record import RecordId
from peerset.core.typed import shown
from peerset.data.foldline import Checkpoint
from peerset.documents.change import Bookmark, read_bookmark
from peerset.documents.order import Seat
from peerset.documents.view import read_view_name
from peerset.errors import ConfigError, CursorError, StoreError
from peerset.ports import DocumentStore

KIND: Final = "fold"
"""The kind of the notes, whose keys are the names of folds."""
KEPT_DOCUMENTS: Final = 256
"""After so many more documents it is kept anew; fewer are folded again."""

logger = logging.getLogger(__name__)


class FoldKeeping:
    """Keeps one fold under *name*. Of another *version*, or over other documents, it is none of ours.

    A state that no note can hold is not kept: the next process folds from the beginning.
    """

    def __init__(self, store: DocumentStore, name: object, version: object, digest: bytes) -> None:
        if type(version) is not int or version < 0:
            raise ConfigError(f"a version of a fold is a whole number from 0, not {shown(version)}")
        self.name = read_view_name(name)
        self._store = store
        self._said = [version, digest.hex()]
        self._kept = Checkpoint(0, None, "")
        self._has_said = False

    async def load(self) -> tuple[Checkpoint, Bookmark] | None:
        """Give where it stood, and up to which change; None when that is not known.

        Raises:
            StoreError: the store cannot be read.

        """
        text = (await self._store.notes(KIND)).get(self.name.encode())
        try:
            *said, since, count, stamp, record_id, state = json.loads(text or "")
            if said != self._said:
                return None
            seat = Seat((), int(stamp), RecordId(bytes.fromhex(record_id)))
            self._kept = Checkpoint(int(count), seat, str(state))
            return self._kept, read_bookmark(since)
        except (ValueError, TypeError, CursorError):
            return None

    def is_due(self, count: int) -> bool:
        """Say whether a fold of so many documents has come far enough since the last time, or back."""
        return count > 0 and not self._kept.count <= count < self._kept.count + KEPT_DOCUMENTS

    async def save(self, checkpoint: Checkpoint, since: Bookmark) -> None:
        """Keep where it stands."""
        seat = checkpoint.seat
        if seat is None:
            return
        said = [*self._said, str(since), checkpoint.count, seat.stamp, seat.id.hex(), checkpoint.text]
        self._kept = checkpoint
        # Nothing is kept by a store that may not be written.
        with suppress(StoreError):
            try:
                await self._store.note(KIND, self.name.encode(), json.dumps(said, ensure_ascii=False))
            except ConfigError as error:
                self._say_once(error)

    def _say_once(self, error: ConfigError) -> None:
        if not self._has_said:
            self._has_said = True
            logger.warning("the fold %r is not kept, and made anew after a restart: %s", self.name, error)
