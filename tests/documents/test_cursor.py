import base64

import pytest

from peerset.core.action import Json
from peerset.core.record import RecordId
from peerset.documents.cursor import digest_of, read_cursor, write_cursor
from peerset.documents.order import Seat
from peerset.documents.value import canonical
from peerset.errors import QueryError

DIGEST = digest_of(["places", [], ["-time"]])
SEAT = Seat(("Berlin", 4.5, True, None), 1_790_000_000_123_456, RecordId(bytes(range(32))))


def forged(row: Json, rest: bytes = b"") -> str:
    return base64.urlsafe_b64encode(DIGEST + canonical(row) + rest).decode().rstrip("=")


def test_a_cursor_gives_the_place_back() -> None:
    assert read_cursor(write_cursor(DIGEST, SEAT), DIGEST, 4) == SEAT


def test_a_cursor_of_another_query_is_refused() -> None:
    with pytest.raises(QueryError, match="another query"):
        read_cursor(write_cursor(digest_of(["other"]), SEAT), DIGEST, 4)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ä",
        "====",
        "AAAA",
        forged([]),
        forged(["a"]),
        forged({"a": 1}),
        forged([1, "00"]),
        forged([1.5, -1, "00" * 32]),
        forged([1, "AB" * 32]),
        forged([1, "zz" * 32]),
        forged([True, "00" * 32]),
        forged([2.0**53, "00" * 32]),
        forged([[1], 1, "00" * 32]),
        forged([1, 2, "00" * 32], b"n"),
        forged([0, "00" * 32])[:-4],
        base64.urlsafe_b64encode(DIGEST + b"a\xff\xff\xff\xff").decode(),
        base64.urlsafe_b64encode(DIGEST + b"a\x00\x00\x00\x01" * 5_000).decode(),
        base64.urlsafe_b64encode(DIGEST + b"s\x00\x00\x00\x02\xff\xff").decode(),
    ],
)
def test_no_text_of_strangers_is_taken_for_a_cursor(text: str) -> None:
    with pytest.raises(QueryError, match="cursor"):
        read_cursor(text, DIGEST, 0)


def test_a_cursor_is_a_text() -> None:
    with pytest.raises(QueryError, match="after 5"):
        read_cursor(5, DIGEST, 0)


def test_a_cursor_with_other_fields_than_the_order_is_refused() -> None:
    with pytest.raises(QueryError, match="no cursor"):
        read_cursor(write_cursor(DIGEST, SEAT), DIGEST, 3)
