"""Schnorr signatures, checked; vectors of BIP-340 are those of `test_keys`."""

import pytest

from peerset.core.schnorr import is_signature, parse
from tests.protocol.pair import key, make_record


def test_a_signature_is_that_of_its_author_over_its_message_alone() -> None:
    record = make_record(1)
    assert is_signature(record.author, record.id, record.signature)
    assert not is_signature(key(2).public_key, record.id, record.signature)
    assert not is_signature(record.author, record.id[::-1], record.signature)
    assert not is_signature(record.author, record.id, record.signature[::-1])


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_what_is_no_point_of_the_curve_names_none(size: int) -> None:
    assert parse(b"\2" * size) is None
    assert parse(b"\xff" * 32) is None
    assert not is_signature(b"\2" * size, bytes(32), bytes(64))


def test_other_lengths_are_no_signature() -> None:
    record = make_record(1)
    assert not is_signature(record.author, record.id, record.signature + b"\0")
    assert not is_signature(record.author, record.id[1:], record.signature)
