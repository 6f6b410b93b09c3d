"""Bookmarks: how far a reader of a log of changes has come."""

import pytest

from peerset.documents.change import Bookmark, read_bookmark
from peerset.errors import CursorError


def test_a_bookmark_is_read_as_it_was_written() -> None:
    for mark in (Bookmark(0, 0, 0), Bookmark(2**32 - 1, 5, 2**53 - 1), Bookmark(0xABC, 7, 7)):
        assert read_bookmark(str(mark)) == mark


@pytest.mark.parametrize(
    "text",
    [
        None,
        5,
        "",
        "5",
        "00000000-1",
        "0000000-1-1",
        "0000000G-1-1",
        "00000000-2-1",
        "00000000--1-1",
        f"00000000-1-{2**53}",
        "00000000-1-99999999999999999999",
        "00000000-1-1\n",
        "00000000-\u0661-\u0661",
    ],
)
def test_what_is_no_bookmark_is_refused_by_name(text: object) -> None:
    with pytest.raises(CursorError, match="is no place in a log of changes"):
        read_bookmark(text)
