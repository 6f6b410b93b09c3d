"""Other names for peers, which only those can tell who know a key: what hears of a peer under two keys cannot tell so.

An alias has the form of a peer id. Its 20 characters are two numbers of ten digits each, in base 62 by the order of
`ID_ALPHABET`, and a Feistel network of eight rounds makes one pair of the other, as in FF1 (NIST SP 800-38G), with
SHA-256 as the function of its rounds. So each alias is one peer's, and who knows the key finds whose.
"""

import hashlib
from typing import Final

from peerset.core.signal import ID_ALPHABET, ID_LENGTH, PeerId

KEY_BYTES: Final = 32
ROUNDS: Final = 8

_BASE: Final = len(ID_ALPHABET)
_DIGITS: Final = ID_LENGTH // 2
_HALVES: Final[int] = _BASE**_DIGITS
_VALUES: Final = {character: value for value, character in enumerate(ID_ALPHABET)}


class Aliases:
    """The aliases of all peers under *key*, which is of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, peer: PeerId) -> PeerId:
        """Give the alias of *peer*."""
        left, right = _number(peer[:_DIGITS]), _number(peer[_DIGITS:])
        for number in range(ROUNDS):
            left, right = right, (left + self._mixed(number, right)) % _HALVES
        return PeerId(_text(left) + _text(right))

    def peer(self, alias: PeerId) -> PeerId | None:
        """Give the peer that has *alias*, which may be any text; None when it is none."""
        if len(alias) != ID_LENGTH or not all(character in _VALUES for character in alias):
            return None
        left, right = _number(alias[:_DIGITS]), _number(alias[_DIGITS:])
        for number in reversed(range(ROUNDS)):
            left, right = (right - self._mixed(number, left)) % _HALVES, left
        return PeerId(_text(left) + _text(right))

    def _mixed(self, number: int, half: int) -> int:
        digest = hashlib.sha256(self._key + bytes([number]) + half.to_bytes(8, "big")).digest()
        return int.from_bytes(digest, "big") % _HALVES


def _number(text: str) -> int:
    value = 0
    for character in text:
        value = value * _BASE + _VALUES[character]
    return value


def _text(number: int) -> str:
    characters = []
    for _ in range(_DIGITS):
        number, digit = divmod(number, _BASE)
        characters.append(ID_ALPHABET[digit])
    return "".join(reversed(characters))
