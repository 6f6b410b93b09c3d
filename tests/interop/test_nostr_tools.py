"""nostr-tools and we make the same of random events, names, sealed keys and words."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core import nip49
from peerset.core.keys import SecretKey
from peerset.core.nip06 import key_of_words, words_of
from peerset.core.nip19 import AddressPointer, EventPointer, Pointer, ProfilePointer, decode_nip19, encode_nip19
from peerset.core.record import Record, event_of
from peerset.core.record import record_of as read_event
from tests.interop import random_events
from tests.interop.browser import HERE
from tests.interop.random_events import EVENTS, POINTERS, draft_of, key_of, pointer_of, record_of, text_of
from tests.patience import PATIENT_SECONDS

pytestmark = [pytest.mark.real_time, pytest.mark.node]

SEED: Final = 10
RNG: Final = random.Random(SEED)
RECORDS: Final = [record_of(RNG) for _ in range(EVENTS)]
DRAFTS: Final = [{**draft_of(RNG), "secret": key_of(RNG).secret.hex()} for _ in range(EVENTS)]
NAMES: Final = [pointer_of(RNG) for _ in range(POINTERS)]
KEYS: Final = [key_of(RNG) for _ in range(8)]
PASSPHRASES: Final = ["nostr", "ÅΩẛ̣", *(f"x{text_of(RNG, 20)}" for _ in KEYS[2:])]
WORDS: Final = [words_of(RNG.randbytes(size)) for size in (16, 20, 24, 28, 32)]


def theirs(pointer: Pointer) -> list[object]:
    """Give *pointer* as nostr-tools names it."""
    match pointer:
        case ProfilePointer(author, relays):
            return ["nprofile", {"pubkey": author.hex(), "relays": list(relays)}]
        case EventPointer(record_id, relays, author, kind):
            said = {"author": None if author is None else author.hex(), "kind": kind}
            known = {name: value for name, value in said.items() if value is not None}
            return ["nevent", {"id": record_id.hex(), "relays": list(relays), **known}]
        case AddressPointer(kind, author, key, relays):
            return ["naddr", {"identifier": key, "pubkey": author.hex(), "kind": kind, "relays": list(relays)}]


def asked() -> dict[str, object]:
    accounts = [{"words": words, "passphrase": text_of(RNG, 9), "account": RNG.randrange(2**31)} for words in WORDS]
    return {
        "events": list(map(event_of, RECORDS)),
        "drafts": DRAFTS,
        "texts": list(map(encode_nip19, NAMES)),
        "names": list(map(theirs, NAMES)),
        "sealed": [
            {"text": nip49.seal_key(key, passphrase, salt=RNG.randbytes(16), nonce=RNG.randbytes(24), log_n=4)}
            | {"passphrase": passphrase}
            for key, passphrase in zip(KEYS, PASSPHRASES, strict=True)
        ],
        "secrets": [
            {"secret": key.secret.hex(), "passphrase": passphrase}
            for key, passphrase in zip(KEYS, PASSPHRASES, strict=True)
        ],
        "words": accounts,
    }


ASKED: Final = asked()


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """Ask nostr-tools everything at once."""
    assert Path(HERE / "node_modules" / "nostr-tools").is_dir(), "run `npm ci --prefix tests/interop` (make test does)"
    command = ["node", str(HERE / "nostr_tools.mjs")]
    run = subprocess.run(command, input=json.dumps(ASKED).encode(), capture_output=True, timeout=PATIENT_SECONDS)
    assert run.returncode == 0, run.stderr.decode()
    answers: dict[str, Any] = json.loads(run.stdout)
    return answers


def test_the_events_say_all_that_is_hard_to_say() -> None:
    texts = "".join(record.content for record in RECORDS)
    assert set(random_events.CHARACTERS) <= set(texts)
    assert {record.kind for record in RECORDS} == set(random_events.KINDS)
    assert {type(pointer) for pointer in NAMES} == {ProfilePointer, EventPointer, AddressPointer}


@pytest.mark.interop(client="nostr-tools", what="random events of ours are its, and its are ours")
def test_random_events_have_one_id_and_one_signature(said: dict[str, Any]) -> None:
    assert said["ids"] == [record.id.hex() for record in RECORDS]
    assert all(said["verified"])
    for event, draft in zip(said["signed"], DRAFTS, strict=True):
        record: Record = read_event(event)
        assert record.has_valid_signature()
        assert [list(tag) for tag in record.tags] == draft["tags"]
        assert (record.content, record.kind) == (draft["content"], draft["kind"])


@pytest.mark.interop(client="nostr-tools", what="names of NIP-19, both ways")
def test_names_are_read_both_ways(said: dict[str, Any]) -> None:
    for pointer, text, found in zip(NAMES, said["texts"], said["named"], strict=True):
        assert decode_nip19(text) == decode_nip19(f"nostr:{text}") == pointer
        kind, data = theirs(pointer)
        if found["type"] in ("npub", "note"):
            assert isinstance(data, dict)
            assert found["data"] in (data.get("pubkey"), data.get("id"))
        else:
            assert [found["type"], {name: value for name, value in found["data"].items() if value is not None}] == [
                kind,
                data,
            ]


@pytest.mark.interop(client="nostr-tools", what="sealed keys of NIP-49, both ways")
def test_sealed_keys_are_opened_both_ways(said: dict[str, Any]) -> None:
    assert said["opened"] == [key.secret.hex() for key in KEYS]
    assert [nip49.unseal_key(*pair) for pair in zip(said["sealed"], PASSPHRASES, strict=True)] == KEYS
    assert said["nsecs"] == [[key.to_nsec(), key.public_key.hex()] for key in KEYS]
    assert [SecretKey.from_nsec(nsec) for nsec, _ in said["nsecs"]] == KEYS


@pytest.mark.interop(client="nostr-tools", what="keys as words of NIP-06, both ways")
def test_words_stand_for_one_key(said: dict[str, Any]) -> None:
    accounts = ASKED["words"]
    assert isinstance(accounts, list)
    assert said["keys"] == [key_of_words(**row).secret.hex() for row in accounts]
    assert [key_of_words(words).secret.hex() for words, _ in said["drawn"]] == [secret for _, secret in said["drawn"]]
