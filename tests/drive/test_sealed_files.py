"""Files of a sealed room: read by who has the secret, kept and given by seeders that have not."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.blob import BlobName, Root
from peerset.core.blob_seal import BlobSeal, padded_size
from peerset.core.keys import SecretKey
from peerset.drive.entry import value_of
from peerset.testing.memory import MemorySwarm
from tests.drive.rooms import LIMITS, joined, until, until_there
from tests.patience import PATIENT_SECONDS

SEAL, NEWER = (peerset.new_seal(random.Random(seed)) for seed in (1, 2))
MARKER: Final = b"a marker that nobody without the secret may find "
DATA: Final = MARKER * 10_000
ALL: Final = replace(LIMITS, keep="all")


@asynccontextmanager
async def member(swarm: MemorySwarm, number: int, seal: Any = SEAL, **options: Any) -> AsyncIterator[peerset.Room]:
    key = SecretKey(bytes(31) + bytes([number]))
    options = {"files": LIMITS, "host": swarm.host(), **options}
    async with peerset.join("lobby", key=key, seal=seal, **options) as room:
        yield room


def held_in(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


async def whole(room: peerset.Room) -> bool:
    return [each.is_whole for each in await room.blobs()] == [True]


@pytest.mark.real_time
async def test_a_blind_seeder_gives_a_file_of_which_it_can_read_nothing(tmp_path: Path) -> None:
    swarm = MemorySwarm()
    async with member(swarm, 9, None, store=f"sqlite:{tmp_path / 'blind.db'}", seeder=True, files=ALL) as blind:
        async with member(swarm, 1) as ann:
            entry = await ann.files("secretfolder").put("holiday.bin", DATA)
            assert entry.size == len(DATA)
            await until(lambda: whole(blind))
        assert (await blind.blobs())[0].name == BlobName(entry.blob.root, padded_size(len(DATA)))  # type: ignore[union-attr]
        async with member(swarm, 2) as ben:
            await ben.synced(timeout=PATIENT_SECONDS)
            files = ben.files("secretfolder", author=ann.key)
            assert await files.read("holiday.bin", 200_000, 200_010) == DATA[200_000:200_010]
            assert await files.get("holiday.bin") == DATA
            await files.download()
    held = held_in(tmp_path)
    assert len(held) > len(DATA)
    assert [word for word in (MARKER, b"secretfolder", b"holiday") if word in held] == []


async def test_who_moderates_a_record_that_it_cannot_read_moderates_its_file() -> None:
    swarm = MemorySwarm()
    async with member(swarm, 9, None, seeder=True, files=ALL) as blind, member(swarm, 1) as ann:
        entry = await ann.files("site").put("a", DATA)
        await until(lambda: whole(blind))
        await blind.moderation.mute(ann.key)
        async with member(swarm, 3, NEWER) as stranger:
            # Another secret opens nothing: no file, and no misfit of one.
            await stranger.synced(timeout=PATIENT_SECONDS)
            assert await stranger.files("site", author=ann.key).list() == []
            assert stranger.seal is not None
            assert stranger.seal.foreign == 1
        assert entry.record is not None
        await blind.moderation.purge(entry.record.id)

        async def is_gone() -> bool:
            return await blind.blobs() == []

        await until(is_gone)
        assert await ann.files("site").get("a") == DATA


async def test_what_is_deleted_is_deleted_by_who_cannot_read_it() -> None:
    swarm = MemorySwarm()
    async with member(swarm, 9, None, seeder=True, files=ALL) as blind, member(swarm, 1) as ann:
        entry = await ann.files("site").put("a", DATA)
        await until(lambda: whole(blind))
        assert entry.record is not None
        await ann.delete(entry.record)

        async def is_gone() -> bool:
            return await blind.blobs() == []

        await until(is_gone)


async def test_an_entry_stays_in_its_room_and_its_bytes_are_sealed_anew_for_another(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    async with joined(1) as (open_room,), member(MemorySwarm(), 1) as room:
        openly, files = open_room.files("site"), room.files("site")
        ours = await files.put("a", tmp_path / "a")
        # No byte is copied, and no key.
        assert (await files.put("b", ours)).blob == ours.blob
        assert await files.get("b") == DATA
        theirs = await openly.put("a", DATA)
        for target, entry, how in ((openly, ours, "sealed"), (files, theirs, "not sealed")):
            with pytest.raises(peerset.ConfigError, match=rf"{how} as files .* put\(path, await files.open"):
                await target.put("c", entry)
        small = await files.put("small", "few")
        assert (await openly.put("small", small)).data == b"few"
        again = await openly.put("c", await files.open(ours))
        assert (again.blob, again.seal) == (theirs.blob, None)
        sealed = await files.put("c", await openly.open(theirs))
        assert sealed.has_bytes_of(ours)
        assert sealed.blob != ours.blob
        assert await files.get("c") == DATA


async def test_a_file_of_an_old_secret_is_read_by_who_has_that_and_by_the_new_one_once_it_is_put_again() -> None:
    swarm = MemorySwarm()
    async with member(swarm, 1, [NEWER, SEAL]) as ann, member(swarm, 2) as old, member(swarm, 3, NEWER) as new:
        await old.files("wiki", shared=True).put("a", DATA)
        ours = ann.files("wiki", shared=True)
        entry = await until_there(ours, "a")
        assert await ours.get("a") == DATA
        theirs = new.files("wiki", shared=True)
        assert await theirs.entry("a") is None
        # It is the same blob, and its key is sealed by the new secret now.
        assert (await ours.put("b", entry)).blob == entry.blob
        await until_there(theirs, "b")
        assert await theirs.get("b") == DATA
        assert not await old.files("wiki", shared=True).exists("b")


async def test_who_lies_about_the_bytes_of_a_file_is_told_by_who_reads_all_of_it() -> None:
    async with member(MemorySwarm(), 1, SEAL) as room:
        files = room.files("site")
        entry = await files.put("a", DATA)
        assert entry.seal is not None
        lie = replace(entry, path="lie", seal=BlobSeal(entry.seal.key, Root(bytes(32))))
        await files.registers.put("lie", value_of(lie))
        assert await files.read("lie", 0, 10) == DATA[:10]
        with pytest.raises(peerset.BlobError, match="not what its writer said"):
            await files.get("lie")
        other = replace(entry, path="other", seal=BlobSeal(bytes(32), entry.seal.plain))
        await files.registers.put("other", value_of(other))
        with pytest.raises(peerset.BlobError, match="not what its writer said"):
            await files.get("other")


async def test_the_limit_is_of_what_is_sealed_and_progress_of_what_is_read() -> None:
    swarm = MemorySwarm()
    async with member(swarm, 1) as ann, member(swarm, 2, files=peerset.Limits(blob=512 * 1024)) as ben:
        size = 512 * 1024
        await ann.files("site").put("fits", bytes(size))
        await ann.files("site").put("not", bytes(size + 1))
        with pytest.raises(peerset.BlobError, match="more than 524288 bytes"):
            await ben.files("site").put("mine", bytes(size + 1))
        files = ben.files("site", author=ann.key)
        await until_there(files, "not")
        with pytest.raises(peerset.BlobError, match="at most 524288"):
            await files.get("not")
        told: list[int] = []
        await files.download("fits", progress=lambda _, count: told.append(count))
        assert sum(told) == size
        odd = await ben.files("site").put("odd", bytes(300_001))
        told.clear()
        await ben.files("site").download("odd", progress=lambda _, count: told.append(count))
        assert sum(told) == odd.size


async def test_a_folder_is_mirrored_by_what_is_in_the_sealed_blobs(tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "a.bin").write_bytes(DATA)
    async with member(MemorySwarm(), 1) as room:
        files = room.files("site")
        assert (await files.mirror(tmp_path / "up", direction="up")).count(peerset.Deed.ADD) == 1
        assert (await files.mirror(tmp_path / "up", direction="up")).count(peerset.Deed.EQUAL) == 1
        await files.mirror(tmp_path / "down", direction="down")
        assert (tmp_path / "down" / "a.bin").read_bytes() == DATA
        assert (await files.mirror(tmp_path / "down", direction="down")).count(peerset.Deed.EQUAL) == 1
