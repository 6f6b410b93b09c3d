"""``peerset nip19``, and names of NIP-19 where other verbs take ids and keys."""

import json
import random
from typing import Any

import pytest

from peerset.core.keys import SecretKey, npub
from peerset.core.nip19 import AddressPointer, EventPointer, ProfilePointer, encode_nip19
from peerset.core.record import RecordId

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")
KEY = SecretKey.generate(random.Random(1))
NPUB = npub(KEY.public_key)
HEX = KEY.public_key.hex()
ID = RecordId(bytes(range(32)))
RELAY = "wss://relay.example"


def test_what_a_text_names_is_said_in_lines_and_as_json(shell: Any) -> None:
    text = encode_nip19(EventPointer(ID, (RELAY,), KEY.public_key, 1))
    assert shell("nip19", "decode", f"nostr:{text}").out.splitlines() == [
        f"text     {text}",
        f"id       {ID.hex()}",
        f"author   {HEX}",
        "kind     1",
        f"relays   {RELAY}",
    ]
    said = {"text": text, "id": ID.hex(), "author": HEX, "kind": 1, "relays": [RELAY]}
    assert json.loads(shell("nip19", "decode", text, "--json").out) == said
    assert json.loads(shell("nip19", "decode", NPUB, "--json").out) == {"text": NPUB, "author": HEX, "npub": NPUB}


@pytest.mark.parametrize(
    ("words", "pointer"),
    [
        (["author", HEX], ProfilePointer(KEY.public_key)),
        (["author", NPUB, "--relay", RELAY], ProfilePointer(KEY.public_key, (RELAY,))),
        (["record", ID.hex()], EventPointer(ID)),
        (["record", ID.hex(), "--author", NPUB, "--kind", "0"], EventPointer(ID, (), KEY.public_key, 0)),
        (["record", ID.hex(), "--relay", RELAY, "--relay", "wss://b"], EventPointer(ID, (RELAY, "wss://b"))),
        (["address", f"30023:{HEX}:how:to"], AddressPointer(30_023, KEY.public_key, "how:to")),
        (["address", f"0:{NPUB}:", "--relay", RELAY], AddressPointer(0, KEY.public_key, "", (RELAY,))),
    ],
)
def test_names_are_written(shell: Any, words: list[str], pointer: Any) -> None:
    assert json.loads(shell("nip19", *words, "--json").out)["text"] == encode_nip19(pointer)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["decode", "nevent1qqqqqqq"], "wrong character or checksum"),
        (["decode", "hello"], "expected a text that begins with"),
        (["decode", KEY.to_nsec()], "a secret key"),
        (["author", KEY.to_nsec()], "a secret key"),
        (["author", encode_nip19(EventPointer(ID))], "names a record"),
        (["record", NPUB], "names an author"),
        (["record", "3f2a"], "the whole id is needed"),
        (["address", "30023:"], "an address is a kind, its author and its key"),
        (["address", f"1:{HEX}:x"], "have no versions"),
    ],
)
def test_what_cannot_be_meant_is_said_and_no_secret_is_repeated(shell: Any, words: list[str], says: str) -> None:
    ended = shell("nip19", *words)
    assert ended.code == 2
    assert says in ended.err
    assert KEY.to_nsec() not in ended.err


def test_a_room_prints_names_that_its_verbs_take(shell: Any) -> None:
    for content, kind in (("note", "1"), ("profile", "0"), ("newer profile", "0")):
        assert shell("publish", "lobby", content, "--kind", kind, *NOWHERE).code == 0
    names = shell("records", "lobby", "--names").out.split()
    assert [name[:6] for name in names] == ["naddr1", "nevent"]
    for name, content in zip(names, ("newer profile", "note"), strict=True):
        for written in (name, f"nostr:{name}"):
            row = json.loads(shell("records", "lobby", "--id", written, "--json").out)
            assert row["content"] == content
    author = encode_nip19(ProfilePointer(bytes.fromhex(row["pubkey"]), (RELAY,)))  # type: ignore[arg-type] # a key
    assert len(shell("records", "lobby", "--author", author).out.splitlines()) == 2
    assert shell("delete", "lobby", names[0], *NOWHERE).code == 0
    assert [name[:6] for name in shell("records", "lobby", "--names").out.split()] == ["nevent", "nevent"]
