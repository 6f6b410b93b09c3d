"""Successions: a key names the one that writes on for it, by a text that stands in what the heir writes.

A token is ``heir1`` and base64url (RFC 4648, section 5, without padding) of key 32 bytes | heir 32 | since u64 |
signature 64. The signature is that of *key* (BIP-340) over SHA-256("peerset/heir/1" | heir | since). It stands in tags
``["heir", token]`` of records: who signs one accepts, so nobody is an heir unwillingly (docs/protocol.md, "Heirs").
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from peerset.core.base64url import decode_base64url, encode_base64url
from peerset.core.clock import UnixTime
from peerset.core.keys import KEY_BYTES, SIGNATURE_BYTES, PublicKey, SecretKey, is_public_key, verify
from peerset.core.limits import HEIRS_MAX, INTEGER_MAX
from peerset.core.record import Record
from peerset.errors import MalformedError

HEIR_TAG: Final = "heir"
PREFIX: Final = "heir1"
HEIRS_CACHED: Final = 4_096

_DOMAIN: Final = b"peerset/heir/1"
_TIME_BYTES: Final = 8
_SINCE: Final = 2 * KEY_BYTES
_SIGNATURE: Final = _SINCE + _TIME_BYTES
_BYTES: Final = _SIGNATURE + SIGNATURE_BYTES
_CHARACTERS: Final = len(PREFIX) + (_BYTES * 8 + 5) // 6


@dataclass(frozen=True, slots=True)
class Succession:
    """What a token says; whether its key said so is told by `is_genuine`."""

    key: PublicKey
    heir: PublicKey
    since: UnixTime
    """The first created_at of what the heir writes for it."""
    signature: bytes

    @property
    def text(self) -> str:
        """The token."""
        data = self.key + _terms(self.heir, self.since) + self.signature
        return PREFIX + encode_base64url(data)

    @property
    def is_genuine(self) -> bool:
        """Whether its key signed it."""
        return verify(self.key, _digest(self.heir, self.since), self.signature)


def is_succession(text: str) -> bool:
    """Say whether *text* is meant as a token."""
    return text.startswith(PREFIX)


def sign_succession(key: SecretKey, heir: PublicKey, *, since: UnixTime) -> Succession:
    """Name *heir*, who writes on for *key* from *since* on.

    Raises:
        MalformedError: *heir* is no other key, or *since* no time.

    """
    _check(key.public_key, heir, since)
    return Succession(key.public_key, heir, since, key.sign(_digest(heir, since)))


def read_succession(text: str) -> Succession:
    """Read a token; its signature is not checked.

    Raises:
        MalformedError: it is none, or not in the one form that it has.

    """
    # What is far too long is not decoded first.
    if len(text) != _CHARACTERS or not is_succession(text):
        raise MalformedError(f"the text by which a key names its heir has {_CHARACTERS} characters, from {PREFIX} on")
    try:
        data = decode_base64url(text[len(PREFIX) :])
    except ValueError as error:
        raise MalformedError("the text by which a key names its heir is no base64url") from error
    key, heir = PublicKey(data[:KEY_BYTES]), PublicKey(data[KEY_BYTES:_SINCE])
    since = UnixTime(int.from_bytes(data[_SINCE:_SIGNATURE]))
    _check(key, heir, since)
    said = Succession(key, heir, since, data[_SIGNATURE:])
    if said.text != text:
        raise MalformedError("the text by which a key names its heir is written in another form")
    return said


def first_of(author: PublicKey, record: Record) -> PublicKey:
    """Give who wrote first what *author* writes on in *record*, by the successions that it carries; else *author*.

    The first names *author* as heir, each further one the key before; at the first that is not good the rest counts for
    nothing, as does what leads back to a key that was passed. Signatures are verified once.
    """
    passed = [author]
    for text in [tag[1] for tag in record.tags if len(tag) > 1 and tag[0] == HEIR_TAG][:HEIRS_MAX]:
        said = known_succession(text)
        if said is None or said.heir != passed[-1] or said.since > record.created_at or said.key in passed:
            break
        passed.append(said.key)
    return passed[-1]


@lru_cache(maxsize=HEIRS_CACHED)
def known_succession(text: str) -> Succession | None:
    """Give the succession of *text*, if it is one that its key signed; kept, once verified."""
    try:
        said = read_succession(text)
    except MalformedError:
        return None
    return said if said.is_genuine else None


def _check(key: PublicKey, heir: PublicKey, since: int) -> None:
    if not is_public_key(key) or not is_public_key(heir) or key == heir:
        raise MalformedError("a key names another key as its heir")
    if not 0 <= since <= INTEGER_MAX:
        raise MalformedError(f"an heir since {since}")


def _terms(heir: PublicKey, since: int) -> bytes:
    return heir + since.to_bytes(_TIME_BYTES)


def _digest(heir: PublicKey, since: int) -> bytes:
    return hashlib.sha256(_DOMAIN + _terms(heir, since)).digest()
