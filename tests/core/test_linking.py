"""What new devices ask, and what answers them."""

import json
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.linking import LinkAnswer, decode_answer, encode_answer, read_link, sign_link
from peerset.core.nip44 import conversation_key, open_text
from peerset.core.signal import RoomTag
from peerset.errors import MalformedError

FOLDER: Final = Path(__file__).parents[1] / "vectors"
VECTORS: Final = json.loads((FOLDER / "links.json").read_text(encoding="utf-8"))


def test_the_vectors_are_what_their_script_writes() -> None:
    made = runpy.run_path(str(FOLDER / "make_links.py"))["make"]()
    assert made == (FOLDER / "links.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", VECTORS["requests"], ids=lambda row: ascii(row["name"])[:12])
def test_a_request_is_signed_and_read_as_in_the_vectors(row: dict[str, Any]) -> None:
    key = SecretKey(bytes.fromhex(row["secret"]))
    room, nonce, until = RoomTag(bytes.fromhex(row["room"])), bytes.fromhex(row["nonce"]), UnixTime(row["until"])
    assert sign_link(key, room_tag=room, nonce=nonce, until=until, name=row["name"]).text == row["text"]
    read = read_link(f"\n {row['text']} ")
    assert read.is_genuine
    assert (read.device.hex(), read.room_tag, read.nonce) == (row["device"], room, nonce)
    assert (read.until, read.name) == (until, row["name"])


@pytest.mark.parametrize("text", VECTORS["forged"])
def test_what_no_device_signed_is_told_apart(text: str) -> None:
    assert not read_link(text).is_genuine


@pytest.mark.parametrize("text", VECTORS["refusals"], ids=range(len(VECTORS["refusals"])))
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        read_link(text)


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb", "a\ud800"])
def test_a_device_has_a_name_that_can_be_shown(name: str) -> None:
    with pytest.raises(MalformedError, match="called by 1 to 64 bytes"):
        sign_link(SecretKey(b"\1" * 32), room_tag=RoomTag(bytes(16)), nonce=bytes(16), until=UnixTime(1), name=name)


@pytest.mark.parametrize("row", VECTORS["answers"])
def test_an_answer_is_sealed_and_read_as_in_the_vectors(row: dict[str, Any]) -> None:
    said = row["said"]
    answer = LinkAnswer(said["grant"], said["name"], bytes.fromhex(said["nonce"]))
    opened = open_text(
        row["sealed"],
        conversation_key(SecretKey(bytes.fromhex(row["owner"])), PublicKey(bytes.fromhex(row["device"]))),
    )
    assert opened == encode_answer(answer)
    assert decode_answer(opened) == answer


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 9_999, '{"grant":"g","name":"n","nonce":"00"}', '{"grant":1}'])
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(MalformedError, match="no answer"):
        decode_answer(text)
