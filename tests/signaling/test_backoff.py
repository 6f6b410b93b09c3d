"""Pauses double up to a minute, with chance in them."""

import random

from peerset.core.limits import TRACKER_BACKOFF_MAX_SECONDS
from peerset.signaling.backoff import Backoff


def test_pauses_double_and_stay_within_half_to_all_of_the_ceiling() -> None:
    backoff = Backoff(random.Random(0))
    pauses = [backoff.next_seconds() for _ in range(9)]
    ceilings = [1, 2, 4, 8, 16, 32, 60, 60, TRACKER_BACKOFF_MAX_SECONDS]
    assert all(ceiling / 2 <= pause <= ceiling for pause, ceiling in zip(pauses, ceilings, strict=True))


def test_a_healthy_connection_starts_over() -> None:
    backoff = Backoff(random.Random(0))
    for _ in range(9):
        backoff.next_seconds()
    backoff.reset()
    assert backoff.next_seconds() <= 1


def test_two_clients_pause_differently() -> None:
    first, second = (Backoff(random.Random(seed)).next_seconds() for seed in (0, 1))
    assert first != second
