"""Receipts: one form, read strictly."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.receipt import KIND_RECEIPT, Fate, Receipt, hash_group, receipt_of, sign_receipt
from peerset.core.record import RecordId, event_of, record_of, sign_record
from peerset.core.signal import RoomTag
from peerset.errors import MalformedError

VECTORS: Final = Path(__file__).parents[1] / "vectors"
RECEIPTS: Final = json.loads((VECTORS / "receipts.json").read_text(encoding="utf-8"))
KEY: Final = SecretKey(bytes.fromhex(RECEIPTS["secret_key"]))
ROOM: Final = RoomTag(bytes.fromhex(RECEIPTS["room"]))

written = pytest.mark.parametrize("vector", RECEIPTS["receipts"], ids=lambda vector: vector["name"])
readable = pytest.mark.parametrize(
    "vector", RECEIPTS["receipts"] + RECEIPTS["further_tags"], ids=lambda vector: vector["name"]
)
refused = pytest.mark.parametrize("vector", RECEIPTS["refusals"], ids=lambda vector: vector["name"])
groups = pytest.mark.parametrize("vector", RECEIPTS["groups"], ids=lambda vector: str(len(vector["ids"])))


def receipt_in(vector: dict[str, Any]) -> Receipt:
    said = vector["receipt"]
    return Receipt(
        RecordId(bytes.fromhex(said["record"])),
        said["policy"],
        bytes.fromhex(said["manifest"]),
        Fate(said["verdict"]),
        said["rule"],
        bytes.fromhex(said["group"]),
    )


def test_the_vector_file_is_what_its_script_writes() -> None:
    made: str = runpy.run_path(str(VECTORS / "make_receipts.py"))["make"]()

    assert made == (VECTORS / "receipts.json").read_text(encoding="utf-8")


@written
def test_signing_gives_the_event_of_the_vector(vector: dict[str, Any]) -> None:
    created_at = UnixTime(vector["event"]["created_at"])
    assert event_of(sign_receipt(KEY, receipt_in(vector), room_tag=ROOM, created_at=created_at)) == vector["event"]


@readable
def test_reading_gives_the_receipt_of_the_vector(vector: dict[str, Any]) -> None:
    assert receipt_of(record_of(vector["event"])) == receipt_in(vector)


@refused
def test_what_is_no_receipt_is_refused(vector: dict[str, Any]) -> None:
    record = record_of(vector["event"])
    assert record.has_valid_signature()
    with pytest.raises(MalformedError):
        receipt_of(record)


@groups
def test_a_group_has_one_hash_in_whatever_order(vector: dict[str, Any]) -> None:
    ids = [RecordId(bytes.fromhex(each)) for each in vector["ids"]]
    assert hash_group(ids).hex() == hash_group(reversed(ids)).hex() == vector["hash"]


def test_a_rule_that_is_no_text_is_not_signed() -> None:
    receipt = Receipt(RecordId(bytes(32)), "words", bytes(32), Fate.REFUSED, "\ud800")
    with pytest.raises(MalformedError, match="no text"):
        sign_receipt(KEY, receipt, room_tag=ROOM, created_at=UnixTime(0))


@pytest.mark.parametrize(
    ("record_id", "manifest", "fate"),
    [(bytes(31), bytes(32), Fate.REFUSED), (bytes(32), b"", Fate.REFUSED), (bytes(32), bytes(32), Fate.HIDDEN)],
)
def test_what_no_receipt_can_say_cannot_be_made(record_id: bytes, manifest: bytes, fate: Fate) -> None:
    with pytest.raises(MalformedError):
        Receipt(RecordId(record_id), "words", manifest, fate)


@given(st.text())
def test_any_content_gives_a_receipt_or_an_error(content: str) -> None:
    try:
        record = sign_record(KEY, created_at=UnixTime(0), kind=KIND_RECEIPT, tags=[], content=content)
    except MalformedError:
        return
    with pytest.raises(MalformedError):
        receipt_of(record)
