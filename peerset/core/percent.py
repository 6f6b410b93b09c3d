"""Percent-encoding: any text in the few characters of a URI (RFC 3986, section 2)."""

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from peerset.errors import ConfigError

CONTROL: Final = re.compile(r"[\x00-\x1f]")

_BROKEN: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_FOREIGN: Final = re.compile(r'[\x00-\x20"#<>\[\\\]^`{|}\x7f]')
"""What no URI holds as it is (RFC 3986, appendix A). Letters beyond ASCII are read as those of an IRI (RFC 3987)."""


def quoted(text: str, *, plain: str) -> str:
    """Write *text*: unreserved characters and those of *plain* as they are, the rest as ``%XX`` of its UTF-8."""
    return quote(text, safe=plain)


def unquoted(text: str) -> str:
    """Read what `quoted` writes.

    Raises:
        ConfigError: a character that must be written as ``%XX``, a broken ``%``, bytes that are no UTF-8, or a control
            character. The message does not repeat *text*: it may be a secret.

    """
    if found := _FOREIGN.search(text):
        raise ConfigError(f"{found[0]!a} does not stand in an address as it is: write %{ord(found[0]):02X}")
    if _BROKEN.search(text):
        raise ConfigError("a % is followed by two hexadecimal digits, as in %20, and one here is not")
    try:
        said = unquote_to_bytes(text).decode()
    except UnicodeError as error:
        raise ConfigError("what stands in percent-encoding is no UTF-8") from error
    if CONTROL.search(said):
        raise ConfigError("an address holds no control characters")
    return said
