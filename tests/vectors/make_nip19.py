"""Writes nip19.json: names of authors, records and addresses as texts (NIP-19). Run it after a change of these."""

import json
from pathlib import Path
from typing import Final

from peerset.core import bech32
from peerset.core.keys import SecretKey
from peerset.core.nip19 import (
    AddressPointer,
    EventPointer,
    Pointer,
    ProfilePointer,
    decode_nip19,
    encode_nip19,
)
from peerset.core.record import RecordId

FILE: Final = Path(__file__).with_name("nip19.json")
NOTE: Final = (
    "pointers: what each text names, and the text that says it again. refusals: texts that must not be read, each with "
    "a part of what is said of it. The first text is the example of NIP-19."
)
EXAMPLE: Final = (
    "nprofile1qqsrhuxx8l9ex335q7he0f09aej04zpazpl0ne2cgukyawd24mayt8gpp4mhxue69uhhytnc9e3k7mgpz4mhxue69uhkg6nzv9ejuumpv34k"
    "ytnrdaksjlyr9p"
)
SECRET: Final = SecretKey(bytes([1]) * 32)
AUTHOR: Final = SECRET.public_key
ID: Final = RecordId(bytes(range(32)))
RELAYS: Final = ("wss://relay.example", "wss://relay.example:8443/a?b=c")
KIND: Final = (3, (30_023).to_bytes(4, "big"))
POINTERS: Final[tuple[Pointer, ...]] = (
    ProfilePointer(AUTHOR),
    ProfilePointer(AUTHOR, RELAYS),
    EventPointer(ID),
    EventPointer(ID, RELAYS[:1]),
    EventPointer(ID, (), AUTHOR, 1),
    EventPointer(ID, (), None, 0),
    EventPointer(ID, RELAYS, AUTHOR, 65_535),
    AddressPointer(30_023, AUTHOR, "how-to"),
    AddressPointer(0, AUTHOR, ""),
    AddressPointer(39_999, AUTHOR, "Gr\u00fc\u00df \U0001f30d \ufeff", RELAYS),
    AddressPointer(30_023, AUTHOR, "x" * 255),
)
Fields = tuple[tuple[int, bytes], ...]
READ: Final[tuple[tuple[str, Fields], ...]] = (
    # What others write, and we do not.
    ("nevent", ((0, ID),)),
    ("nprofile", ((0, AUTHOR),)),
    ("nevent", ((1, b"wss://first"), (0, ID), (9, b"unknown"), (255, b""))),
    ("nevent", ((0, ID), (1, b"\xff"), (1, b"wss://after"), (1, b""))),
    ("naddr", (KIND, (2, AUTHOR), (0, b"a"))),
)
REFUSED: Final[tuple[tuple[str, Fields, str], ...]] = (
    ("nprofile", (), "names no author"),
    ("nprofile", ((0, AUTHOR), (0, AUTHOR)), "more than once"),
    ("nprofile", ((0, AUTHOR[:31]),), "no public key"),
    ("nprofile", ((0, b"\xff" * 32),), "no public key"),
    ("nevent", ((1, b"wss://relay"),), "holds no id"),
    ("nevent", ((0, ID + b"x"),), "holds no id"),
    ("nevent", ((0, ID), (2, b"")), "no public key"),
    ("nevent", ((0, ID), (3, b"\0\0\1")), "no number from 0 to 65535"),
    ("nevent", ((0, ID), (3, b"\0\1\0\0")), "no number from 0 to 65535"),
    ("nevent", ((0, ID), (3, b"\0\0\0\1"), (3, b"\0\0\0\1")), "more than once"),
    ("naddr", ((0, b"a"), (2, AUTHOR)), "needs a key, an author and a kind"),
    ("naddr", ((0, b"a"), KIND), "needs a key, an author and a kind"),
    ("naddr", ((2, AUTHOR), KIND), "needs a key, an author and a kind"),
    ("naddr", ((0, b"\xff"), (2, AUTHOR), KIND), "no UTF-8"),
)


def make() -> str:
    """Give the text of the file."""
    texts = [EXAMPLE, *map(encode_nip19, POINTERS), *(_text_of(*row) for row in READ)]
    texts += [f"nostr:{texts[1]}", f" NOSTR:{texts[2]}\n", texts[4].upper()]
    refusals = [{"text": _text_of(prefix, fields), "says": says} for prefix, fields, says in REFUSED]
    refusals += [{"text": text, "says": says} for text, says in _damaged(texts[2])]
    said = {"pointers": [_row_of(text) for text in texts], "refusals": refusals}
    return json.dumps({"note": NOTE, **said}, indent=1) + "\n"


def _damaged(text: str) -> list[tuple[str, str]]:
    short = bech32.encode("nevent", bytes([0, 32]) + ID[:31])
    endless = bech32.encode("nprofile", bytes([0, 32]) + AUTHOR + (bytes([1, 255]) + b"x" * 255) * 13)
    return [
        (short, "ends in the middle of a field"),
        (bech32.encode("nevent", b"\0"), "ends in the middle of a field"),
        (endless, "the limit is 5000"),
        (text[:-1], "wrong character or checksum"),
        (f"{text[:20]}{'q' if text[20] != 'q' else 'p'}{text[21:]}", "wrong character or checksum"),
        (text[:30].upper() + text[30:], "wrong character or checksum"),
        ("nevent1qqqqqqqqqqqq", "wrong character or checksum"),
        ("nostr:", "expected a text that begins with"),
        (f"nostr:nostr:{text}", "expected a text that begins with"),
        ("nrelay1qqt8wumn8ghj7un9d3shjtnwdaehgu3wvfskueq4r295t", "expected a text that begins with"),
        ("", "expected a text that begins with"),
        (SECRET.to_nsec(), "a secret key"),
        (f"nostr:{SECRET.to_nsec().upper()}", "a secret key"),
        (f"ncryptsec1{'q' * 60}", "a secret key"),
    ]


def _row_of(text: str) -> dict[str, object]:
    pointer = decode_nip19(text)
    return {"text": text, "pointer": json_of(pointer), "written": encode_nip19(pointer)}


def json_of(pointer: Pointer) -> dict[str, object]:
    """Give *pointer* in JSON, with the names that TypeScript has for its fields."""
    match pointer:
        case ProfilePointer(author, relays):
            return {"type": "profile", "author": author.hex(), "relays": list(relays)}
        case EventPointer(record_id, relays, author, kind):
            by = None if author is None else author.hex()
            return {"type": "event", "id": record_id.hex(), "relays": list(relays), "author": by, "kind": kind}
        case AddressPointer(kind, author, key, relays):
            return {"type": "address", "kind": kind, "author": author.hex(), "key": key, "relays": list(relays)}


def _text_of(prefix: str, fields: Fields) -> str:
    return bech32.encode(prefix, b"".join(bytes([kind, len(value)]) + value for kind, value in fields))


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
