"""The ciphers of the package `cryptography`, which is loaded when the first of them is used.

It takes seven megabytes, and longer to load than Python takes to start: verbs that read, and rooms without a network,
need none of it.
"""

from importlib import import_module
from typing import Any, Final, Protocol

_PRIMITIVES: Final = "cryptography.hazmat.primitives.ciphers"


class Stream(Protocol):
    """Encrypts, or decrypts, what comes next."""

    def update(self, data: bytes) -> bytes:
        """Give *data* encrypted, or decrypted: with these ciphers both are one."""
        ...


def aes_stream(key: bytes, counter: bytes) -> Stream:
    """Give AES in counter mode, from *counter* on: 16 bytes."""
    stream: Stream = _cipher(_part("algorithms").AES(key), _part("modes").CTR(counter))
    return stream


def chacha_stream(key: bytes, nonce: bytes) -> Stream:
    """Give ChaCha20; *nonce* is 16 bytes, of which the first four count blocks."""
    stream: Stream = _cipher(_part("algorithms").ChaCha20(key, nonce), None)
    return stream


def seal_whole(key: bytes, nonce: bytes, data: bytes) -> bytes:
    """Encrypt *data* by AES-GCM, with a tag of 16 bytes at the end."""
    sealed: bytes = _part("aead").AESGCM(key).encrypt(nonce, data, None)
    return sealed


def open_whole(key: bytes, nonce: bytes, sealed: bytes) -> bytes | None:
    """Decrypt what `seal_whole` gave; None where it was another key, or is damaged."""
    try:
        data: bytes = _part("aead").AESGCM(key).decrypt(nonce, sealed, None)
    except import_module("cryptography.exceptions").InvalidTag:
        return None
    return data


def _cipher(algorithm: Any, mode: Any) -> Any:  # noqa: ANN401 - what is loaded by name has no types
    return import_module(_PRIMITIVES).Cipher(algorithm, mode).encryptor()


def _part(name: str) -> Any:  # noqa: ANN401 - as above
    return import_module(f"{_PRIMITIVES}.{name}")
