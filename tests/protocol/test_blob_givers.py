"""What is known of one giver of blobs."""

from peerset.core.limits import BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX
from peerset.protocol.blob_givers import Giver
from tests.protocol.blobs import ONE, Blob, at


def test_it_has_room_for_a_window_of_pieces_until_they_are_kept() -> None:
    giver, root = Giver(ONE), Blob(1).root
    assert (giver.room, giver.least) == (BLOB_PIECES_ASKED_MAX, 1)
    giver.ask(root, range(6), at(0))
    giver.keeping = 1
    assert (giver.room, giver.least) == (1, BLOB_PIECES_ASKED_MAX // 2)


def test_it_is_asked_about_a_blob_once_at_a_time_and_not_after_a_lie() -> None:
    giver, root = Giver(ONE), Blob(1).root
    assert giver.may_ask(root, at(0), 10)
    assert giver.question(root, at(0))
    assert not giver.question(root, at(1))
    giver.questions.clear()
    assert not giver.may_ask(root, at(9), 10)
    assert giver.may_ask(root, at(10), 10)
    giver.lied(root)
    assert not giver.question(root, at(20))


def test_questions_have_a_limit() -> None:
    giver = Giver(ONE)
    roots = [Blob(1, seed).root for seed in range(BLOB_QUESTIONS_MAX + 1)]
    assert [giver.question(root, at(0)) for root in roots] == [True] * BLOB_QUESTIONS_MAX + [False]


def test_what_it_lacks_it_cannot_bring() -> None:
    giver, root = Giver(ONE), Blob(1).root
    giver.has[root] = 0b11
    assert giver.can_bring(root, 1)
    giver.lacks(root, [1])
    assert not giver.can_bring(root, 1)
    giver.ask(root, [0], at(0))
    assert not giver.can_bring(root, 0)
    giver.forget(root)
    assert giver.has == {}
