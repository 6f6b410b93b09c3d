"""Trystero's names and keys of a room, and its sealing of session descriptions.

Session descriptions hold network addresses and pass through public trackers, so Trystero encrypts their text with
AES-256-GCM under a key made of the room's names and its password. Names and key are as Trystero 0.21 to 0.25 derives
them; the vectors are in ``tests/vectors/trystero.json``.
"""

import base64
import binascii
import hashlib
import random
import re
from typing import Final, NewType

from peerset.core.ciphers import open_whole, seal_whole
from peerset.core.signal import RoomName
from peerset.errors import ConfigError, SignalingError

InfoHash = NewType("InfoHash", str)
"""20 characters that name a room towards trackers."""

INFO_HASH_LENGTH: Final = 20
NONCE_BYTES: Final = 16
TAG_BYTES: Final = 16

_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_NONCE_TEXT: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{1,3}){15}")


def root_topic(room: RoomName) -> str:
    """Give the topic under which peers of *room* meet."""
    return _fold(f"Trystero@{room.app}@{room.room}")


def self_topic(room: RoomName, peer_id: str) -> str:
    """Give the topic under which *peer_id* alone listens in *room*."""
    return _fold(f"Trystero@{room.app}@{room.room}@{peer_id}")


def info_hash_of(room: RoomName) -> InfoHash:
    """Give the swarm's name on BitTorrent trackers: the root topic, folded once more and cut."""
    return InfoHash(_fold(root_topic(room))[:INFO_HASH_LENGTH])


def sealing_key(room: RoomName, password: str) -> bytes:
    """Derive the 32-byte key; no password is the empty one.

    Raises:
        ConfigError: the password is not Unicode text.

    """
    try:
        return hashlib.sha256(f"{password}:{room.app}:{room.room}".encode()).digest()
    except UnicodeEncodeError as error:
        raise ConfigError("the password has lone surrogates, so it has no UTF-8 form") from error


class Seal:
    """Encrypts and decrypts the session descriptions of one room."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, text: str, rng: random.Random) -> str:
        """Encrypt *text* under a fresh nonce of *rng*, which must never repeat itself."""
        nonce = rng.randbytes(NONCE_BYTES)
        sealed = seal_whole(self._key, nonce, text.encode())
        return ",".join(map(str, nonce)) + "$" + base64.b64encode(sealed).decode()

    def open(self, sealed: str) -> str | None:
        """Decrypt *sealed*; None when it was sealed under another key, which means another password.

        Raises:
            SignalingError: *sealed* has not the form of a sealed text.

        """
        opened = open_whole(self._key, *_parse(sealed))
        try:
            return None if opened is None else opened.decode()
        except UnicodeDecodeError as error:
            raise SignalingError("a sealed text is not UTF-8") from error


def _parse(sealed: str) -> tuple[bytes, bytes]:
    nonce_text, separator, rest = sealed.partition("$")
    if not separator or not _NONCE_TEXT.fullmatch(nonce_text):
        raise SignalingError(f"a sealed text starts with {sealed[:16]!a}, not with a nonce of {NONCE_BYTES} numbers")
    numbers = [int(number) for number in nonce_text.split(",")]
    if max(numbers) > 0xFF:
        raise SignalingError(f"a sealed text's nonce has the number {max(numbers)}, expected at most 255")
    try:
        ciphertext = base64.b64decode(rest.partition("$")[0], validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignalingError("a sealed text is not base64") from error
    if len(ciphertext) < TAG_BYTES:
        raise SignalingError(f"a sealed text has {len(ciphertext)} bytes, expected at least {TAG_BYTES}")
    return bytes(numbers), ciphertext


def _fold(text: str) -> str:
    """Give the SHA-1 digest of *text*, every byte in base 36 without padding."""
    # Not for security: it only spreads names, and Trystero has settled on it.
    return "".join(map(_base36, hashlib.sha1(text.encode(), usedforsecurity=False).digest()))


def _base36(byte: int) -> str:
    high, low = divmod(byte, 36)
    return (_BASE36[high] if high else "") + _BASE36[low]
