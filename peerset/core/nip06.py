"""Secret keys as words that people write down (NIP-06): those of BIP-39, and the way from them to a key (BIP-32)."""

import hmac
from hashlib import sha512
from typing import Final

from coincurve import PrivateKey
from mnemonic import Mnemonic

from peerset.core.keys import KEY_BYTES, SecretKey
from peerset.errors import ConfigError

WORDS_ENTROPY_BYTES: Final = 16
"""Of twelve words, as most programs draw them."""
WORD_COUNTS: Final = (12, 15, 18, 21, 24)
ACCOUNT_MAX: Final = 2**31 - 1

_HARDENED: Final = 2**31
_PURPOSE: Final = 44 + _HARDENED
_COIN: Final = 1237 + _HARDENED
"""Nostr's number among the coins of SLIP-44."""
_SHARE_WORDS: Final = 33


def key_of_words(words: str, *, account: int = 0, passphrase: str = "") -> SecretKey:
    """Give the key that *words* of the English list stand for: of *account*, by the path m/44'/1237'/account'/0/0.

    *passphrase* is the one of BIP-39: with another one, the same words stand for another key.

    Raises:
        ConfigError: there are too few or too many words, one is not in the list, or they do not fit each other; the
            message repeats none. Or *account* is out of range.

    """
    if not 0 <= account <= ACCOUNT_MAX:
        raise ConfigError(f"an account is a number from 0 to {ACCOUNT_MAX}, not {account}")
    said = words.lower().split()
    _check(said)
    seed = Mnemonic.to_seed(" ".join(said), passphrase)
    return SecretKey(_derive(seed, (_PURPOSE, _COIN, account + _HARDENED, 0, 0)))


def words_of(entropy: bytes) -> str:
    """Write *entropy*, 16 random bytes or up to 32, as words of the English list."""
    return Mnemonic("english").to_mnemonic(entropy)


def _check(words: list[str]) -> None:
    if len(words) not in WORD_COUNTS:
        hint = ": so many are a share (SLIP-39); peerset keys join takes shares" if len(words) == _SHARE_WORDS else ""
        raise ConfigError(f"words of a key are {', '.join(map(str, WORD_COUNTS))}, not {len(words)}{hint}")
    english = Mnemonic("english")
    known = frozenset(english.wordlist)
    wrong = next((place for place, word in enumerate(words, 1) if word not in known), None)
    if wrong is not None:
        raise ConfigError(f"word {wrong} of {len(words)} is not in the English list of BIP-39: is it spelled right?")
    if not english.check(" ".join(words)):
        raise ConfigError("the words do not fit each other: is one of them another, or are they in another order?")


def _derive(seed: bytes, path: tuple[int, ...]) -> bytes:
    """Go down from *seed* along *path* (BIP-32); give the 32 bytes of the secret there."""
    secret, chain = _halves(b"Bitcoin seed", seed)
    for index in path:
        private = PrivateKey(secret)
        parent = b"\0" + secret if index >= _HARDENED else private.public_key.format(compressed=True)
        left, chain = _halves(chain, parent + index.to_bytes(4, "big"))
        secret = private.add(left).secret
    return secret


def _halves(key: bytes, data: bytes) -> tuple[bytes, bytes]:
    digest = hmac.digest(key, data, sha512)
    return digest[:KEY_BYTES], digest[KEY_BYTES:]
