"""secp256k1 keys and Schnorr signatures (BIP-340) by coincurve."""

import random
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NewType

from coincurve import PrivateKey, PublicKeyXOnly

from peerset.core import bech32
from peerset.errors import ConfigError

PublicKey = NewType("PublicKey", bytes)
"""32 bytes: the x coordinate of an author's point (BIP-340), shown to people as npub (NIP-19)."""

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
PARSED_KEYS_CACHED: Final = 4_096


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A signing key; never shown by ``repr``."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ConfigError(f"a secret key is {KEY_BYTES} bytes, not {len(self.secret)}")
        try:
            PrivateKey(self.secret)
        except ValueError as error:
            raise ConfigError("the secret key is zero or not below the order of secp256k1") from error

    @classmethod
    def generate(cls, rng: random.Random) -> "SecretKey":
        """Draw a key from *rng*, which must be ``random.SystemRandom()`` outside simulations."""
        return cls(PrivateKey(rng.randbytes(KEY_BYTES)).secret)

    @property
    def public_key(self) -> PublicKey:
        """The author key that belongs to this secret."""
        return _public_key_of(self.secret)

    def sign(self, message: bytes, aux: bytes = bytes(32)) -> bytes:
        """Sign the 32-byte *message*; give the 64-byte BIP-340 signature."""
        return PrivateKey(self.secret).sign_schnorr(message, aux)


def verify(public_key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Say whether *signature* over the 32-byte *message* is *public_key*'s (BIP-340)."""
    if len(signature) != SIGNATURE_BYTES or len(message) != KEY_BYTES:
        return False
    parsed = _parse(public_key)
    return parsed is not None and bool(parsed.verify(signature, message))


def is_public_key(data: bytes) -> bool:
    """Say whether *data* is 32 bytes that name a point of the curve."""
    return _parse(PublicKey(data)) is not None


def npub(public_key: PublicKey) -> str:
    """Show *public_key* as people see it (NIP-19)."""
    return bech32.encode("npub", public_key)


@lru_cache(maxsize=PARSED_KEYS_CACHED)
def _parse(public_key: PublicKey) -> PublicKeyXOnly | None:
    # coincurve hands any length to C, which then reads 32 bytes: check first.
    if len(public_key) != KEY_BYTES:
        return None
    try:
        return PublicKeyXOnly(public_key)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _public_key_of(secret: bytes) -> PublicKey:
    return PublicKey(PrivateKey(secret).public_key_xonly.format())
