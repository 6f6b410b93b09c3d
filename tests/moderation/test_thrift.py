"""What a room gives up when its store is over its budget: content, not ids; ours last of all."""

from pathlib import Path

import pytest

import peerset
from peerset.cli.offline import Hermit
from peerset.core.clock import DAY_SECONDS, UnixTime
from peerset.core.limits import DISK_BYTES, DISK_BYTES_MIN
from peerset.core.record import KIND_DELETION, Record, sign_record
from peerset.core.verdict import seat_of
from peerset.moderation.thrift import SHARE
from peerset.protocol.events import StorageEvicted
from peerset.room.room import Room
from peerset.testing.memory import MemorySwarm
from peerset_moderation.budget import BudgetRule
from tests.protocol.pair import key

SIZE = 50_000


def write(room: Room, number: int, *, days_ago: int, author: int = 5, size: int = SIZE, kind: int = 1078) -> Record:
    now = room._driver.now().unix
    tags = [["h", room.name.tag.hex()]]
    content = "" if kind == KIND_DELETION else f"{number:04d} {'x' * size}"
    if kind == KIND_DELETION:
        tags.append(["e", number.to_bytes(32, "big").hex()])
    created_at = UnixTime(now - days_ago * DAY_SECONDS)
    return sign_record(key(author), created_at=created_at, kind=kind, tags=tags, content=content)


async def evictions(room: Room) -> list[StorageEvicted]:
    """Let the room do what it has to, and give what it said of it."""
    found: list[StorageEvicted] = []
    stop = room.on(lambda event: found.append(event) if isinstance(event, StorageEvicted) else None)
    await room.moderation.thrift.relieve()
    stop()
    return found


@pytest.mark.real_time
@pytest.mark.parametrize("spec", ["memory:", "sqlite:lobby.db"])
async def test_the_oldest_days_become_shells_and_roots_stay(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    swarm = MemorySwarm()
    async with peerset.join("lobby", host=swarm.host(), store=spec, disk_bytes=DISK_BYTES_MIN) as room:
        told: list[StorageEvicted] = []
        room.on(lambda event: told.append(event) if isinstance(event, StorageEvicted) else None)
        records = [write(room, number, days_ago=9 - number // 5) for number in range(40)]
        await room.add(records)
        await evictions(room)
        assert await room._store.weight() <= DISK_BYTES_MIN
        assert room.count == 40
        whole = {record.id for record in await room.records()}
        oldest_first = sorted(records, key=lambda record: record.created_at)
        gone = [record for record in oldest_first if record.id not in whole]
        assert [each.created_at for each in gone] == [each.created_at for each in oldest_first[: len(gone)]]
        assert 0 < len(gone) < 40
        assert sum(event.count for event in told) == len(gone) == room.moderation.thrift.budget.count
        assert [event.day for event in told] == sorted(event.day for event in told)
        assert {each.id for each in await room.shells()} == {record.id for record in gone}
        root = room.root
        async with peerset.join("lobby", host=MemorySwarm().host()) as other:
            await other.add(records)
            assert other.root == root


async def test_authors_nobody_knows_go_before_those_who_are_met_and_ours_never() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", host=swarm.host(), disk_bytes=DISK_BYTES_MIN, key=key(1)) as room,
        peerset.join("lobby", host=swarm.host(), key=key(2)),
    ):
        await room.synced()
        ours = [write(room, number, days_ago=8, author=1) for number in range(6)]
        known = [write(room, number, days_ago=7, author=2) for number in range(6)]
        strange = [write(room, number, days_ago=1, author=3) for number in range(12)]
        await room.add([*ours, *known, *strange])
        await evictions(room)
        whole = {record.id for record in await room.records()}
        assert {record.id for record in (*ours, *known)} <= whole
        assert len(whole) < 24
        await room.add([write(room, number, days_ago=2, author=1) for number in range(100, 125)])
        await evictions(room)
        left = await room.records()
        assert {record.author for record in left} == {key(1).public_key}
        assert len(left) == 31


async def test_what_a_set_rule_shadows_goes_first() -> None:
    policies = "budget:author=262144,room=1048576"
    async with peerset.join("lobby", host=MemorySwarm().host(), disk_bytes=DISK_BYTES_MIN, policies=policies) as room:
        old = [write(room, number, days_ago=5, author=4) for number in range(5)]
        flood = [write(room, number, days_ago=0, author=3) for number in range(18)]
        await room.add([*old, *flood])
        shadowed = {record.id for record in flood}
        shadowed -= BudgetRule(author=262_144, room=1_048_576).keep([seat_of(record) for record in flood])
        await evictions(room)
        gone = {each.id for each in await room.shells()}
        assert gone
        assert gone <= shadowed
        assert {record.id for record in old} <= {record.id for record in await room.records()}


async def test_deletions_stay() -> None:
    async with peerset.join("lobby", host=MemorySwarm().host(), disk_bytes=DISK_BYTES_MIN) as room:
        deletions = [write(room, number, days_ago=9, kind=KIND_DELETION) for number in range(10)]
        await room.add([*deletions, *(write(room, number, days_ago=3) for number in range(30))])
        await evictions(room)
        members = {record.id for record in await room.members()}
        assert {record.id for record in deletions} <= members


async def test_a_room_within_its_budget_gives_up_nothing_and_one_over_it_says_since_when() -> None:
    async with peerset.join("lobby", host=MemorySwarm().host(), disk_bytes=DISK_BYTES_MIN) as room:
        await room.add([write(room, number, days_ago=3) for number in range(15)])
        assert await evictions(room) == []
        assert (room.moderation.thrift.budget.since, room.moderation.thrift.budget.count) == (None, 0)
        await room.add([write(room, number, days_ago=3) for number in range(15, 30)])
        await evictions(room)
        [disk] = room.health.biting
        assert (disk.name, disk.since, disk.limit) == ("disk", room._driver.now().unix, DISK_BYTES_MIN)
        assert disk.used == await room._store.weight()
        assert disk.count == len(await room.shells())
        assert await room._store.weight() <= DISK_BYTES_MIN - DISK_BYTES_MIN // SHARE


async def test_what_comes_later_and_is_older_goes_as_well() -> None:
    async with peerset.join("lobby", host=MemorySwarm().host(), disk_bytes=DISK_BYTES_MIN) as room:
        await room.add([write(room, number, days_ago=3) for number in range(30)])
        await evictions(room)
        late = [write(room, number, days_ago=20) for number in range(10)]
        await room.add(late)
        await evictions(room)
        assert {record.id for record in late} & {each.id for each in await room.shells()}


@pytest.mark.parametrize("given", [DISK_BYTES_MIN - 1, 0, 1.5, "1G", None, True])
async def test_a_budget_that_cannot_be_meant_is_refused(given: object) -> None:
    with pytest.raises(peerset.ConfigError, match="disk_bytes"):
        async with peerset.join("lobby", host=MemorySwarm().host(), disk_bytes=given):  # type: ignore[arg-type]
            pass


def test_four_gibibytes_are_the_default() -> None:
    assert DISK_BYTES == 4_294_967_296


@pytest.mark.real_time
async def test_who_only_reads_a_store_takes_nothing_from_it(tmp_path: Path) -> None:
    store = tmp_path / "lobby.db"
    async with peerset.join("lobby", host=MemorySwarm().host(), store=store) as room:
        await room.add([write(room, number, days_ago=3) for number in range(30)])
    async with peerset.join("lobby", host=Hermit(), store=store, disk_bytes=DISK_BYTES_MIN) as room:
        assert await evictions(room) == []
        assert len(await room.records()) == 30
