"""Keys of a room."""

import hashlib
import hmac
import json
import random
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.keys import SecretKey
from peerset.core.own_key import derive_own_key
from peerset.core.signal import RoomName

FOLDER: Final = Path(__file__).parents[1] / "vectors"
VECTORS: Final = json.loads((FOLDER / "own_keys.json").read_text(encoding="utf-8"))
KEY: Final = SecretKey.generate(random.Random(1))


def test_the_vectors_are_what_their_script_writes() -> None:
    made = runpy.run_path(str(FOLDER / "make_own_keys.py"))["make"]()
    assert made == (FOLDER / "own_keys.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", VECTORS["keys"], ids=lambda row: f"{row['secret'][:4]} {row['room']!a}")
def test_a_key_has_one_of_each_room(row: dict[str, Any]) -> None:
    tag = RoomName(row["app"], row["room"]).tag
    whole = SecretKey(bytes.fromhex(row["secret"]))
    assert derive_own_key(whole, tag).secret.hex() == row["own"]
    # By the words of the protocol, from the standard library alone.
    said = hmac.new(whole.secret, b"peerset/own-key/1" + tag + b"\0", hashlib.sha256).hexdigest()
    assert said == row["own"]


def test_rooms_apps_and_keys_have_different_ones() -> None:
    names = [RoomName("peerset", "lobby"), RoomName("peerset", "garden"), RoomName("chat", "lobby")]
    keys = [derive_own_key(whole, name.tag) for whole in (KEY, SecretKey(b"\1" * 32)) for name in names]
    assert len({key.secret for key in keys} | {KEY.secret}) == 7
