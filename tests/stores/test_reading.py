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


def test_a_reader_is_given_what_is_a_record_at_all() -> None:
    one, other, *_ = sample_records()
    decoder = Decoder(Path("room.db"))
    found = decoder.recall(one.id, one.wire)
    assert found == one
    assert (type(found), found.wire, hash(found)) == (type(one), one.wire, hash(one))
    # Whose id it is, is for those to say who pass it on.
    assert decoder.recall(other.id, one.wire).id == other.id
    for wire in (one.wire[:-1], b"", b"\x01", b"\x96" + b"\x01" * 6):
        with pytest.raises(StoreError, match=r"room\.db is damaged: what it holds as"):
            decoder.recall(one.id, wire)
