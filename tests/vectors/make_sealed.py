"""Writes sealed.json: sealed texts of introductions. Run it after a change of peerset/core/sealed.py."""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from peerset.core.keys import SecretKey
from peerset.core.sealed import SALT_BYTES, seal
from peerset.core.signal import RoomName

FILE: Final = Path(__file__).with_name("sealed.json")
NOTE: Final = (
    "seal(text) by the secret *from* for the key of the secret *to* is *sealed*, in the context, which is the room tag "
    "and the ids of both. All but the name is in hex."
)
TAG: Final = RoomName("peerset", "lobby").tag


def octets(label: str, size: int) -> bytes:
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_256(label.encode()).digest(size)


def case(name: str, number: int, text: bytes) -> dict[str, Any]:
    source, to = (SecretKey(octets(f"{end} {number}", 32)) for end in ("from", "to"))
    context = TAG + b"%020d" % number + b"%020d" % (number + 1)
    salt = octets(f"salt {number}", SALT_BYTES)
    sealed = seal(text, source, to.public_key, context=context, salt=salt)
    values = {"from": source.secret, "to": to.secret, "context": context, "salt": salt, "text": text, "sealed": sealed}
    return {"name": name, **{key: value.hex() for key, value in values.items()}}


def make() -> str:
    """Give the text of the file."""
    cases = [
        case("nothing", 1, b""),
        case("an offer", 2, b"\x00\x04offrv=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"),
        case("an answer in two scripts", 3, b"\x01\x04offr" + "später 再见".encode()),
        *(case(f"of {size} bytes", 10 + size, octets("text", size)) for size in (1, 63, 64, 65, 1_000)),
    ]
    return json.dumps({"note": NOTE, "sealed": cases}, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
