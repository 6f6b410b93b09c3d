"""Queries become scrapes or reasons; what is told has the form of BEP 48."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.errors import SignalingError
from peerset.tracker.scrape import FIELDS_MAX, encode_refusal, encode_sizes, read_query
from peerset.tracker.wire import SCRAPED_SWARMS_MAX, Scraped

HASH = "h" * 20


@given(st.lists(st.binary(min_size=20, max_size=20), min_size=1, max_size=SCRAPED_SWARMS_MAX))
def test_a_query_asks_for_swarms_of_any_bytes(hashes: list[bytes]) -> None:
    query = urlencode([("key", "ours"), *(("info_hash", info_hash) for info_hash in hashes)])
    assert read_query(query) == Scraped(tuple(info_hash.decode("latin-1") for info_hash in hashes))


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "a scrape of 0"),
        ("info_hash=short", "info_hash is 'short'"),
        ("info_hash=" + "%C4%80%" * 10, "info_hash is"),
        ("&".join([f"info_hash={HASH}"] * (SCRAPED_SWARMS_MAX + 1)), "a scrape of 65"),
        ("&".join(["x=1"] * (FIELDS_MAX + 1)), "more than 128 fields"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(query: str, reason: str) -> None:
    with pytest.raises(SignalingError, match=reason):
        read_query(query)


def test_sizes_are_told_in_the_order_of_their_bytes() -> None:
    assert encode_sizes({HASH: (1, 2), "\xff" * 20: (0, 0), "a" * 20: (3, 4)}, interval_seconds=20) == (
        b"d5:filesd"
        b"20:aaaaaaaaaaaaaaaaaaaad8:completei3e10:downloadedi3e10:incompletei4ee"
        b"20:hhhhhhhhhhhhhhhhhhhhd8:completei1e10:downloadedi1e10:incompletei2ee"
        b"20:" + b"\xff" * 20 + b"d8:completei0e10:downloadedi0e10:incompletei0ee"
        b"e5:flagsd20:min_request_intervali20eee"
    )


def test_a_refusal_says_why() -> None:
    assert encode_refusal("naïve") == b"d14:failure reason6:na\xc3\xafvee"
