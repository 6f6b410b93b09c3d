"""Writes own_keys.json: keys of a room. Run it after a change of these."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Final

from peerset.core.keys import SecretKey
from peerset.core.own_key import derive_own_key
from peerset.core.signal import RoomName

FILE: Final = Path(__file__).with_name("own_keys.json")
NOTE: Final = "keys: what a secret key has for a room of an app."
SECRETS: Final = ("00" * 31 + "01", sha256(b"peerset").hexdigest())
ROOMS: Final = (("peerset", "lobby"), ("peerset", "lobby/part"), ("my-app", "lobby"), ("Gr\u00fc\u00dfe", "\U0001f30d"))


def make() -> str:
    """Give the text of the file."""
    rows = [
        {"secret": secret, "app": app, "room": room, "own": _own(secret, RoomName(app, room))}
        for secret in SECRETS
        for app, room in ROOMS
    ]
    return json.dumps({"note": NOTE, "keys": rows}, indent=1) + "\n"


def _own(secret: str, name: RoomName) -> str:
    return derive_own_key(SecretKey(bytes.fromhex(secret)), name.tag).secret.hex()


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
