"""A secret key in shares."""

import itertools
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from shamir_mnemonic import Share, combine_mnemonics, generate_mnemonics

from peerset.core.keys import KEY_BYTES, SecretKey
from peerset.core.shares import SHARES_MAX, join_shares, missing_shares, split_key
from peerset.errors import ConfigError

VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "slip39.json").read_text(encoding="utf-8"))
KEY: Final = SecretKey.generate(random.Random(1))
FIVE: Final = split_key(KEY, threshold=3, count=5)


@pytest.mark.parametrize("row", VECTORS["sets"], ids=lambda row: row["name"])
def test_the_vectors_of_slip_39_are_read_or_refused_and_no_word_is_repeated(row: dict[str, Any]) -> None:
    if len(row["secret"]) == 2 * KEY_BYTES:
        assert join_shares(row["shares"], passphrase="TREZOR").secret.hex() == row["secret"]
        return
    with pytest.raises(ConfigError) as caught:
        join_shares(row["shares"], passphrase="TREZOR")
    assert "hold 16 bytes" in str(caught.value) or not row["secret"]
    said = {word for share in row["shares"] for word in share.split() if len(word) > 6}
    assert not said & set(str(caught.value).split())


def test_any_three_of_five_give_the_key_again_and_fewer_say_how_many_are_missing() -> None:
    assert all(join_shares(three) == KEY for three in itertools.permutations(FIVE, 3))
    assert join_shares([*FIVE, FIVE[0].upper(), f"  {FIVE[1]}\n"]) == KEY
    assert [missing_shares(FIVE[:count]) for count in range(5)] == [1, 2, 1, 0, 0]
    with pytest.raises(ConfigError, match="of this set 2 are here, and at least 1 more must be"):
        join_shares([FIVE[0], FIVE[1], FIVE[1]])


def test_the_reference_reads_what_we_write_and_writes_what_we_read() -> None:
    assert combine_mnemonics(FIVE[1:4]) == KEY.secret
    [one], *_, others = generate_mnemonics(2, [(1, 1), (2, 3), (2, 2)], KEY.secret, b"secret")
    assert join_shares([one, *others], passphrase="secret") == KEY
    assert join_shares([one, *others]) != KEY
    with pytest.raises(ConfigError, match="at least 1 more"):
        join_shares([one, others[0]])


def test_what_is_wrong_with_a_share_is_said_by_its_place() -> None:
    words = FIVE[1].split()
    other = split_key(KEY, threshold=3, count=5)
    for shares, says in (
        ([], "there is no share"),
        ([FIVE[0], ""], "share 2 has 0 words; one that holds a key has 33"),
        ([FIVE[0], " ".join(words[:-1])], "share 2 has 32 words"),
        ([FIVE[0], " ".join(words[:24])], "share 2 has 24 words.*: so many are a key's own words"),
        ([FIVE[0], "abandon " + " ".join(words[1:])], "word 1 of share 2 is not in the list"),
        ([FIVE[0], " ".join([*words[:-2], words[-1], words[-2]])], "the words of share 2 do not fit each other"),
        ([FIVE[0], FIVE[1], other[2]], "share 3 is of another set than share 1"),
        ([FIVE[0], FIVE[1], "x " * 100_000], "share 3 has 100000 words"),
    ):
        with pytest.raises(ConfigError, match=says):
            join_shares(shares)


def test_a_forged_share_among_more_than_are_needed_is_noticed() -> None:
    forged = forge(FIVE[4], bytes(KEY_BYTES))
    with pytest.raises(ConfigError, match="do not fit each other"):
        join_shares([*FIVE[:4], forged])
    with pytest.raises(ConfigError, match="shares 1 and 2 stand in one place of the set, and differ"):
        join_shares([FIVE[4], forged, FIVE[0]])


def test_a_share_that_would_keep_us_computing_for_minutes_is_refused() -> None:
    [[slow, *_]] = generate_mnemonics(1, [(2, 2)], KEY.secret, iteration_exponent=9)
    with pytest.raises(ConfigError, match="share 1 asks for more than 2560000 rounds"):
        join_shares([slow])


@pytest.mark.parametrize(("threshold", "count"), [(1, 1), (1, 5), (4, 3), (2, SHARES_MAX + 1), (0, 0), (-1, 3)])
def test_as_many_as_make_no_sense_are_refused(threshold: int, count: int) -> None:
    with pytest.raises(ConfigError, match=f"not {threshold} of {count}"):
        split_key(KEY, threshold=threshold, count=count)
    assert len(split_key(KEY, threshold=2, count=SHARES_MAX)) == SHARES_MAX


def test_a_passphrase_is_printable_ascii() -> None:
    for passphrase in ("\n", "Gr\u00fc\u00dfe"):
        with pytest.raises(ConfigError, match="printable ASCII"):
            join_shares(FIVE, passphrase=passphrase)


def forge(text: str, value: bytes) -> str:
    """A share with good checksum, of the same set and place as *text*, that says something else."""
    return str(replace(Share.from_mnemonic(text), value=value).mnemonic())
