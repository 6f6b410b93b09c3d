"""secp256k1 keys and Schnorr signatures (BIP-340) by coincurve, and their texts npub and nsec (NIP-19)."""

import random
from dataclasses import dataclass, field
from typing import Final, NewType

from coincurve import PrivateKey

from peerset.core import bech32
from peerset.core.schnorr import KEY_BYTES as KEY_BYTES
from peerset.core.schnorr import MESSAGE_BYTES as MESSAGE_BYTES
from peerset.core.schnorr import SIGNATURE_BYTES as SIGNATURE_BYTES
from peerset.core.schnorr import is_signature, parse
from peerset.core.signing import Sign, signer_of
from peerset.errors import ConfigError

PublicKey = NewType("PublicKey", bytes)
"""32 bytes: the x coordinate of an author's point (BIP-340), shown to people as npub (NIP-19)."""

AUX_ZERO: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A signing key; never shown by ``repr``.

    Raises:
        ConfigError: *secret* is not 32 bytes, is zero, or not below the order of the curve.

    """

    secret: bytes = field(repr=False)
    """32 bytes, big-endian."""
    _sign: Sign = field(init=False, repr=False, compare=False)
    _public: PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ConfigError(f"a secret key must be {KEY_BYTES} bytes, not {len(self.secret)}")
        try:
            private = PrivateKey(self.secret)
        except ValueError as error:
            raise ConfigError("the secret key is zero or not below the order of secp256k1") from error
        # Both cost a multiplication on the curve, so they are worked out once.
        object.__setattr__(self, "_sign", signer_of(private))
        object.__setattr__(self, "_public", PublicKey(private.public_key_xonly.format()))

    def __reduce__(self) -> tuple[type["SecretKey"], tuple[bytes]]:
        # coincurve's objects cannot be copied; the secret is all they are made of.
        return SecretKey, (self.secret,)

    @classmethod
    def generate(cls, rng: random.Random) -> "SecretKey":
        """Draw a key from *rng*, which must be ``random.SystemRandom()`` outside simulations.

        A draw outside the curve's order (one in 2^128) is a `ConfigError`.
        """
        return cls(rng.randbytes(KEY_BYTES))

    @classmethod
    def from_nsec(cls, text: str) -> "SecretKey":
        """Read a key from its nsec text (NIP-19).

        Raises:
            ConfigError: *text* is not a valid nsec; the message does not repeat it.

        """
        return cls(bech32.decode("nsec", text))

    @property
    def public_key(self) -> PublicKey:
        """The author key that belongs to this secret."""
        return self._public

    def to_nsec(self) -> str:
        """Write the secret as nsec text (NIP-19): whoever reads it can sign as this author."""
        return bech32.encode("nsec", self.secret)

    def sign(self, message: bytes, aux: bytes = AUX_ZERO) -> bytes:
        """Sign the 32-byte *message*; give the 64-byte BIP-340 signature, verified before it is given.

        *aux* is 32 bytes that are mixed into the nonce. BIP-340 allows zeros, which make signatures repeatable;
        random bytes also protect against someone who measures this machine's power or radiation.

        Raises:
            ConfigError: *message* or *aux* is not 32 bytes.

        """
        # coincurve takes an empty *aux* as a wish for randomness of its own.
        if len(message) != MESSAGE_BYTES or len(aux) != len(AUX_ZERO):
            raise ConfigError(f"a message to sign must be {MESSAGE_BYTES} bytes and aux {len(AUX_ZERO)}")
        return self._sign(message, aux)


def verify(public_key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Say whether *signature* over the 32-byte *message* is *public_key*'s (BIP-340); wrong lengths are not."""
    return is_signature(public_key, message, signature)


def is_public_key(data: bytes) -> bool:
    """Say whether *data* is 32 bytes that name a point of the curve."""
    return parse(data) is not None


def npub(public_key: PublicKey) -> str:
    """Write *public_key* as people see it (NIP-19)."""
    return bech32.encode("npub", public_key)


def parse_npub(text: str) -> PublicKey:
    """Read a public key from its npub text (NIP-19).

    Raises:
        ConfigError: *text* is not a valid npub, or names no point of the curve.

    """
    public_key = PublicKey(bech32.decode("npub", text))
    if parse(public_key) is None:
        raise ConfigError(f"{text} is no public key of secp256k1")
    return public_key
