"""How many processors are counted."""

import os

from peerset.verification.processors import count_processors


def test_only_processors_that_may_be_used_are_counted() -> None:
    assert 1 <= count_processors() <= (os.cpu_count() or 1)
