"""Short ids that a neighbour named."""

from peerset.protocol.shortlist import Shortlist


def test_it_knows_what_was_noted() -> None:
    shortlist = Shortlist(3)
    shortlist.note((b"a", b"b"))
    assert (b"a" in shortlist, b"c" in shortlist, len(shortlist)) == (True, False, 2)


def test_what_comes_when_it_is_full_is_not_remembered() -> None:
    shortlist = Shortlist(3)
    shortlist.note((b"a", b"b"))
    shortlist.note((b"c", b"d"))
    shortlist.note((b"e",))
    assert [short in shortlist for short in (b"a", b"b", b"c", b"d", b"e")] == [True, True, True, False, False]
