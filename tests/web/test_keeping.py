"""Pages keep their records over reloads, without a network, and as far as the browser lets them."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from peerset.core.clock import DAY_SECONDS
from peerset.testing.tracker import local_tracker
from tests.interop.python_peer import python_peer
from tests.patience import PATIENT_SECONDS
from tests.test_survival import child
from tests.web.gate import shut_gate
from tests.web.peer_page import APP, assert_alike, assert_equal_roots, history, hold, peer_page

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]

NOWHERE: Final = "ws://127.0.0.1:1"
"""No tracker: nobody listens on this port, nor may without privileges."""
LARGE_RECORDS: Final = 500
QUOTA: Final = "Storage.overrideQuotaForOrigin"
WITHOUT_INDEXEDDB: Final = "Object.defineProperty(window, 'indexedDB', { value: undefined })"
WITH_BLOCKED_INDEXEDDB: Final = "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }"


@pytest.mark.firefox
@pytest.mark.interop(client="peerset in a page", what="keeps its records over a reload")
async def test_a_reloaded_page_has_its_records_before_any_peer_and_meets_them_again(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        peer_page(browser) as page,
        python_peer("reload", page, tracker=tracker, app=APP) as peer,
    ):
        await page.enter("reload", signaling=[tracker])
        await page.publish("by the page")
        await peer.room.publish("by Python")
        await page.next("RecordAdded", peer=peer.id)
        root = (await page.status())["root"]

        await page.reload()
        await page.enter("reload", signaling=[NOWHERE])
        status = await page.status()
        assert (status["root"], status["peers"]) == (root, [])
        assert await page.contents() == ["by Python", "by the page"]

        await page.reload()
        await page.enter("reload", signaling=[tracker])
        await page.next("PeerSynced", peer=peer.id)
        await page.publish("again")
        await hold(peer, 3, page)
        await assert_alike(page, peer)


async def test_what_was_written_without_a_network_reaches_others_after_it_is_back(browser: int) -> None:
    async with local_tracker() as tracker, shut_gate() as gate, peer_page(browser) as page:
        await page.enter("offline", signaling=[gate.url])
        await page.call("place", url=gate.url, state="resting")
        await page.publish("before there was any network")
        async with python_peer("offline", page, tracker=tracker, app=APP) as peer:
            await gate.open(tracker)
            await page.call("place", url=gate.url, state="open")
            await hold(peer, 1, page)
            await page.next("PeerJoined", peer=peer.id)
        await page.next("PeerLeft", peer=peer.id)
        gate.shut()
        await page.call("place", url=gate.url, state="resting")
        await page.publish("while it was away")
        await page.reload()
        await page.enter("offline", signaling=[gate.url])
        await page.publish("after a reload")
        async with python_peer("offline", page, tracker=tracker, app=APP) as peer:
            await gate.open(tracker)
            await hold(peer, 3, page)
            await assert_alike(page, peer)


async def test_a_python_peer_killed_and_started_again_is_missed_and_met_again(browser: int, tmp_path: Path) -> None:
    async with local_tracker() as tracker, peer_page(browser) as page:
        await page.enter("survival", signaling=[tracker])
        await page.publish("before")
        async with child(tracker, tmp_path / "child.db", 1) as victim:
            await victim.read_until(1)
            joined = await page.next("PeerJoined")
            victim.process.kill()
            await victim.process.wait()
        await page.publish("meanwhile")
        async with child(tracker, tmp_path / "child.db", 1) as again:
            assert again.held == 1
            await again.read_until(2)
            assert again.root == (await page.status())["root"]
            # It has the same key, and is another peer all the same.
            returned = await page.next("PeerJoined", key=joined["key"])
            assert returned["peer"] != joined["peer"]
            await page.next("PeerLeft", peer=joined["peer"])
            assert await page.states() == {returned["peer"]: "established"}


@pytest.mark.parametrize(
    ("before", "reason"), [(WITHOUT_INDEXEDDB, "no IndexedDB"), (WITH_BLOCKED_INDEXEDDB, "no")], ids=["gone", "blocked"]
)
async def test_a_page_without_indexeddb_says_so_and_works_in_memory(browser: int, before: str, reason: str) -> None:
    async with (
        local_tracker() as tracker,
        peer_page(browser, before=before) as page,
        python_peer("private mode", page, tracker=tracker, app=APP) as peer,
    ):
        await page.enter("private mode", signaling=[tracker])
        told = await page.next("StorageUnavailable")
        assert reason in told["reason"]
        await page.publish("by the page")
        await peer.room.publish("by Python")
        await page.call("hold", count=2)
        await hold(peer, 2, page)
        await assert_alike(page, peer)


async def test_a_database_of_a_newer_version_is_left_alone(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        peer_page(browser) as page,
        python_peer("tomorrow", page, tracker=tracker, app=APP) as peer,
    ):
        await page.call("occupy", name="peerset/peerset/tomorrow", version=99)
        await page.enter("tomorrow", signaling=[tracker])
        told = await page.next("StorageUnavailable")
        assert "version" in told["reason"]
        await peer.room.publish("by Python")
        await page.call("hold", count=1)
        await assert_alike(page, peer)
        await page.call("occupy", name="peerset/peerset/tomorrow", version=99)


async def test_a_page_whose_storage_is_full_gives_up_its_oldest_day_and_goes_on(chromium: int) -> None:
    async with (
        local_tracker() as tracker,
        # A quota is an origin's, and this one is nobody else's.
        peer_page(chromium, host="full.localhost") as page,
        python_peer("full", page, tracker=tracker, app=APP) as peer,
    ):
        records = list(history("full", LARGE_RECORDS, every_seconds=DAY_SECONDS // 20, characters=2_000))
        await peer.room.add(records)
        await page.call("devtools", method=QUOTA, parameters={"quotaSize": LARGE_RECORDS * 800})
        await page.enter("full", signaling=[tracker])
        gone = (await page.next("StorageEvicted"))["count"]
        assert gone > 0
        delayed = await page.next("SaveDelayed")
        assert "QuotaExceededError" in delayed["reason"]

        # There is room again: what was delayed is asked for again, and what was given up is not.
        await page.call("devtools", method=QUOTA, parameters={})
        await page.publish("still here")
        await page.call("hold", count=LARGE_RECORDS + 1)
        async with asyncio.timeout(PATIENT_SECONDS):
            # More days may go meanwhile; each is told of once it is gone.
            while len(await page.call("members")) != LARGE_RECORDS + 1 - gone:
                while page.has_told("StorageEvicted"):
                    gone += (await page.next("StorageEvicted"))["count"]
                await asyncio.sleep(0.05)
        await hold(peer, LARGE_RECORDS + 1, page)
        await assert_equal_roots(page, peer)
