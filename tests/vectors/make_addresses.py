"""Writes addresses.json: addresses, what they say, and texts that are none (docs/addresses.md)."""

import json
from pathlib import Path
from typing import Final

from peerset.core import bech32
from peerset.core.address import (
    Address,
    FileTarget,
    KeyTarget,
    RecordTarget,
    make_address,
    make_link,
    parse_address,
)
from peerset.core.keys import SecretKey, npub
from peerset.core.limits import RETENTION_SECONDS_MAX
from peerset.core.nip19 import EventPointer, encode_nip19
from peerset.core.record import RecordId
from peerset.core.signal import RoomName

FILE: Final = Path(__file__).with_name("addresses.json")
NOTE: Final = (
    "addresses: what each text says, the text that says it again, and the link to the page that hands it over. "
    "refusals: texts that must not be read, each with a part of what is said of it; no secret is repeated."
)
PAGE: Final = "https://chat.example/lobby?lang=de"
AUTHOR: Final = SecretKey(bytes([1]) * 32).public_key
ID: Final = RecordId(bytes(range(32)))
NOTE_ID: Final = bech32.encode("note", ID)
SEALS: Final = tuple(bech32.encode("seal", bytes([number]) * 32) for number in (1, 2))
GRANT: Final = "AQID-_" * 32
LOBBY: Final = RoomName("peerset", "lobby")
STRANGE: Final = RoomName("my app/\u00fc", "a#b?c&d=e%f+g \u65e5\u672c \U0001f30d (x)'*!;$,@:~")

MADE: Final[tuple[Address, ...]] = (
    Address(LOBBY),
    Address(STRANGE),
    Address(RoomName(".", "..")),
    Address(LOBBY, signaling=("wss://tracker.example:8443/a", "nostr:wss://b\u00fccher.example/?q=1&r", "lan:")),
    Address(
        LOBBY,
        signaling=("wss://tracker.example",),
        phases=21_600,
        policies=("words", "links:allow=zoom.us,*.example.org,fields=url", "quota:newest=5", "budget:off"),
        retention=30 * 86_400,
    ),
    Address(LOBBY, phases=5_400, retention=RETENTION_SECONDS_MAX),
    Address(LOBBY, retention=90_061),
    Address(LOBBY, password="correct horse #1 & \u00e9", seals=SEALS, grants=(GRANT, "x_-9" * 100)),
    Address(LOBBY, RecordTarget(ID)),
    Address(LOBBY, KeyTarget("places", "caf\u00e9/1")),
    Address(LOBBY, KeyTarget("a" * 64, "\u00fc" * 256, AUTHOR, ID), seals=SEALS[:1]),
    Address(LOBBY, FileTarget("site", "index.html")),
    Address(LOBBY, FileTarget("site", "docs/a b/\u65e5\u672c.txt", AUTHOR, ID), signaling=("lan:",)),
)
READ: Final = (
    # What others write, and we do not.
    " PEERSET:peerset/lobby\n",
    "peerset:peerset/lobby?#",
    "peerset:peerset/l%6fbby?&&",
    "peerset:app/gr\u00fc\u00dfe!$'()*+,;=",
    "peerset:peerset/lobby?retention=720h&phases=6h&signaling=lan:",
    "peerset:peerset/lobby?phases=21600s&retention=4w",
    f"peerset:peerset/lobby/record/{ID.hex().upper()}",
    f"peerset:peerset/lobby/record/{encode_nip19(EventPointer(ID, ('wss://relay.example',), AUTHOR, 1078))}",
    f"peerset:peerset/lobby/key/places/home?at={ID.hex()}&author={AUTHOR.hex()}",
    f"peerset:peerset/lobby#seal={SEALS[0].upper()}",
    f"https://chat.example/#peerset:peerset/lobby?seal={SEALS[0]}&signaling=lan:",
    f"HTTP://localhost:8080/a?b#Peerset:peerset/lobby#seal={SEALS[1]}&password=x",
    "https://chat.example/#peerset:peerset/lobby",
)
ROOM: Final = "peerset:peerset/lobby"
REFUSED: Final = (
    ("", "begins with peerset:"),
    ("lobby", "begins with peerset:"),
    ("nostr:note1qqqq", "begins with peerset:"),
    ("peerset", "begins with peerset:"),
    ("peerset-device:c2VjcmV0&peerset:peerset/lobby", "a code for a new device"),
    (" https://chat.example/#Peerset-Device:c2VjcmV0&peerset:peerset/lobby", "a code for a new device"),
    ("peerset-link:c2VjcmV0", "the text that a new device shows"),
    ("peerset-tomorrow:lobby", "begins with peerset:"),
    ("https://chat.example/peerset:peerset/lobby", "begins with peerset:"),
    ("ftp://chat.example/#peerset:peerset/lobby", "begins with peerset:"),
    ("peer\u017fet:peerset/lobby", "begins with peerset:"),
    ("peerset:", "an app and a room"),
    ("peerset:lobby", "an app and a room"),
    ("peerset:?signaling=lan:", "an app and a room"),
    ("peerset://peerset/lobby", "empty"),
    ("peerset:peerset/", "empty"),
    ("peerset:peerset/lobby/", "after its room"),
    ("peerset:peerset/" + "x" * 1_025, "longer than 1024 bytes"),
    ("peerset:peerset/a b", "write %20"),
    ("peerset:peerset/a\tb", "write %09"),
    ('peerset:peerset/"lobby"', "write %22"),
    ("peerset:peerset/[lobby]", "write %5B"),
    ("peerset:peerset/lobby\x7f", "write %7F"),
    ("peerset:peerset/100%", "two hexadecimal digits"),
    ("peerset:peerset/a%2", "two hexadecimal digits"),
    ("peerset:peerset/a%zz", "two hexadecimal digits"),
    ("peerset:peerset/a%u00e9", "two hexadecimal digits"),
    ("peerset:peerset/%ff", "no UTF-8"),
    ("peerset:peerset/%c3", "no UTF-8"),
    ("peerset:peerset/%c0%af", "no UTF-8"),
    ("peerset:peerset/%ed%a0%80", "no UTF-8"),
    ("peerset:peerset/a%00b", "control characters"),
    ("peerset:peerset/a%0Ab", "control characters"),
    (f"{ROOM}?signaling=lan:%1b[31m", "write %5B"),
    (f"{ROOM}?signaling=lan:%1b", "control characters"),
    (f"{ROOM}?colour=red", "none of: at, author"),
    (f"{ROOM}?Signaling=lan:", "none of: at, author"),
    (f"{ROOM}?toString=1", "none of: at, author"),
    (f"{ROOM}?signaling", "signaling of the address is empty"),
    (f"{ROOM}?signaling=", "signaling of the address is empty"),
    (f"{ROOM}?" + "&".join(f"signaling={number}" for number in range(65)), "at most 64 fields"),
    (f"{ROOM}?signaling=lan:&signaling=lan:", "a value of signaling twice"),
    (f"{ROOM}?phases=6h&phases=6h", "says phases more than once"),
    (f"{ROOM}?retention=30d&retention=40d", "says retention more than once"),
    (f"{ROOM}?phases=5m", "from an hour to 30 days"),
    (f"{ROOM}?phases=forever", "from an hour to 30 days"),
    (f"{ROOM}?phases=%206h", "phases of the address cannot be"),
    (f"{ROOM}?phases=\u0666h", "phases of the address cannot be"),
    (f"{ROOM}?retention=-1", "retention of the address cannot be"),
    (f"{ROOM}?retention=59m", "from an hour"),
    (f"{ROOM}?policy=command:rm", "cannot name the policy 'command'"),
    (f"{ROOM}?policy=no-shouting", "cannot name the policy 'no-shouting'"),
    (f"{ROOM}?policy=constructor", "cannot name the policy 'constructor'"),
    (f"{ROOM}?policy=words:list=/etc/passwd", "takes languages, not 'list=/etc/passwd'"),
    (f"{ROOM}?policy=words:languages=en,list=x", "takes languages, not 'list=x'"),
    (f"{ROOM}?policy=authors:allow-file=x", "not 'allow-file=x'"),
    (f"{ROOM}?policy=schema:file=x", "not 'file=x'"),
    (f"{ROOM}?policy=words:%7B%22list%22:%22x%22%7D", "takes languages"),
    (f"{ROOM}?policy=words&policy=words", "a value of policy twice"),
    (f"{ROOM}?password=x", "password is a secret"),
    (f"{ROOM}?seal={SEALS[0]}", "seal is a secret"),
    (f"{ROOM}?grant={GRANT}", "grant is a secret"),
    (f"{ROOM}#signaling=lan:", "signaling is no secret"),
    (f"{ROOM}#{SEALS[0]}", "none of: at, author"),
    (f"{ROOM}#password=a&password=b", "says password more than once"),
    (f"{ROOM}#password=a#b", "does not stand in an address as it is"),
    (f"{ROOM}#seal={SEALS[0][:-1]}", "must have 63 characters"),
    (f"{ROOM}#seal={SEALS[0][:-1]}{'q' if SEALS[0][-1] != 'q' else 'p'}", "wrong character or checksum"),
    (f"{ROOM}#seal={bech32.encode('nsec', bytes(32))}", "begins with seal1"),
    (f"{ROOM}#seal=passphrase", "begins with seal1"),
    (f"{ROOM}#seal={SEALS[0]}&seal={SEALS[0]}", "a value of seal twice"),
    (f"{ROOM}#grant={GRANT[1:]}", "a grant is a text of"),
    (f"{ROOM}#grant={GRANT}.", "a grant is a text of"),
    (f"{ROOM}#grant={'x' * 2_049}", "a grant is a text of"),
    (f"{ROOM}/records/{NOTE_ID}", "after its room"),
    (f"{ROOM}/record", "after its room"),
    (f"{ROOM}/record/{NOTE_ID}/more", "after its room"),
    (f"{ROOM}/record/{ID.hex()[:-2]}", "whole id"),
    (f"{ROOM}/record/{npub(AUTHOR)}", "names an author"),
    (f"{ROOM}/record/{NOTE_ID}?at={NOTE_ID}", "the address names neither"),
    (f"{ROOM}?author={npub(AUTHOR)}", "the address names neither"),
    (f"{ROOM}/key/places", "after its room"),
    (f"{ROOM}/key/Places/home", "a collection that can be none"),
    (f"{ROOM}/key/places/", "a key in an address has 1 to 512 bytes"),
    (f"{ROOM}/key/places/{'x' * 513}", "a key in an address has 1 to 512 bytes"),
    (f"{ROOM}/key/places/home?at=abcd", "whole id"),
    (f"{ROOM}/key/places/home?author=me", "a key is an npub"),
    (f"{ROOM}/key/places/home?author={npub(AUTHOR)}&author={npub(AUTHOR)}", "says author more than once"),
    (f"{ROOM}/key/places/home?author={SecretKey(bytes([1]) * 32).to_nsec()}", "a secret key"),
    (f"{ROOM}/file/site", "after its room"),
    (f"{ROOM}/file/site/", "a path in an address has 1 to 512 bytes"),
    (f"{ROOM}/file/site/a//b", "none of them is empty"),
    (f"{ROOM}/file/site/../../etc/passwd", "none of them is empty"),
    (f"{ROOM}/file/site/%2e%2e/x", "none of them is empty"),
    (f"{ROOM}/file/site/a%2Fb", "holds no slash"),
    (f"{ROOM}/file/site/{'x' * 513}", "a path in an address has 1 to 512 bytes"),
    (f"https://chat.example/#{ROOM}?seal={SEALS[0]}#seal={SEALS[0]}", "a value of seal twice"),
)


def make() -> str:
    """Give the text of the file."""
    texts = [*map(make_address, MADE), *READ]
    written = {
        "note": NOTE,
        "page": PAGE,
        "addresses": [_row(text) for text in texts],
        "refusals": [{"text": text, "says": says} for text, says in REFUSED],
    }
    return json.dumps(written, indent=1, ensure_ascii=True) + "\n"


def json_of(address: Address) -> dict[str, object]:
    """Give *address* as a page has it."""
    return {
        "app": address.name.app,
        "room": address.name.room,
        "target": _target_of(address),
        "signaling": list(address.signaling),
        "phases": address.phases,
        "policies": list(address.policies),
        "retention": address.retention,
        "password": address.password,
        "seals": list(address.seals),
        "grants": list(address.grants),
    }


def _target_of(address: Address) -> dict[str, object] | None:
    match address.target:
        case None:
            return None
        case RecordTarget(record_id):
            return {"type": "record", "id": record_id.hex()}
        case KeyTarget(collection, key, author, at):
            own: dict[str, object] = {"type": "key", "collection": collection, "key": key}
        case FileTarget(collection, path, author, at):
            own = {"type": "file", "collection": collection, "path": path}
    return own | {"author": None if author is None else author.hex(), "at": None if at is None else at.hex()}


def _row(text: str) -> dict[str, object]:
    address = parse_address(text)
    return {
        "text": text,
        "address": json_of(address),
        "written": make_address(address),
        "link": make_link(address, PAGE),
    }


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
