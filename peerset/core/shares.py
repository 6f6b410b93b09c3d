"""A secret key in shares, of which so many together give it and fewer tell nothing (SLIP-39, as hardware wallets do).

A share is 33 English words with a checksum. The mathematics is that of the package shamir-mnemonic, the reference of
SLIP-39. Errors name a share by its place, and repeat none of its words.
"""

from collections.abc import Sequence
from typing import Final

from shamir_mnemonic import MnemonicError, Share, decode_mnemonics, generate_mnemonics, recover_ems
from shamir_mnemonic.wordlist import WORD_INDEX_MAP

from peerset.core.keys import KEY_BYTES, SecretKey
from peerset.core.nip06 import WORD_COUNTS
from peerset.errors import ConfigError

SHARES_MAX: Final = 16
SHARE_WORDS: Final = 33
SHORT_SHARE_WORDS: Final = 20
"""Of a wallet's seed of 16 bytes, which is no key."""
SHARE_EXPONENT_MAX: Final = 8
"""A share says how slowly a passphrase is tried: in 10,000 * 2^n rounds. Those of more would keep us for minutes."""


def split_key(key: SecretKey, *, threshold: int, count: int) -> list[str]:
    """Write *key* as *count* shares, of which any *threshold* give it again.

    Raises:
        ConfigError: there are fewer than 2 to be enough, or more than there are, or more than 16.

    """
    if not 2 <= threshold <= count <= SHARES_MAX:
        raise ConfigError(
            f"of 2 to {SHARES_MAX} shares at least 2 and at most all give the key again, not {threshold} of {count}"
        )
    [texts] = generate_mnemonics(1, [(threshold, count)], key.secret, iteration_exponent=0)
    return list(texts)


def join_shares(texts: Sequence[str], *, passphrase: str = "") -> SecretKey:
    """Give the key that shares hold, those of groups too; shares beyond those that are needed must fit as well.

    *passphrase* is that of SLIP-39, for shares of other programs: with another one, the same shares hold another key.

    Raises:
        ConfigError: too few are here, one is wrong or of another set, or they do not fit each other.

    """
    if not texts:
        raise ConfigError("there is no share")
    if not passphrase.isascii() or not (passphrase + " ").isprintable():
        raise ConfigError("a passphrase of shares is printable ASCII")
    shares = [_read(text, place) for place, text in enumerate(texts, 1)]
    _check_set(shares)
    if len(shares[0].value) != KEY_BYTES:
        raise ConfigError(f"these shares hold {len(shares[0].value)} bytes, and a key has {KEY_BYTES}")
    chosen = _choose(shares)
    try:
        held = {recover_ems(decode_mnemonics([each.mnemonic() for each in those])) for those in chosen}
    except MnemonicError as error:
        raise ConfigError("the shares do not fit each other: one of them is none of this set") from error
    if len(held) > 1:
        raise ConfigError("the shares do not fit each other: some of them hold another key")
    return SecretKey(held.pop().decrypt(passphrase.encode()))


def missing_shares(texts: Sequence[str]) -> int:
    """Say how many shares more are needed at least; 0 where there are enough.

    Raises:
        ConfigError: one is wrong or of another set.

    """
    shares = [_read(text, place) for place, text in enumerate(texts, 1)]
    _check_set(shares)
    return sum(_lacking(shares)) if shares else 1


def _read(text: str, place: int) -> Share:
    words = text.lower().split()
    if len(words) not in (SHORT_SHARE_WORDS, SHARE_WORDS):
        hint = ": so many are a key's own words, which peerset keys import takes" if len(words) in WORD_COUNTS else ""
        raise ConfigError(f"share {place} has {len(words)} words; one that holds a key has {SHARE_WORDS}{hint}")
    wrong = next((number for number, word in enumerate(words, 1) if word not in WORD_INDEX_MAP), None)
    if wrong is not None:
        raise ConfigError(f"word {wrong} of share {place} is not in the list of SLIP-39: is it spelled right?")
    try:
        share = Share.from_mnemonic(" ".join(words))
    except MnemonicError as error:
        raise ConfigError(f"the words of share {place} do not fit each other: is one wrong, or misplaced?") from error
    if share.iteration_exponent > SHARE_EXPONENT_MAX:
        raise ConfigError(f"share {place} asks for more than {10_000 << SHARE_EXPONENT_MAX} rounds of computing")
    return share


def _check_set(shares: Sequence[Share]) -> None:
    """Check that all are of one set, and no two stand in one place."""
    for place, share in enumerate(shares, 1):
        if share.common_parameters() != shares[0].common_parameters():
            raise ConfigError(f"share {place} is of another set than share 1")
        for number, other in enumerate(shares[: place - 1], 1):
            is_beside = other.group_index == share.group_index
            if is_beside and other.group_parameters() != share.group_parameters():
                raise ConfigError(f"share {place} is of another set than share {number}")
            if is_beside and other.index == share.index and other != share:
                raise ConfigError(f"shares {number} and {place} stand in one place of the set, and differ")


def _choose(shares: Sequence[Share]) -> list[list[Share]]:
    """Give just as many as are needed, several times where there are more, so that each one counts."""
    if missing := sum(_lacking(shares)):
        raise ConfigError(f"of this set {len(set(shares))} are here, and at least {missing} more must be")
    complete = [group for group in _groups(shares) if len(group) >= group[0].member_threshold]
    needed = complete[: shares[0].group_threshold]
    turns = max(len(group) - group[0].member_threshold for group in needed) + 1
    return [[share for group in needed for share in _window(group, turn)] for turn in range(turns)]


def _window(group: Sequence[Share], turn: int) -> Sequence[Share]:
    """Give as many of *group* as are needed, from *turn* on or the last ones."""
    begin = min(turn, len(group) - group[0].member_threshold)
    return group[begin : begin + group[0].member_threshold]


def _lacking(shares: Sequence[Share]) -> list[int]:
    """Say how many more are needed at least, of each group that would be complete first."""
    threshold = shares[0].group_threshold
    lacking = sorted(max(0, group[0].member_threshold - len(group)) for group in _groups(shares))
    # Of a group that nobody has brought, one share says how many it needs.
    return [*lacking, *[1] * threshold][:threshold]


def _groups(shares: Sequence[Share]) -> list[list[Share]]:
    """Give the different ones by their groups, in the order of their places."""
    groups: dict[int, list[Share]] = {}
    for share in sorted(set(shares), key=lambda each: (each.group_index, each.index)):
        groups.setdefault(share.group_index, []).append(share)
    return list(groups.values())
