"""Keys of a room: what somebody signs by in one room alone, so that nobody tells who writes elsewhere by the same key.

docs/protocol.md, "Keys of a room".
"""

import hmac
from hashlib import sha256
from typing import Final

from peerset.core.keys import SecretKey
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError

_DOMAIN: Final = b"peerset/own-key/1"
_TURNS: Final = 256


def derive_own_key(key: SecretKey, room_tag: RoomTag) -> SecretKey:
    """Give the key that *key* has for the room of *room_tag*: always the same, and of no use to find *key* or others.

    Raises:
        ConfigError: none of 256 digests is a secret key, which never happens.

    """
    for turn in range(_TURNS):
        digest = hmac.digest(key.secret, _DOMAIN + room_tag + bytes([turn]), sha256)
        try:
            return SecretKey(digest)
        except ConfigError:
            # Zero, or not below the order of the curve: one in 2^128.
            continue
    raise ConfigError("this key has no key for the room")
