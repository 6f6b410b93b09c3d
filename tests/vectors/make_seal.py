"""Writes seal.json: secrets and what is sealed by them.

Run it after a change of peerset/core/seal.py or peerset/core/envelope.py.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgpack
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt, sodium_pad

from peerset.core import bech32
from peerset.core.clock import UnixTime
from peerset.core.envelope import NONCE_BYTES, SEALED_TAG, Closed, open_record
from peerset.core.keys import SecretKey
from peerset.core.lens import Lens
from peerset.core.limits import SEAL_PADDING_BYTES
from peerset.core.pin import pin_content, pin_tags
from peerset.core.record import KIND_KEYED, KIND_PIN, KIND_RECORD, Record, RecordId, event_of, sign_record
from peerset.core.rules import Manifest, Rules
from peerset.core.seal import Seal, Seals, Secret, seal_text, secret_of
from peerset.core.signal import RoomName
from peerset.core.verdict import Accept, PolicyClass, Seat, Verdict
from peerset.moderation.content_rules import with_content_rules
from peerset.moderation.rulebook import open_policies
from peerset.moderation.versions import Versions
from tests.sealed import sign_sealed

FILE: Final = Path(__file__).with_name("seal.json")
NOTE: Final = (
    "secrets: the text of each, and its keys in a room. passphrases: the secret that each gives in a room. refusals: "
    "texts that begin as secrets do, and are none. rules: policies by name, class and whether they judge envelopes; "
    "the ids of the rules of an open and of a sealed room that has them, and which admit, and shadow, in the sealed "
    "one. envelopes: what *tags* and *content* become, by the secret and a nonce; each opens again, to *opened* and "
    "the content. pin: a pin of what is sealed, read as it is; what is inside opens to *opened* and *content*. "
    "closed: events that do not open by *secrets*, and why. epochs: versions of keyed records, sealed by *secrets*; "
    "the ids of those that no other has replaced, for who has both secrets, and for who has the older one alone."
)
ROOM: Final = RoomName("peerset", "lobby")
ATTIC: Final = RoomName("peerset", "attic")
KEY: Final = SecretKey(b"\x01" * 32)
OTHER_KEY: Final = SecretKey(b"\x02" * 32)
NOW: Final = UnixTime(1_792_195_200)
H: Final = ("h", ROOM.tag.hex())
ID: Final = "805f9248fe55a0e3b0850b8f6d0e66324f6b81e7bb9e19dc111b16375fa53b22"


def octets(label: str, size: int) -> bytes:
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_256(label.encode()).digest(size)


SECRET: Final = Secret(octets("secret", 32))
NEWER: Final = Secret(octets("newer secret", 32))
SEAL: Final = Seal(SECRET, ROOM.tag)
TAGS: Final = (H, ("us", "482113"), ("c", "places"), ("d", "places/berlin"), ("t", "Café"), ("e", ID, "", "prev"))
CONTENT: Final = '{"title": "Café", "city": "Berlin"}'


def secret(value: Secret, room: RoomName) -> dict[str, str]:
    seal = Seal(value, room.tag)
    return {
        "text": seal_text(value),
        "secret": value.hex(),
        "room": room.tag.hex(),
        "content_key": seal.content_key.hex(),
        "id": seal.id.hex(),
        "c places": seal.hidden("c", "places"),
        "d places/berlin": seal.hidden("d", "places/berlin"),
    }


def passphrase(text: str, room: RoomName) -> dict[str, str]:
    return {"passphrase": text, "room": room.tag.hex(), "secret": secret_of(text, room.tag).hex()}


def refusals() -> list[dict[str, str]]:
    whole = seal_text(SECRET)
    return [
        {"name": "cut", "text": whole[:-1]},
        {"name": "a character changed", "text": whole[:-1] + ("q" if whole[-1] != "q" else "p")},
        {"name": "of 31 bytes", "text": bech32.encode("seal", SECRET[:-1])},
        {"name": "of 33 bytes", "text": bech32.encode("seal", SECRET + b"\0")},
        {"name": "nothing behind the prefix", "text": "seal1"},
        {"name": "in mixed case", "text": whole[:20] + whole[20:].upper()},
        {"name": "in capitals, and cut", "text": whole.upper()[:-1]},
        {"name": "with white space within", "text": whole[:20] + " " + whole[20:]},
    ]


def envelope(name: str, kind: int, tags: tuple[tuple[str, ...], ...], content: str) -> dict[str, Any]:
    nonce = octets(f"nonce {name}", NONCE_BYTES)
    made = sign_sealed(KEY, SEAL, created_at=NOW, kind=kind, tags=tags, content=content, nonce=nonce)
    again = open_record(Seals([Seal(NEWER, ROOM.tag), SEAL]), made.envelope)
    assert again == made
    return {
        "name": name,
        "nonce": nonce.hex(),
        "tags": tags,
        "content": content,
        "opened": made.tags,
        "event": event_of(made.envelope),
        "wire": made.wire.hex(),
    }


def envelopes() -> list[dict[str, Any]]:
    room = (H,)
    nonce = ("batch", "00112233445566778899aabbccddeeff")
    address = ("a", f"30078:{KEY.public_key.hex()}:{SEAL.hidden('d', 'places/berlin')}")
    visible = (("expiration", "1792195300"), nonce, ("grant", "token"), ("pin", "x"), ("blob", ID, "9"), address)
    return [
        envelope("nothing", KIND_RECORD, room, ""),
        envelope("a version of a register", KIND_KEYED, TAGS, CONTENT),
        envelope("every tag that all see, and others", KIND_RECORD, (("t", "x"), *visible, ("c", "log"), *room), "{}"),
        envelope("several of each", KIND_KEYED, (*room, ("c",), ("c", "a"), ("c", "b"), ("d", ""), ("d", "x")), "[]"),
        envelope("a deletion", 5, (*room, ("e", ID), ("k", "1078")), ""),
        envelope("a commit", 1_080, (*room, nonce), f'["{ID}"]'),
        # With 5 bytes around it, a text of 251 fills the padding but for the byte that it always has.
        *(envelope(f"of {size} characters", KIND_RECORD, room, "x" * size) for size in (250, 251, 252, 253)),
    ]


def pin() -> dict[str, Any]:
    """Give what another author pinned."""
    nonce = octets("nonce pinned", NONCE_BYTES)
    made = sign_sealed(KEY, SEAL, created_at=NOW, kind=KIND_KEYED, tags=TAGS, content=CONTENT, nonce=nonce)
    tags, content = (H, *pin_tags(made)), pin_content(made)
    record = sign_record(OTHER_KEY, created_at=UnixTime(NOW + 5), kind=KIND_PIN, tags=tags, content=content)
    return {"event": event_of(record), "opened": made.tags, "content": made.content}


@dataclass(frozen=True)
class Described:
    """A policy of which nothing is asked but what it is."""

    name: str
    policy_class: PolicyClass
    judges_envelopes: bool = False
    reason: str = "none"

    @property
    def manifest(self) -> Manifest:
        return Manifest(self.name, 1)

    def judge(self, records: Sequence[Record]) -> Sequence[Verdict]:
        return [Accept() for _ in records]

    def group(self, _: Record) -> None:
        return None

    def keep(self, _: Sequence[Seat]) -> frozenset[RecordId]:
        return frozenset()


def rules_of(name: str, *policies: Described) -> dict[str, Any]:
    plain = open_policies(policies)
    sealed = with_content_rules(plain)
    return {
        "name": name,
        "policies": [
            {"name": each.name, "class": each.policy_class.value, "judges_envelopes": each.judges_envelopes}
            for each in policies
        ],
        "open": Rules(policies=plain.manifests).id.hex(),
        "sealed": Rules(policies=sealed.manifests).id.hex(),
        "admission": [each.name for each in sealed.admission],
        "set_rules": [each.name for each in sealed.set_rules],
    }


def rules() -> list[dict[str, Any]]:
    envelopes = Described("envelopes", PolicyClass.ADMISSION, judges_envelopes=True)
    content, other = Described("content", PolicyClass.ADMISSION), Described("other", PolicyClass.ADMISSION)
    latest, calm = Described("latest", PolicyClass.SET_RULE), Described("calm", PolicyClass.VIEW)
    return [
        rules_of("none"),
        rules_of("of envelopes", envelopes),
        rules_of("of content", content),
        rules_of("a view", calm),
        rules_of("of every class", latest, other, calm, envelopes, content),
    ]


def signed(
    content: str,
    tags: tuple[tuple[str, ...], ...] | None = None,
    *,
    key: SecretKey = KEY,
    at: int = NOW,
    kind: int = 1_078,
) -> Record:
    outer = (H, (SEALED_TAG, SEAL.id.hex())) if tags is None else tags
    return sign_record(key, created_at=UnixTime(at), kind=kind, tags=outer, content=content)


def sealed(plain: bytes, *, pad: Callable[[bytes, int], bytes] = sodium_pad) -> str:
    """Give the content of an envelope around *plain*, whatever that is."""
    bound = KEY.public_key + NOW.to_bytes(8, "big") + KIND_RECORD.to_bytes(2, "big") + ROOM.tag
    nonce = octets("nonce", NONCE_BYTES)
    cipher = crypto_aead_xchacha20poly1305_ietf_encrypt(pad(plain, SEAL_PADDING_BYTES), bound, nonce, SEAL.content_key)
    return base64.b64encode(nonce + cipher).decode()


def case(
    name: str, record: Record, why: Closed = Closed.BROKEN, secrets: tuple[Secret, ...] = (SECRET,)
) -> dict[str, Any]:
    found = open_record(Seals([Seal(each, ROOM.tag) for each in secrets]), record)
    assert found is why, f"{name}: {found}"
    return {
        "name": name,
        "why": why.name.lower(),
        "secrets": [each.hex() for each in secrets],
        "event": event_of(record),
    }


def epochs() -> dict[str, Any]:
    """Give versions of keyed records that were sealed by one secret, and by the next."""
    newer = Seal(NEWER, ROOM.tag)

    def version(name: str, seal: Seal, at: int, *tags: tuple[str, ...], key: SecretKey = KEY) -> Record:
        when, nonce = UnixTime(NOW + at), octets(f"nonce epoch {name}", NONCE_BYTES)
        return sign_sealed(
            key, seal, created_at=when, kind=KIND_KEYED, tags=(H, *tags), content=name, nonce=nonce
        ).envelope

    records = [
        version("old", SEAL, 0, ("d", "a")),
        version("new", newer, 5, ("d", "a")),
        version("between", SEAL, 3, ("d", "a")),
        version("old of another key", SEAL, 9, ("d", "b")),
        version("new of another key", newer, 8, ("d", "b"), ("d", "a")),
        version("of another author", SEAL, 2, ("d", "a"), key=OTHER_KEY),
        version("old without a key", SEAL, 1),
        version("new without a key", newer, 2),
        version("of an empty key", newer, 4, ("d", "")),
        version("old of an empty key", SEAL, 3, ("d", "")),
    ]

    def current(*seals: Seal) -> list[str]:
        lens = Lens(Seals(seals))
        read = [lens.open(each) for each in records]
        return [each.id.hex() for each in Versions(kin=lens.addresses).current(read)]

    return {
        "secrets": [NEWER.hex(), SECRET.hex()],
        "events": [event_of(each) for each in records],
        "both": current(newer, SEAL),
        "older": current(SEAL),
    }


def closed() -> list[dict[str, Any]]:
    good = sealed(msgpack.packb(((), "said")))
    outer = (H, (SEALED_TAG, SEAL.id.hex()))
    moved = [
        case("moved to another author", signed(good, key=OTHER_KEY)),
        case("moved to another second", signed(good, at=NOW + 1)),
        case("moved to another kind", signed(good, kind=1_079)),
        case("moved to another room", elsewhere()),
    ]
    tags = [
        case("without the tag", signed(good, (H,)), Closed.UNSEALED),
        case("an id that is none", signed(good, (H, (SEALED_TAG, SEAL.id.hex().upper()))), Closed.UNSEALED),
        case("an id that is cut", signed(good, (H, (SEALED_TAG, SEAL.id.hex()[1:]))), Closed.UNSEALED),
        case("a tag without an id before one with", signed(good, (H, (SEALED_TAG,), outer[1])), Closed.UNSEALED),
        case("another secret", signed(good), Closed.FOREIGN, (NEWER,)),
        case("two ids", signed(good, (*outer, outer[1]))),
        case("an id with more behind it", signed(good, (H, (*outer[1], "x")))),
        case("a collection outside that is not inside", signed(good, (*outer, ("c", SEAL.hidden("c", "a"))))),
        case("a collection inside that is not outside", signed(sealed(msgpack.packb(((("c", "a"),), ""))))),
        case("another key outside than inside", other_key()),
        case("a key before the seal", signed(*keyed(reverse=True))),
        *(
            case(f"a tag {name} inside", signed(sealed(msgpack.packb((((name, "1" * 32),), "")))))
            for name in ("h", "us", "e", "a", "expiration", "batch", "grant", "pin", "blob", "sealed")
        ),
    ]
    return [*moved, *tags, *broken(good)]


def broken(good: str) -> list[dict[str, Any]]:
    data = base64.b64decode(good)
    changed = bytearray(data)
    changed[-1] ^= 1
    plains = {
        "a map": msgpack.packb({}),
        "one field": msgpack.packb(((),)),
        "three fields": msgpack.packb(((), "", "")),
        "tags that are a text": msgpack.packb(("", "")),
        "a tag that is a text": msgpack.packb((("t",), "")),
        "a tag of nothing": msgpack.packb((((),), "")),
        "a number in a tag": msgpack.packb(((("t", 1),), "")),
        "a content of bytes": msgpack.packb(((), b"said")),
        "no content": msgpack.packb(((), None)),
        "a longer form": b"\x92\x90\xd9\x04said",
        "more behind it": msgpack.packb(((), "said")) + b"\xc0",
        "half of it": msgpack.packb(((), "said"))[:-1],
        "no UTF-8": b"\x92\x90\xa1\xff",
        "a control character": msgpack.packb(((), "\x01")),
        "65 tags with the one outside": msgpack.packb(((("t", "x"),) * 64, "")),
        "a tag of 17 texts": msgpack.packb(((("t",) * 17,), "")),
        "a value of 1,025 bytes": msgpack.packb(((("t", "x" * 1_025),), "")),
    }
    return [
        case("nothing", signed("")),
        case("no base64", signed("said")),
        case("base64 without its padding", signed(good.rstrip("="))),
        case("base64 with a line feed", signed(good[:60] + "\n" + good[60:])),
        case("base64 for addresses", signed(good.replace("+", "-").replace("/", "_"))),
        case("base64 with bits left over", signed(left_over(good))),
        case("truncated", signed(base64.b64encode(data[:-1]).decode())),
        case("truncated by a block", signed(base64.b64encode(data[:-SEAL_PADDING_BYTES]).decode())),
        case("a bit changed", signed(base64.b64encode(changed).decode())),
        case("no padding", signed(sealed(b"x" * 256, pad=lambda plain, _: plain))),
        case("padding of zeros", signed(sealed(bytes(256), pad=lambda plain, _: plain))),
        case("padded to 128", signed(sealed(msgpack.packb(((), "said")), pad=lambda plain, _: sodium_pad(plain, 128)))),
        case(
            "padded by a block too much", signed(sealed(msgpack.packb(((), "said")), pad=lambda plain, _: long(plain)))
        ),
        *(case(f"inside: {name}", signed(sealed(plain))) for name, plain in plains.items()),
    ]


def long(plain: bytes) -> bytes:
    """Pad by 256 bytes more than are needed."""
    return sodium_pad(plain, SEAL_PADDING_BYTES) + bytes(SEAL_PADDING_BYTES)


def left_over(text: str) -> str:
    """Set a bit of the last character that says nothing."""
    assert text[-2] != "=" == text[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-2] + alphabet[alphabet.index(text[-2]) + 1] + "="


def keyed(*, reverse: bool = False) -> tuple[str, tuple[tuple[str, ...], ...]]:
    own = (SEALED_TAG, SEAL.id.hex()), ("d", SEAL.hidden("d", "key"))
    return sealed(msgpack.packb(((("d", "key"),), "said"))), (H, *(reversed(own) if reverse else own))


def other_key() -> Record:
    content, (room, seal, _) = keyed()
    return signed(content, (room, seal, ("d", SEAL.hidden("d", "other"))))


def elsewhere() -> Record:
    """What was sealed for another room, with the id of ours."""
    seal = Seal(SECRET, ATTIC.tag)
    made = sign_sealed(KEY, seal, created_at=NOW, kind=1_078, tags=(H,), content="said", nonce=bytes(NONCE_BYTES))
    return signed(made.envelope.content)


def make() -> str:
    """Give the text of the file."""
    parts = {
        "note": NOTE,
        "secrets": [secret(SECRET, ROOM), secret(NEWER, ROOM), secret(SECRET, ATTIC), secret(Secret(bytes(32)), ROOM)],
        "passphrases": [
            passphrase("correct horse battery staple", ROOM),
            passphrase("correct horse battery staple", ATTIC),
            passphrase(" Grüße, 再见 ", ROOM),
            passphrase("Gru\u0308ße", ROOM),
            passphrase("Gr\u00fcße", ROOM),
        ],
        "refusals": refusals(),
        "rules": rules(),
        "secret": SECRET.hex(),
        "author": KEY.secret.hex(),
        "room": ROOM.tag.hex(),
        "created_at": NOW,
        "envelopes": envelopes(),
        "pin": pin(),
        "closed": closed(),
        "epochs": epochs(),
    }
    return json.dumps(parts, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
