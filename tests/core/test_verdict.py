"""What a stranger's policy says of a place in a text, checked."""

from typing import Any

import pytest

from peerset.core.verdict import sane_span


@pytest.mark.parametrize("span", [(0, 0), (0, 5), (2, 3), [2, 3], (5, 5)])
def test_a_span_within_the_text_is_kept(span: Any) -> None:
    assert sane_span(span, 5) == tuple(span)


@pytest.mark.parametrize("span", [None, (), (1,), (0, 6), (3, 2), (-1, 2), (0, 1, 2), (0.0, 1), ("0", 1), "01", 7])
def test_anything_else_is_none(span: Any) -> None:
    assert sane_span(span, 5) is None
