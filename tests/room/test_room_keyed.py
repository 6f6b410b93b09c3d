"""Keyed records in rooms on real parts: edits and deletions."""

import pytest

import peerset
from peerset.testing.tracker import local_tracker
from tests.patience import PATIENT_SECONDS
from tests.room.test_room import joined, pair, wait_for

pytestmark = pytest.mark.real_time


async def test_a_new_version_is_current_however_soon_it_follows_the_one_before() -> None:
    async with local_tracker() as url, joined(url) as room:
        for number in range(20):
            profile = [["d", f"profile {number}"]]
            old = await room.publish("old", kind=30078, tags=profile)
            new = await room.publish("new", kind=30078, tags=profile)
            assert new.created_at - old.created_at <= 1
            assert await room.records(tags={"d": [f"profile {number}"]}) == [new]
        lines = [await room.publish(f"line {number}") for number in range(20)]
        assert await room.records(kinds=[1078]) == lines[::-1]


async def test_deleting_what_a_reader_sees_deletes_its_earlier_versions_and_it_can_be_written_again() -> None:
    async with pair() as (one, two):
        profile = [["d", "profile"]]
        versions = [await one.publish(f"version {number}", kind=30078, tags=profile) for number in range(3)]
        deletion = await one.delete(versions[-1].id)
        assert ("a", f"30078:{one.key.hex()}:profile") in deletion.tags
        assert ("e", versions[-1].id.hex()) in deletion.tags
        events = two.events()
        again = await one.publish("again", kind=30078, tags=profile)
        while await two.get(again.id) is None:
            await wait_for(events, peerset.RecordAdded)
        for room in (one, two):
            assert await room.records(kinds=[30078]) == [again]
            assert [await room.get(version.id) for version in versions] == [None, None, None]
        assert one.root == two.root


async def test_each_author_has_one_profile_which_is_deleted_with_all_before_it() -> None:
    async with pair() as (one, two):
        events = two.events()
        theirs = await two.publish('{"name": "two"}', kind=0)
        versions = [await one.publish(f'{{"name": "{number}"}}', kind=0) for number in range(3)]
        while await two.get(versions[-1].id) is None:
            await wait_for(events, peerset.RecordAdded)
        assert await two.records(kinds=[0], authors=[one.key]) == versions[-1:]
        deletion = await one.delete(versions[-1])
        assert ("a", f"0:{one.key.hex()}:") in deletion.tags
        while await two.get(versions[0].id) is not None:
            await wait_for(events, peerset.RecordDeleted)
        await one.synced(timeout=PATIENT_SECONDS)
        for room in (one, two):
            assert await room.records(kinds=[0]) == [theirs]
            assert [await room.get(version.id) for version in versions] == [None, None, None]
        assert one.root == two.root


async def test_deleting_an_earlier_version_leaves_the_current_one() -> None:
    async with local_tracker() as url, joined(url) as room:
        old, new = [await room.publish(text, kind=30078, tags=[["d", "a"]]) for text in ("old", "new")]
        await room.delete(old.id)
        assert await room.records(kinds=[30078]) == [new]
        assert await room.get(old.id) is None


async def test_what_is_purged_here_still_replaces_what_came_before_and_is_deleted_with_it() -> None:
    async with pair() as (one, two):
        events = two.events()
        profile = [["d", "profile"]]
        old, new = [await one.publish(text, kind=30078, tags=profile) for text in ("old", "new")]
        while two.count < 2:
            await wait_for(events, peerset.RecordAdded)
        await two.moderation.purge(new.id)
        assert await two.records(kinds=[30078]) == []
        explained = await two.moderation.explain(old.id)
        assert explained is not None
        assert (explained.policy, explained.reason) == ("versions", "a newer version took its place")
        await one.delete(new.id)
        while two.count > 1:
            await wait_for(events, peerset.RecordDeleted)
        assert (await two.get(old.id), two.root) == (None, one.root)
