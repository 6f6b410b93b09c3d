"""Secret keys sealed by a passphrase: ncryptsec texts (NIP-49).

The passphrase goes through scrypt (RFC 7914) to a key for XChaCha20-Poly1305. Slow by design: 0.1 to 0.5 seconds.
"""

import hashlib
import unicodedata
from typing import Final

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt, crypto_aead_xchacha20poly1305_ietf_encrypt
from nacl.exceptions import CryptoError

from peerset.core import bech32
from peerset.core.keys import KEY_BYTES, SecretKey
from peerset.errors import ConfigError

PREFIX: Final = "ncryptsec"
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 24
LOG_N_DEFAULT: Final = 16
"""2^16 rounds of scrypt: 64 MiB of memory."""
LOG_N_MAX: Final = 18
"""2^18 rounds of scrypt: 256 MiB; a text from elsewhere says how many rounds it takes, and so how much memory."""

_VERSION: Final = 2
_SCRYPT_BLOCK: Final = 8
_SECURITY_UNTRACKED: Final = 2
"""Whether the key was ever stored in the clear is not tracked."""
_HEAD_BYTES: Final = 2
_TAG_BYTES: Final = 16
_SEALED_BYTES: Final = _HEAD_BYTES + SALT_BYTES + NONCE_BYTES + 1 + KEY_BYTES + _TAG_BYTES
_MIB: Final = 2**20


def seal_key(key: SecretKey, passphrase: str, *, salt: bytes, nonce: bytes, log_n: int = LOG_N_DEFAULT) -> str:
    """Write *key* as ncryptsec text that only *passphrase* opens.

    *salt* (16 bytes) and *nonce* (24 bytes) must be random and fresh; 2^*log_n* are the rounds of scrypt.

    Raises:
        ConfigError: the passphrase is empty or no Unicode text, or *salt*, *nonce* or *log_n* have a wrong size.

    """
    if len(salt) != SALT_BYTES or len(nonce) != NONCE_BYTES:
        raise ConfigError(f"a salt must be {SALT_BYTES} bytes and a nonce {NONCE_BYTES}")
    security = bytes([_SECURITY_UNTRACKED])
    sealing_key = _derive(passphrase, salt, log_n)
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(key.secret, security, nonce, sealing_key)
    return bech32.encode(PREFIX, bytes([_VERSION, log_n]) + salt + nonce + security + sealed)


def unseal_key(text: str, passphrase: str) -> SecretKey:
    """Read the key that ncryptsec *text* holds.

    Raises:
        ConfigError: it is no ncryptsec text, the passphrase is wrong, or opening it would take more memory than
            2^18 rounds of scrypt do (256 MiB).

    """
    data = bech32.decode(PREFIX, text, size=_SEALED_BYTES)
    version, log_n = data[:_HEAD_BYTES]
    if version != _VERSION:
        raise ConfigError(f"ncryptsec of version {version}; only version {_VERSION} can be read")
    salt, rest = data[_HEAD_BYTES:][:SALT_BYTES], data[_HEAD_BYTES + SALT_BYTES :]
    nonce, security, sealed = rest[:NONCE_BYTES], rest[NONCE_BYTES:][:1], rest[NONCE_BYTES + 1 :]
    sealing_key = _derive(passphrase, salt, log_n)
    try:
        secret = crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, security, nonce, sealing_key)
    except CryptoError as error:
        raise ConfigError("wrong passphrase, or the ncryptsec text is damaged") from error
    return SecretKey(secret)


def _derive(passphrase: str, salt: bytes, log_n: int) -> bytes:
    if not 1 <= log_n <= LOG_N_MAX:
        raise ConfigError(f"2^{log_n} rounds of scrypt; from 2^1 to 2^{LOG_N_MAX} can be used")
    # Looked for beforehand, because the encoder's error would quote the passphrase.
    if not passphrase or any("\ud800" <= character <= "\udfff" for character in passphrase):
        raise ConfigError("the passphrase is empty or has a lone surrogate")
    password = unicodedata.normalize("NFKC", passphrase).encode()
    memory = 128 * _SCRYPT_BLOCK * (2**log_n + 2) + _MIB
    return hashlib.scrypt(password, salt=salt, n=2**log_n, r=_SCRYPT_BLOCK, p=1, maxmem=memory, dklen=KEY_BYTES)
