"""What moderators and owners say of others' records and keys in a room, by labels that rules over the set heed."""

from peerset.core.label import HIDDEN, KEY_TAG, KIND_LABEL, RECORD_TAG, REVOKED, label_tags
from peerset.core.lookup import find_id
from peerset.core.record import Record
from peerset.core.typed import AnyId, AnyKey, read_key, read_text, short_id
from peerset.errors import ConfigError
from peerset.room.filing import Filing
from peerset.room.permission import Permitting


class Labelling(Filing, Permitting):
    """The part of a `peerset.room.room.Room` that labels."""

    async def label(self, record_id: AnyId, reason: str = "") -> Record:
        """Hide a record from readers everywhere, where the rule ``moderators`` names our key; give the label.

        *reason* is for people: all who ask why are told. Who deletes the label shows the record again.

        Raises:
            ConfigError: the record is not here, or several begin so.
            RejectedError: a policy refused the label.
            StoreError: it could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        target = await self._found(record_id)
        tags = label_tags(HIDDEN, RECORD_TAG, target.id)
        # Dated after what it names, it lives at least as long.
        record = await self._writer.sign(KIND_LABEL, tags, read_text("a reason", reason), follows=[target])
        await self._desk.publish([record])
        return record

    async def revoke(self, writer: AnyKey, reason: str = "") -> Record:
        """Hide what *writer* dates later than now, where the rule ``revoked`` names our key; give the revocation.

        Who deletes it lets *writer* be seen again, with all that it wrote meanwhile. A liar may date back.

        Raises:
            ConfigError: *writer* is no key.
            RejectedError: a policy refused the revocation.
            StoreError: it could not be saved.
            RoomClosedError: the room was left, or failed.

        """
        self._desk.check_open()
        tags = label_tags(REVOKED, KEY_TAG, read_key(writer))
        record = await self._writer.sign(KIND_LABEL, tags, read_text("a reason", reason))
        await self._desk.publish([record])
        return record

    async def _found(self, record_id: AnyId) -> Record:
        self._desk.check_open()
        store = self._projection.store
        found = await find_id(record_id, store)
        records = [] if found is None else await store.get([found])
        if not records:
            raise ConfigError(f"there is no record {short_id(record_id)} here")
        return records[0]
