"""What a room keeps of files, gives to neighbours and fetches of them; moderation of a record is that of its file."""

import asyncio
import resource
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import peerset
from peerset.core.blob import BlobName
from peerset.core.limits import BLOB_PIECE_BYTES, BLOB_PIECES_ASKED_MAX
from peerset.drive.entry import value_of
from peerset.ports.blobs import FreshPiece
from peerset.stores.blob_memory import MemoryBlobs
from peerset.stores.memory import MemoryStore
from peerset.testing.memory import MemorySwarm
from tests.drive.rooms import LIMITS, content, joined, until, until_there

ALL = peerset.Limits(blob="8 MiB", room="32 MiB", keep="all")


async def kept(room: peerset.Room) -> int:
    return sum(each.bytes_kept for each in await room.blobs())


async def test_several_peers_give_a_file_together() -> None:
    data = content(4_000_000)
    async with joined(3) as (one, two, three):
        await one.files("site").put("a", data)
        second, third = (room.files("site", author=one.key) for room in (two, three))
        await until_there(second, "a")
        await until_there(third, "a")
        assert await second.download() == 1
        asked: set[str] = set()
        three.watch(
            lambda each: asked.add(each.peer) if each.message == "BlobWant" and each.direction == "out" else None
        )
        assert await third.get("a") == data
        assert asked == {one.peer_id, two.peer_id}


async def test_who_keeps_all_fetches_what_nobody_reads_and_gives_it_when_its_author_is_gone() -> None:
    data = content(500_000)
    async with joined(2, files=ALL) as (one, two):
        entry = await one.files("site").put("a", data)

        async def is_whole() -> bool:
            return [each.is_whole for each in await two.blobs()] == [True]

        await until(is_whole)
        await one.leave()
        assert await two.files("site", author=one.key).get("a") == data
        assert entry.author == one.key


async def test_what_is_purged_is_deleted_and_given_to_nobody() -> None:
    async with joined(2) as (one, two):
        entry = await one.files("site").put("a", content(300_000))
        await until_there(two.files("site", author=one.key), "a")
        assert entry.record is not None
        await one.moderation.purge(entry.record.id)

        async def is_gone() -> bool:
            return await one.blobs() == []

        await until(is_gone)


async def test_what_readers_do_not_see_is_not_given_but_kept() -> None:
    async with joined(3) as (one, two, three):
        data = content(300_000)
        await one.files("site").put("a", data)
        files = two.files("site", author=one.key)
        await until_there(files, "a")
        await files.download()
        await two.moderation.mute(one.key)
        with pytest.raises(peerset.ConfigError, match="there is no file"):
            await files.open("a")
        await one.leave()
        other = three.files("site", author=one.key)
        entry = await until_there(other, "a")
        fetching = asyncio.create_task(other.get("a"))
        await asyncio.sleep(0.5)
        assert not fetching.done()
        await two.moderation.unmute(one.key)
        assert await (await files.open("a")).read() == data
        assert await kept(two) == len(data) == entry.size
        # It looked for it again.
        assert await fetching == data


async def test_what_nobody_has_is_told() -> None:
    async with joined(2) as (one, two):
        await one.files("site").put("a", content(300_000))
        files = two.files("site", author=one.key)
        await until_there(files, "a")
        await one.files("site").clear("a")
        with pytest.raises(peerset.BlobError, match="nobody here has it"):
            await files.get("a")


async def test_a_longer_file_than_is_allowed_here_is_not_fetched() -> None:
    async with joined(2) as (one, two):
        await one.files("site").put("a", content(300_000))
        files = two.files("site", author=one.key)
        await until_there(files, "a")
        assert files._library is not None
        files._library.limits = peerset.Limits(blob=200_000)
        with pytest.raises(peerset.BlobError, match="at most 200000 are fetched"):
            await files.get("a")


async def test_when_there_is_no_room_what_was_not_used_for_longest_goes_and_our_own_stays() -> None:
    size = 4 * BLOB_PIECE_BYTES
    limits = peerset.Limits(blob="1 MiB", room=3 * size)
    async with joined(2, files=limits) as (one, two):
        ours, theirs = one.files("site"), two.files("site", author=one.key)
        mine = await two.files("site").put("mine", content(size, 9))
        for name in ("a", "b", "c"):
            await ours.put(name, content(size, ord(name)))
            await until_there(theirs, name)
            assert await theirs.get(name) == content(size, ord(name))
            await theirs.get("a")
        held = {each.name: each.is_whole for each in await two.blobs()}
        assert mine.blob in held
        assert await kept(two) <= limits.room_bytes
        a, b = await theirs.entry("a"), await theirs.entry("b")
        assert a is not None
        assert b is not None
        assert a.blob in held
        assert b.blob not in held


async def test_whoever_waits_is_told_when_the_room_is_left() -> None:
    async with joined(2) as (one, two):
        await one.files("site").put("a", content(300_000))
        files = two.files("site", author=one.key)
        await until_there(files, "a")
        await one.files("site").clear("a")
        waiting = asyncio.create_task(files.get("a"))
        await asyncio.sleep(0.2)
        await two.leave()
        with pytest.raises(peerset.RoomClosedError):
            await waiting


async def test_one_who_floods_takes_an_authors_share_of_who_keeps_all_and_no_more() -> None:
    size, limits = 4 * BLOB_PIECE_BYTES, peerset.Limits(blob="1 MiB", room=16 * 4 * BLOB_PIECE_BYTES, keep="all")
    async with joined(3, files=limits) as (flooder, honest, seeder):
        for number in range(7):
            await flooder.files("site").put(f"{number}", content(size, number))
        mine = await honest.files("site").put("mine", content(size, 99))
        theirs = seeder.files("site", author=flooder.key)
        last = await until_there(theirs, "6")

        async def has_settled() -> bool:
            whole = {each.name for each in await seeder.blobs() if each.is_whole}
            return mine.blob in whole and len(whole) == 5

        await until(has_settled)
        assert await kept(seeder) == 5 * size
        # What somebody here reads is fetched all the same.
        held = {each.name for each in await seeder.blobs()}
        missing = [each for each in await theirs.list() if each.blob not in held]
        assert len(missing) == 3
        assert await theirs.get(missing[0].path) == content(size, int(missing[0].path))
        assert await kept(seeder) == 6 * size
        assert last.size == size


async def test_what_is_here_stays_though_a_record_says_another_size_of_it() -> None:
    data = content(300_000)
    async with joined(2) as (one, two):
        entry = await one.files("site").put("a", data)
        files = two.files("site", author=one.key)
        await until_there(files, "a")
        assert await files.get("a") == data
        assert entry.blob is not None
        for size in (299_999, 600_000):
            lie = replace(entry, path="lie", size=size, blob=BlobName(entry.blob.root, size))
            await two.files("mine").registers.put("lie", value_of(lie))
            with pytest.raises(peerset.BlobError, match=f"a file of 300000 bytes, and not of {size}"):
                await two.files("mine").get("lie")
        assert [each.is_whole for each in await two.blobs()] == [True]


async def test_who_gives_what_a_record_says_a_wrong_size_of_is_not_blamed() -> None:
    async with joined(2) as (one, two):
        entry = await one.files("site").put("a", content(300_000))
        assert entry.blob is not None
        for size in (299_999, 600_000):
            lie = replace(entry, path="lie", size=size, blob=BlobName(entry.blob.root, size))
            await two.files("mine").registers.put("lie", value_of(lie))
            # Where records say several, it is begun with the last piece, which a longer one has in vain.
            with pytest.raises(peerset.BlobError, match="another size" if size == 299_999 else "nobody here has it"):
                await two.files("mine").get("lie")
        files = two.files("site", author=one.key)
        assert await files.get("a") == content(300_000)


async def test_a_disk_that_fills_up_at_the_end_of_a_download_keeps_what_came_and_the_rest_comes_when_there_is_room(
    tmp_path: Path,
) -> None:
    count = 100
    data = content(count * BLOB_PIECE_BYTES)
    limits = peerset.Limits(blob=2 * len(data), room=4 * len(data))
    swarm, before = MemorySwarm(), resource.getrlimit(resource.RLIMIT_FSIZE)
    one = peerset.join("lobby", host=swarm.host(), files=limits)
    two = peerset.join("lobby", host=swarm.host(), files=limits, store=tmp_path / "two.db")
    async with one as giver, two as reader:
        await giver.files("site").put("a", data)
        files = reader.files("site", author=giver.key)
        await until_there(files, "a")
        # Files of this process can grow to so many bytes, and not by one more: as on a disk that is full.
        resource.setrlimit(resource.RLIMIT_FSIZE, ((count - 1) * BLOB_PIECE_BYTES, before[1]))
        try:
            with pytest.raises(peerset.StoreError, match="cannot be used"):
                await files.download()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        [held] = await reader.blobs()
        missing = count - held.bits.bit_count()
        assert 0 < missing <= BLOB_PIECES_ASKED_MAX
        parts: list[str] = []
        reader.watch(lambda each: parts.append(each.message) if each.message == "BlobPart" else None)
        await files.download()
        assert len(parts) == missing
        assert await files.get("a") == data


async def test_what_is_hidden_while_it_is_fetched_is_fetched_no_further() -> None:
    swarm, data = MemorySwarm(delay_seconds=1), content(40 * BLOB_PIECE_BYTES)
    one, two = (peerset.join("lobby", host=swarm.host(), files=LIMITS) for _ in range(2))
    async with one as giver, two as reader:
        await giver.files("site").put("a", data)
        files = reader.files("site", author=giver.key)
        await until_there(files, "a")
        came: list[int] = []
        fetching = asyncio.create_task(files.download(progress=lambda _, size: came.append(size)))

        async def begun() -> bool:
            return sum(came) > 0

        await until(begun)
        await reader.moderation.mute(giver.key)
        with pytest.raises(peerset.BlobError, match="no record that is seen here names"):
            await fetching
        assert 0 < await kept(reader) < len(data)


@pytest.mark.parametrize("more", [-1, 1, BLOB_PIECE_BYTES, 5 * BLOB_PIECE_BYTES])
async def test_of_several_sizes_that_records_say_of_a_file_the_right_one_wins(more: int) -> None:
    size = 4 * BLOB_PIECE_BYTES - 10
    swarm, data = MemorySwarm(), content(size)
    async with peerset.join("lobby", host=swarm.host(), files=LIMITS) as one:
        wrong = one.files("wrong")
        entry = await one.files("site").put("a", data)
        assert entry.blob is not None
        # What is said first is wrong, so it is tried first.
        lie = replace(entry, path="lie", size=size + more, blob=BlobName(entry.blob.root, size + more))
        await wrong.registers.put("lie", value_of(lie))
        await one.files("site").delete("a")
        async with peerset.join("lobby", host=swarm.host(), files=ALL) as two:
            await until_there(two.files("wrong", author=one.key), "lie")
            struck: list[peerset.Event] = []
            two.on(lambda event: struck.append(event) if isinstance(event, peerset.StrikeCounted) else None)
            await one.files("site").put("a", entry)
            files = two.files("site", author=one.key)
            await until_there(files, "a")

            async def is_whole() -> bool:
                return [(each.name, each.is_whole) for each in await two.blobs()] == [(entry.blob, True)]

            await until(is_whole)
            assert await files.get("a") == data
            with pytest.raises(peerset.BlobError, match=f"a file of {size} bytes, and not of {size + more}"):
                await two.files("wrong", author=one.key).get("lie")
            assert struck == []


async def test_who_reads_by_a_wrong_size_keeps_nobody_from_reading_by_the_right_one() -> None:
    size = 6 * BLOB_PIECE_BYTES
    swarm, data = MemorySwarm(delay_seconds=1), content(size)
    one, two = (peerset.join("lobby", host=swarm.host(), files=LIMITS) for _ in range(2))
    async with one as giver, two as reader:
        entry = await giver.files("site").put("a", data)
        assert entry.blob is not None
        mine, files = reader.files("mine"), reader.files("site", author=giver.key)
        await until_there(files, "a")
        for more in (-1, BLOB_PIECE_BYTES):
            lie = replace(entry, path=f"lie{more}", size=size + more, blob=BlobName(entry.blob.root, size + more))
            await mine.registers.put(lie.path, value_of(lie))
        found = await asyncio.gather(
            mine.get("lie-1"), files.get("a"), mine.get(f"lie{BLOB_PIECE_BYTES}"), return_exceptions=True
        )
        assert [each if isinstance(each, bytes) else type(each) for each in found] == [
            peerset.BlobError,
            data,
            peerset.BlobError,
        ]


async def test_pieces_that_come_together_are_kept_together() -> None:
    data, swarm = content(40 * BLOB_PIECE_BYTES), MemorySwarm()
    kept_together: list[int] = []

    class Counted(MemoryBlobs):
        async def write(self, name: BlobName, fresh: Sequence[FreshPiece]) -> None:
            kept_together.append(len(fresh))
            await super().write(name, fresh)

    class Store(MemoryStore):
        def blobs(self) -> MemoryBlobs:
            return Counted()

    one = peerset.join("lobby", host=swarm.host(), files=LIMITS)
    two = peerset.join("lobby", host=swarm.host(), files=LIMITS, store=Store())
    async with one as giver, two as reader:
        await giver.files("site").put("a", data)
        files = reader.files("site", author=giver.key)
        await until_there(files, "a")
        await files.download()
        assert kept_together == [4] * 10
