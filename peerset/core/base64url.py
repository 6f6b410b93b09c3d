"""Base64url (RFC 4648, section 5) without padding: bytes as they stand in tokens, links and cursors."""

import base64


def encode_base64url(data: bytes) -> str:
    """Write bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """Read bytes, also where the last digit has bits that stand for nothing: who wants one form writes them again.

    Raises:
        ValueError: *text* is none.

    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
