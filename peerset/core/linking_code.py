"""Codes that link a device: whoever has the key shows one, and a new device opens it, and asks.

No secret of the key is in it. It reads ``PAGE#peerset-device:KEY&ADDRESS``, or the same without ``PAGE#`` between two
machines that have no page: base64url of a key that was drawn for it, and the room's address with one grant that lets
this key ask, for as long as the code lasts (docs/protocol.md, "Linked devices").
"""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from peerset.core.address import Address, make_address, make_link, parse_address
from peerset.core.base64url import decode_base64url, encode_base64url
from peerset.core.clock import UnixTime
from peerset.core.grant import Grant, read_grant
from peerset.core.keys import PublicKey, SecretKey
from peerset.errors import ConfigError, MalformedError

SCHEME: Final = "peerset-device:"

_BEGINNING: Final = re.compile(rf"(?:https?://[^#\s]*#)?{SCHEME}", re.ASCII | re.IGNORECASE)
_CODE: Final = re.compile(
    rf"(?:(https?://[^#\s]+)#)?{SCHEME}([A-Za-z0-9_-]{{43}})&(peerset:.*)", re.ASCII | re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class LinkingCode:
    """A code as the new device reads it; it may have run out."""

    key: SecretKey
    """Asks by it; it may do nothing else."""
    address: Address = field(repr=False)
    """Of the room, with its secrets, and with one grant, which lets `key` ask."""
    page: str = ""
    """Which opens it, as an address of the web; empty between two machines."""

    @property
    def owner(self) -> PublicKey:
        """For whom the device is to write."""
        return self._grant.owner

    @property
    def until(self) -> UnixTime:
        """The last second at which it is good."""
        return self._grant.until

    @property
    def asking(self) -> str:
        """The address by which `key` joins the room, to ask."""
        return make_address(self.address)

    @property
    def room(self) -> str:
        """The address by which the device itself joins it: without what is the code's alone."""
        return make_address(replace(self.address, grants=()))

    @property
    def text(self) -> str:
        """The code, to be shown as a QR code or handed over."""
        said = make_link(self.address, self.page) if self.page else make_address(self.address)
        at = len(self.page) + 1 if self.page else 0
        return f"{said[:at]}{SCHEME}{encode_base64url(self.key.secret)}&{said[at:]}"

    @property
    def _grant(self) -> Grant:
        return read_grant(self.address.grants[0])


def is_code(text: str) -> bool:
    """Say whether *text* begins as `parse_code` wants it."""
    return _BEGINNING.match(text.strip(" \t\r\n")) is not None


def parse_code(text: str) -> LinkingCode:
    """Read what the device that has the key shows; its time may be over.

    Raises:
        ConfigError: it is no code, or its parts do not belong together. The message repeats no secret.

    """
    found = _CODE.fullmatch(text.strip(" \t\r\n"))
    if found is None:
        raise ConfigError(_DAMAGED)
    page, secret, asking = found[1] or "", found[2], found[3]
    try:
        key = SecretKey(decode_base64url(secret))
        address = parse_address(f"{page}#{asking}" if page else asking)
        [grant] = map(read_grant, address.grants)
    except (ConfigError, MalformedError, ValueError) as error:
        raise ConfigError(_DAMAGED) from error
    if encode_base64url(key.secret) != secret or grant.writer != key.public_key:
        raise ConfigError(_DAMAGED)
    if not grant.is_genuine(address.name.tag):
        raise ConfigError(_DAMAGED)
    return LinkingCode(key, address, page)


_DAMAGED: Final = "this code for a new device is damaged: have the other device show a new one"
