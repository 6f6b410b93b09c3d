import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.bridge.limits import LINK_BYTES_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX
from peerset.bridge.original import Original, hash_of, read_original
from tests.transports.test_frames import json_values

UUID = "6f1c2f1e-8a3b-4c5d-9e0f-0123456789ab"
ORIGINAL = Original(
    UUID, 1_792_195_200_123, "k3x9ab", "npub_abc", "naïve ☃", "https://example.com/1", 52.5, 13.0, "ab" * 32, "sig_xyz"
)


def written(**changes: Any) -> dict[str, Any]:
    return {**ORIGINAL.write(), **changes}


def test_what_is_written_is_read() -> None:
    assert read_original(UUID, ORIGINAL.write()) == ORIGINAL
    assert read_original(UUID, json.loads(json.dumps(ORIGINAL.write()))) == ORIGINAL


def test_the_hash_is_of_the_record_without_its_integrity() -> None:
    text = (
        f'{{"uuid":"{UUID}","created_at":1792195200123,"bucket":"k3x9ab","author":{{"npub":"npub_abc"}},'
        '"content":{"text":"naïve ☃","link":"https://example.com/1"},"geo":{"latitude":52.5,"longitude":13}}'
    )
    assert hash_of(ORIGINAL) == hash_of(replace(ORIGINAL, hash="", signature="other"))
    assert hash_of(ORIGINAL) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        written(uuid="00000000-0000-4000-8000-000000000000"),
        written(created_at=-1),
        written(created_at="now"),
        written(created_at=2**53),
        written(bucket=None),
        written(bucket="x" * (NAME_BYTES_MAX + 1)),
        written(author={"npub": "x" * (NAME_BYTES_MAX + 1)}),
        written(content={"text": "x" * (TEXT_BYTES_MAX + 1), "link": ""}),
        written(content={"text": "", "link": "x" * (LINK_BYTES_MAX + 1)}),
        written(content={"text": ""}),
        written(geo={"latitude": 90.5, "longitude": 0}),
        written(geo={"latitude": 0, "longitude": -(10**400)}),
        written(geo={"latitude": float("nan"), "longitude": 0}),
        written(integrity={"hash": "AB" * 32, "signature": ""}),
        written(integrity={"hash": "ab" * 31, "signature": ""}),
        written(integrity={"hash": "ab" * 32, "signature": "x" * (NAME_BYTES_MAX + 1)}),
    ],
)
def test_what_is_no_record_or_beyond_a_limit_is_none(value: Any) -> None:
    assert read_original(UUID, value) is None


def test_a_name_that_is_no_uuid_is_none() -> None:
    assert read_original("../..", written(uuid="../..")) is None


@given(st.text(max_size=40), json_values)
def test_anything_is_read_or_is_none(uuid: str, value: Any) -> None:
    assert read_original(uuid, value) is None
