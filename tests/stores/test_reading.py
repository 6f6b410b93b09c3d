"""Reading records of a file."""

from pathlib import Path

import pytest

from peerset.core.record import RecordId
from peerset.errors import StoreError
from peerset.stores.reading import Decoder
from peerset.testing.check_store import sample_records


def test_what_is_not_the_record_is_damage() -> None:
    one, other, *_ = sample_records()
    decoder = Decoder(Path("room.db"))
    assert decoder.decode(one.id, one.wire) == one
    for record_id, wire in ((other.id, one.wire), (one.id, one.wire[:-1]), (RecordId(bytes(32)), b"")):
        with pytest.raises(StoreError, match=r"room\.db is damaged: what it holds as"):
            decoder.decode(record_id, wire)
