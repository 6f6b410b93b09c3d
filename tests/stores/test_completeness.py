"""Which documents of atomic batches are complete; more in `peerset.testing.check_registers`."""

from typing import Final

from peerset.stores.completeness import Completeness
from peerset.testing.sample_documents import ANN, BOB, commit, deletion, document

NONCE: Final = "0b" * 16
ONE, TWO = (document(ANN, number, {"title": str(number)}, batch=NONCE) for number in (1, 2))
COMMIT: Final = commit(ANN, NONCE, [ONE.id, TWO.id])


def test_it_says_whom_a_record_concerns() -> None:
    batches = Completeness()
    batches.add_part(ONE, NONCE)
    assert batches.add(COMMIT) == {ONE.id}
    batches.add_part(TWO, NONCE)
    assert batches.add(TWO) == {ONE.id, TWO.id}
    assert batches.add(deletion(ANN, TWO)) == {ONE.id, TWO.id}
    assert batches.add(document(BOB, 5, {})) == set()
    batches.remove_part(TWO, NONCE)
    assert batches.remove(TWO) == {ONE.id}
    assert batches.remove(COMMIT) == {ONE.id}


def test_a_batch_is_complete_when_all_is_here_or_deleted_by_its_author() -> None:
    batches = Completeness()
    batches.add(COMMIT)
    assert not batches.is_complete(ONE, NONCE, {ONE.id}.__contains__)
    assert batches.is_complete(ONE, NONCE, {ONE.id, TWO.id}.__contains__)
    batches.add(deletion(BOB, TWO))
    assert not batches.is_complete(ONE, NONCE, {ONE.id}.__contains__)
    batches.add(deletion(ANN, TWO))
    assert batches.is_complete(ONE, NONCE, {ONE.id}.__contains__)
    batches.remove(deletion(ANN, TWO))
    assert not batches.is_complete(ONE, NONCE, {ONE.id}.__contains__)
    batches.remove(COMMIT)
    assert not batches.is_complete(ONE, NONCE, {ONE.id, TWO.id}.__contains__)
