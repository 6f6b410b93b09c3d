"""Linking devices: a new device asks by a text, and a key that is elsewhere lets it write in its place by a grant.

A request is ``peerset-link:`` and base64url (RFC 4648, section 5, without padding) of device 32 bytes | room tag 16 |
nonce 16 | until u64 | signature 64 | name in UTF-8. The signature is the device's (BIP-340) over
SHA-256("peerset/link/1" | device | room tag | nonce | until | name). What answers it is sealed for the device (NIP-44)
and holds a grant, never a secret (docs/protocol.md, "Linked devices").
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from peerset.core.base64url import decode_base64url, encode_base64url
from peerset.core.clock import UnixTime
from peerset.core.keys import KEY_BYTES, SIGNATURE_BYTES, PublicKey, SecretKey, is_public_key, verify
from peerset.core.limits import DEVICE_NAME_BYTES_MAX, INTEGER_MAX
from peerset.core.signal import RoomTag
from peerset.errors import MalformedError

PREFIX: Final = "peerset-link:"
LINK_NONCE_BYTES: Final = 16
LINK_CHARACTERS_MAX: Final = 512
LINK_SECONDS_MAX: Final = 3_600
"""For how long at most a request may be accepted."""

_DOMAIN: Final = b"peerset/link/1"
_TAG_BYTES: Final = 16
_ROOM: Final = KEY_BYTES
_NONCE: Final = _ROOM + _TAG_BYTES
_UNTIL: Final = _NONCE + LINK_NONCE_BYTES
_SIGNATURE: Final = _UNTIL + 8
_NAME: Final = _SIGNATURE + SIGNATURE_BYTES


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """What a device asks; whether it asked so is told by `is_genuine`."""

    device: PublicKey
    room_tag: RoomTag
    nonce: bytes
    """16 bytes, drawn for this request."""
    until: UnixTime
    """The last second at which it is to be accepted."""
    name: str
    """What its user calls the device."""
    signature: bytes

    @property
    def text(self) -> str:
        """The request, to be shown as a QR code or copied."""
        data = _terms(self) + self.signature + self.name.encode()
        return PREFIX + encode_base64url(data)

    @property
    def is_genuine(self) -> bool:
        """Say whether its device signed it."""
        return verify(self.device, _digest(self), self.signature)


@dataclass(frozen=True, slots=True)
class Device:
    """A device that writes for us."""

    key: PublicKey
    name: str
    grant: str
    """By which it does."""
    until: UnixTime


@dataclass(frozen=True, slots=True)
class Link:
    """Whom we write for: ``join(..., grants=[link.grant])``."""

    owner: PublicKey
    name: str
    """What we are called there."""
    grant: str
    until: UnixTime


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What the key that is elsewhere gives the device."""

    grant: str
    name: str
    nonce: bytes
    """Of the request that it answers."""


def sign_link(key: SecretKey, *, room_tag: RoomTag, nonce: bytes, until: UnixTime, name: str) -> LinkRequest:
    """Ask to write in the room of *room_tag* for a key that is elsewhere.

    Raises:
        MalformedError: *name* is none that a device can have, or the time is none.

    """
    unsigned = LinkRequest(key.public_key, room_tag, nonce, until, name, bytes(SIGNATURE_BYTES))
    _check(unsigned)
    return LinkRequest(key.public_key, room_tag, nonce, until, name, key.sign(_digest(unsigned)))


def read_link(text: str) -> LinkRequest:
    """Read a request; its signature is not checked.

    Raises:
        MalformedError: it is none, or not in the one form that it has.

    """
    bare = text.strip(" \t\r\n")
    # What is far too long is not decoded first.
    if len(bare) > LINK_CHARACTERS_MAX or not bare.startswith(PREFIX):
        raise MalformedError(
            f"what a new device shows begins with {PREFIX} and has at most {LINK_CHARACTERS_MAX} characters"
        )
    try:
        data = decode_base64url(bare[len(PREFIX) :])
        name = data[_NAME:].decode()
    except ValueError as error:
        raise MalformedError("what a new device shows is damaged") from error
    until = UnixTime(int.from_bytes(data[_UNTIL:_SIGNATURE]))
    device, tag = PublicKey(data[:_ROOM]), RoomTag(data[_ROOM:_NONCE])
    request = LinkRequest(device, tag, data[_NONCE:_UNTIL], until, name, data[_SIGNATURE:_NAME])
    _check(request)
    if request.text != bare:
        raise MalformedError("what a new device shows is damaged")
    return request


def encode_answer(answer: LinkAnswer) -> str:
    """Write what is sealed for the device."""
    said = {"grant": answer.grant, "name": answer.name, "nonce": answer.nonce.hex()}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def decode_answer(text: str) -> LinkAnswer:
    """Read what was sealed for a device; its grant is not read.

    Raises:
        MalformedError: it is no answer.

    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedError("no answer to a device") from error
    match said:
        case {"grant": str(grant), "name": str(name), "nonce": str(nonce)} if _is_nonce(nonce):
            return LinkAnswer(grant, name, bytes.fromhex(nonce))
        case _:
            raise MalformedError("no answer to a device")


def _is_nonce(text: str) -> bool:
    return len(text) == 2 * LINK_NONCE_BYTES and all(digit in "0123456789abcdef" for digit in text)


def _check(request: LinkRequest) -> None:
    if not is_public_key(request.device):
        raise MalformedError("a device has a public key of secp256k1")
    if len(request.room_tag) != _TAG_BYTES or len(request.nonce) != LINK_NONCE_BYTES:
        raise MalformedError("what a new device shows is damaged")
    if not 0 <= request.until <= INTEGER_MAX:
        raise MalformedError(f"a device asks until {request.until}, which is no time")
    name = request.name
    is_plain = all(" " <= each < "\x7f" or (each > "\x9f" and not "\ud800" <= each <= "\udfff") for each in name)
    if not name.strip(" ") or not is_plain or len(name.encode()) > DEVICE_NAME_BYTES_MAX:
        raise MalformedError(f"a device is called by 1 to {DEVICE_NAME_BYTES_MAX} bytes without control characters")


def _terms(request: LinkRequest) -> bytes:
    return request.device + request.room_tag + request.nonce + request.until.to_bytes(8)


def _digest(request: LinkRequest) -> bytes:
    return hashlib.sha256(_DOMAIN + _terms(request) + request.name.encode()).digest()
