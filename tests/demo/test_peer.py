"""One peer of the demo, without its process."""

import queue
import random

import pytest

from peerset.demo.peer import PeerSettings, run_peer
from peerset.demo.report import Ids, Report, Status
from peerset.tracker.tracker import serve_tracker

pytestmark = pytest.mark.real_time


async def test_a_peer_publishes_reports_and_leaves_when_told() -> None:
    reports: list[Report] = []
    orders: queue.Queue[str] = queue.Queue()

    def report(said: Report) -> None:
        reports.append(said)
        if isinstance(said, Status) and said.records == 5:
            orders.put("ids\n")
        if isinstance(said, Ids):
            orders.put("leave\n")

    async with serve_tracker("127.0.0.1", 0, rng=random.SystemRandom()) as tracker:
        settings = PeerSettings("demo", tracker.url, "memory:", number=1, records=5)
        await run_peer(settings, report=report, next_order=orders.get)

    [ids] = [said for said in reports if isinstance(said, Ids)]
    last = [said for said in reports if isinstance(said, Status)][-1]
    assert len(ids.ids) == 5
    assert (last.sessions, last.records, last.state, last.latest) == (0, 5, "joining", "")


async def test_the_end_of_orders_means_leave() -> None:
    async with serve_tracker("127.0.0.1", 0, rng=random.SystemRandom()) as tracker:
        settings = PeerSettings("demo", tracker.url, "memory:", number=1, records=1)
        await run_peer(settings, report=lambda said: None, next_order=lambda: "")
