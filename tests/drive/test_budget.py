"""What is fetched ahead fits, and no author takes more than one may."""

from peerset.core.blob import BlobName, Root
from peerset.core.keys import PublicKey
from peerset.drive.budget import Budget
from peerset.drive.limits import Limits
from peerset.drive.names import Names
from peerset.ports.blobs import HeldBlob

US, ONE, TWO = (PublicKey(bytes([number]) * 32) for number in range(3))
LIMITS = Limits(blob=1_000_000, room=4_000_000)


class NamesOf(Names):
    """Who names which blob."""

    def __init__(self, **authors: list[PublicKey]) -> None:
        self._authors = {blob(name).root: frozenset(each) for name, each in authors.items()}

    def authors_of(self, root: Root) -> frozenset[PublicKey]:
        return self._authors.get(root, frozenset())


def blob(name: str, size: int = 600_000) -> BlobName:
    return BlobName(Root(name.encode().ljust(32)), size)


def test_an_author_takes_a_quarter_of_the_room_and_we_what_we_will() -> None:
    budget = Budget(LIMITS, NamesOf(a=[ONE], b=[ONE], c=[TWO], d=[US], e=[US]), US, [])
    assert [budget.take(blob(name), 0) for name in "abcde"] == [True, False, True, True, True]


def test_what_is_held_counts_and_of_what_was_begun_only_the_rest_is_more() -> None:
    held = [HeldBlob(blob("a"), 1, 500_000)]
    budget = Budget(LIMITS, NamesOf(a=[ONE], b=[ONE]), US, held)
    assert not budget.take(blob("b"), 0)
    assert budget.take(blob("a"), 500_000)
    assert budget.take(blob("b", 400_000), 0)


def test_what_several_name_fits_when_it_does_with_any_of_them() -> None:
    budget = Budget(LIMITS, NamesOf(a=[ONE], b=[ONE, TWO], c=[TWO], d=[]), US, [])
    assert [budget.take(blob(name), 0) for name in "abcd"] == [True, True, False, False]


def test_nothing_is_fetched_ahead_that_is_too_long_or_for_which_others_would_have_to_go() -> None:
    budget = Budget(LIMITS, NamesOf(a=[US], b=[US]), US, [HeldBlob(blob("x"), 1, 3_000_000)])
    assert not budget.take(blob("a", 1_000_001), 0)
    assert budget.take(blob("a"), 0)
    assert not budget.take(blob("b"), 0)
