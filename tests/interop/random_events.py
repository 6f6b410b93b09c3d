"""Random events and names of things, the same for the same seed, for tests with other implementations of Nostr."""

import random
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.nip19 import AddressPointer, EventPointer, Pointer, ProfilePointer
from peerset.core.record import Record, RecordId, sign_record

EVENTS: Final = 60
POINTERS: Final = 60
# What JSON libraries escape each in their own way, what looks alike, and what takes two units of UTF-16.
CHARACTERS: Final = "abc xyz 0189\t\n\r\"\\/'<>&{}[]\x7f\xa0\u2028\u2029äöüßéﬁ\u0301\u200d中文\ufeff😀🏳️\U0010ffff"
KINDS: Final = (0, 1, 3, 5, 7, 1_078, 10_002, 20_001, 30_023, 30_078, 65_535)
RELAYS: Final = ("wss://relay.example", "wss://relay.example:8443/path", "ws://127.0.0.1:7777")


def text_of(rng: random.Random, characters_max: int) -> str:
    """Draw a text."""
    return "".join(rng.choices(CHARACTERS, k=rng.randrange(characters_max + 1)))


def key_of(rng: random.Random) -> SecretKey:
    """Draw a key."""
    return SecretKey(rng.randbytes(32))


def draft_of(rng: random.Random) -> dict[str, object]:
    """Draw an event that nobody has signed yet."""
    names = ("t", "d", "p", "r", "expiration", "long name", "")
    tags = [[rng.choice(names), *(text_of(rng, 12) for _ in range(rng.randrange(4)))] for _ in range(rng.randrange(6))]
    tags += [["e", rng.randbytes(32).hex(), rng.choice(RELAYS), "reply"] for _ in range(rng.randrange(2))]
    said = {"kind": rng.choice(KINDS), "created_at": rng.randrange(2**32), "tags": tags}
    return {**said, "content": text_of(rng, 80)}


def record_of(rng: random.Random) -> Record:
    """Draw a record, signed."""
    draft = draft_of(rng)
    made = UnixTime(int(str(draft["created_at"])))
    tags, content = draft["tags"], str(draft["content"])
    assert isinstance(tags, list)
    return sign_record(key_of(rng), created_at=made, kind=int(str(draft["kind"])), tags=tags, content=content)


def pointer_of(rng: random.Random) -> Pointer:
    """Draw a name of an author, a record or an address; others write none shorter than it can be."""
    relays = tuple(rng.sample(RELAYS, rng.randrange(len(RELAYS) + 1)))
    author = key_of(rng).public_key
    match rng.randrange(3):
        case 0:
            return ProfilePointer(author, relays)
        case 1:
            by: PublicKey | None = author if rng.randrange(2) else None
            return EventPointer(RecordId(rng.randbytes(32)), relays, by, rng.choice((None, *KINDS)))
        case _:
            kind = rng.choice((30_000, 30_023, 39_999))
            return AddressPointer(kind, author, text_of(rng, 20).replace("\ufeff", ""), relays)
