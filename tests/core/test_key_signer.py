"""Signing records by a key of this process."""

import random

import pytest

from peerset.core.clock import UnixTime
from peerset.core.key_signer import KeySigner
from peerset.core.keys import SecretKey
from peerset.core.record import sign_record
from peerset.errors import MalformedError

KEY = SecretKey.generate(random.Random(1))


async def test_it_signs_what_the_key_signs() -> None:
    signer = KeySigner(KEY)
    record = await signer.sign(created_at=UnixTime(1_700_000_000), kind=1078, tags=[["c", "notes"]], content="hello")
    assert record == sign_record(
        KEY, created_at=UnixTime(1_700_000_000), kind=1078, tags=[["c", "notes"]], content="hello"
    )
    assert signer.public_key == KEY.public_key
    with pytest.raises(MalformedError):
        await signer.sign(created_at=UnixTime(-1), kind=1078, tags=[], content="")
