import random

from peerset.core.clock import DAY_SECONDS
from peerset.core.merkle import Index
from tests.core.digested import FIRST_DAY, START, UPTO, Entry, plain_root, root_of


def test_days_that_come_change_and_go_give_the_tree_anew() -> None:
    index = Index()
    rng = random.Random(7)
    entries: list[Entry] = []
    for _ in range(60):
        if entries and rng.random() < 0.4:
            index.discard(*entries.pop(rng.randrange(len(entries))))
        else:
            entries.append((START + rng.randrange(5) * DAY_SECONDS, rng.randbytes(32)))
            index.add(*entries[-1])
        assert root_of(index) == plain_root(entries, first_day=FIRST_DAY, upto=UPTO)
