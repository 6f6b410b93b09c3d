"""Secrets that seal a room, and the keys that are made of them (docs/protocol.md, "Sealed rooms").

A secret is 32 random bytes, written ``seal1...`` (bech32, as NIP-19 writes keys), or made of a passphrase by Argon2id
(RFC 9106). Whoever has it reads what was sealed by it. It is not the room's password.
"""

import hashlib
import hmac
import random
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NewType

from nacl.pwhash import argon2id

from peerset.core import bech32
from peerset.core.limits import (
    SEAL_KDF_BYTES,
    SEAL_KDF_PASSES,
    SEAL_PASSPHRASE_BYTES_MAX,
    SEALS_MAX,
)
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError

Secret = NewType("Secret", bytes)
"""32 bytes that only those who may read a room know."""

PREFIX: Final = "seal"
SECRET_BYTES: Final = 32
SEAL_ID_BYTES: Final = 8
HIDDEN_NAME_BYTES: Final = 16

_SALT_DOMAIN: Final = b"peerset/seal/1"
_CONTENT_DOMAIN: Final = b"peerset/seal/content/1"
_TAGS_DOMAIN: Final = b"peerset/seal/tags/1"
_ID_DOMAIN: Final = b"peerset/seal/id/1"
_NAMES_KEPT: Final = 4_096


def new_seal(rng: random.Random | None = None) -> str:
    """Draw a secret and write it as ``seal1...``; *rng* is the system's randomness unless given."""
    return seal_text(Secret((rng or random.SystemRandom()).randbytes(SECRET_BYTES)))


def seal_text(secret: Secret) -> str:
    """Write *secret* as ``seal1...``."""
    return bech32.encode(PREFIX, secret)


def is_seal_text(text: str) -> bool:
    """Say whether *text* begins as a written secret does, and so is no passphrase."""
    return text.strip().lower().startswith(f"{PREFIX}1")


def read_seal_text(text: str) -> Secret:
    """Read a secret that was written as ``seal1...``.

    Raises:
        ConfigError: it is none, or not whole; the message does not repeat *text*.

    """
    return Secret(bech32.decode(PREFIX, text.strip(), size=SECRET_BYTES))


def secret_of(passphrase: str, room_tag: RoomTag) -> Secret:
    """Make a secret of *passphrase* by Argon2id: slow by design, a tenth of a second to a second, in 64 MiB of memory.

    Raises:
        ConfigError: it is empty, too long, or no Unicode text.

    """
    salt = hashlib.sha256(_SALT_DOMAIN + room_tag).digest()[: argon2id.SALTBYTES]
    return Secret(stretch(passphrase, salt, what="the passphrase of the seal"))


def stretch(passphrase: str, salt: bytes, *, what: str) -> bytes:
    """Make 32 bytes of *passphrase* and *salt* (16 bytes) by Argon2id; errors call the passphrase *what*.

    Raises:
        ConfigError: it is empty, too long, or no Unicode text.

    """
    # Looked for beforehand, because the encoder's error would quote the passphrase.
    if not passphrase or any("\ud800" <= character <= "\udfff" for character in passphrase):
        raise ConfigError(f"{what} is empty or has a lone surrogate")
    text = unicodedata.normalize("NFKC", passphrase).encode()
    if len(text) > SEAL_PASSPHRASE_BYTES_MAX:
        raise ConfigError(f"{what} has {len(text)} bytes; at most {SEAL_PASSPHRASE_BYTES_MAX} go")
    made: bytes = argon2id.kdf(SECRET_BYTES, text, salt, opslimit=SEAL_KDF_PASSES, memlimit=SEAL_KDF_BYTES)
    return made


class Seal:
    """One secret of one room, as the keys that are made of it; it shows neither."""

    __slots__ = ("_tag_key", "content_key", "hidden", "id", "room_tag", "text")

    def __init__(self, secret: Secret, room_tag: RoomTag) -> None:
        self.room_tag = room_tag
        self.content_key = _derive(secret, _CONTENT_DOMAIN, room_tag)
        self._tag_key = _derive(secret, _TAGS_DOMAIN, room_tag)
        self.id = _derive(secret, _ID_DOMAIN, room_tag)[:SEAL_ID_BYTES]
        """Tells this secret from others, and gives nothing of it away."""
        self.text = self.id.hex()
        self.hidden = lru_cache(_NAMES_KEPT)(self._hide)
        """Gives what stands for the value of a tag where all can see it: the same for the same name and value."""

    def __repr__(self) -> str:
        return f"<Seal {self.id.hex()}>"

    def _hide(self, name: str, value: str) -> str:
        text = name.encode() + b"\0" + value.encode()
        return hmac.digest(self._tag_key, text, "sha256")[:HIDDEN_NAME_BYTES].hex()


class Seals:
    """All the secrets of a room that its user has, the newest first: that one seals, each opens what it sealed."""

    def __init__(self, seals: Sequence[Seal], texts: Sequence[str] = ()) -> None:
        self.newest = seals[0]
        self.by_id = {seal.id: seal for seal in seals}
        self.by_text = {seal.text: seal for seal in seals}
        self.texts = texts
        """The secrets, ``seal1...``, for those who are invited."""

    def __repr__(self) -> str:
        return f"<Seals {', '.join(each.hex() for each in self.by_id)}>"

    def hidden(self, name: str, value: str) -> list[str]:
        """Give what may stand for the value of a tag: by the newest secret, then by those before."""
        return [seal.hidden(name, value) for seal in self.by_id.values()]


def make_seals(texts: Iterable[str], room_tag: RoomTag) -> Seals:
    """Make keys of secrets and passphrases, the newest first; each passphrase takes as long as `secret_of` does.

    Raises:
        ConfigError: one of them is none, or they are too many, or none.

    """
    given = list(texts)
    check_seal_texts(given)
    secrets = [read_seal_text(text) if is_seal_text(text) else secret_of(text, room_tag) for text in given]
    return Seals([Seal(secret, room_tag) for secret in secrets], tuple(map(seal_text, secrets)))


def check_seal_texts(texts: Sequence[str]) -> None:
    """Refuse what can be no seals, without the slow part.

    Raises:
        ConfigError: one of them is no secret though it begins so, or they are too many, or none.

    """
    if not 0 < len(texts) <= SEALS_MAX:
        raise ConfigError(f"a room is sealed by 1 to {SEALS_MAX} secrets, the newest first, not by {len(texts)}")
    for place, text in enumerate(texts, 1):
        try:
            if is_seal_text(text):
                read_seal_text(text)
        except ConfigError as error:
            raise ConfigError(f"secret {place} of {len(texts)}: {error}") from None


def _derive(secret: Secret, domain: bytes, room_tag: RoomTag) -> bytes:
    return hmac.digest(secret, domain + room_tag, "sha256")
