"""Reading records of a store's file, which may be damaged."""

from pathlib import Path

from peerset.core.lens import Lens
from peerset.core.record import Record, RecordId, decode_record, recall_record
from peerset.errors import MalformedError, StoreError


class Decoder:
    """Reads what the file at *path* holds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lens: Lens | None = None
        """Opens what is sealed."""

    def decode(self, record_id: RecordId, wire: bytes) -> Record:
        """Give the record *record_id*, whose wire form is given.

        Raises:
            StoreError: it is not that record.

        """
        # Signatures were checked before the record was saved.
        try:
            record = decode_record(wire)
        except (MalformedError, TypeError) as error:
            raise self.damaged(record_id) from error
        if record.id != record_id:
            raise self.damaged(record_id)
        return record if self.lens is None else self.lens.open(record)

    def recall(self, record_id: RecordId, wire: bytes) -> Record:
        """Give the record *record_id* to a reader: its id is not computed, as `decode` does for who passes it on.

        Raises:
            StoreError: it is no record.

        """
        try:
            record = recall_record(record_id, wire)
        except (MalformedError, TypeError) as error:
            raise self.damaged(record_id) from error
        return record if self.lens is None else self.lens.open(record)

    def damaged(self, record_id: RecordId) -> StoreError:
        """Say that the file does not hold what it should."""
        return StoreError(
            f"the store {self._path} is damaged: what it holds as {record_id.hex()} is not that record; "
            "move the file away and join again, then the records come back from the other peers"
        )
