"""What a writer expects a register to hold."""

from typing import Any

import pytest

from peerset.data.expected import ANY, check_expected, read_expected
from peerset.documents.document import State, Version
from peerset.errors import ConfigError, ConflictError
from tests.protocol.pair import make_record

ONE, TWO = make_record(1), make_record(2)


SEEN = State(0)


def version(record: Any, stamp: int, state: State = SEEN, parents: tuple[Any, ...] = ()) -> Version:
    return Version(record.id, record.author, stamp, state, parents)


def test_ids_documents_and_texts_say_the_same() -> None:
    assert read_expected(ONE) == read_expected(ONE.id) == read_expected(ONE.id.hex()) == frozenset([ONE.id])
    assert read_expected([ONE, TWO.id]) == frozenset([ONE.id, TWO.id])
    assert read_expected(ANY) is ANY
    assert read_expected(None) is None


@pytest.mark.parametrize("wrong", [3, "beef", [3], {}.items])
def test_what_is_no_id_cannot_be_expected(wrong: Any) -> None:
    with pytest.raises(ConfigError):
        read_expected(wrong)


def test_nothing_is_expected_where_nothing_is_seen() -> None:
    check_expected("k", None, [])
    check_expected("k", None, [version(ONE, 1, State.VOID)])
    check_expected("k", None, [version(ONE, 1, State.EXPIRED)])
    check_expected("k", None, [version(ONE, 1, State.HIDDEN)])
    with pytest.raises(ConflictError, match=f"'k' holds {ONE.id.hex()[:8]} now") as caught:
        check_expected("k", None, [version(ONE, 1)])
    assert caught.value.heads == (ONE.id,)


def test_exactly_these_heads_are_expected() -> None:
    both = [version(ONE, 1), version(TWO, 2)]
    check_expected("k", frozenset([ONE.id, TWO.id]), both)
    check_expected("k", frozenset([TWO.id]), [version(ONE, 1), version(TWO, 2, parents=(ONE.id,))])
    check_expected("k", ANY, both)
    for expected in (frozenset([ONE.id]), frozenset[Any]()):
        with pytest.raises(ConflictError):
            check_expected("k", expected, both)
