"""Budget: so much of one author, and of all, stays visible of a UTC day, in whatever order it came."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

import peerset
from peerset import ConfigError, PolicyClass, PublicKey, RecordId, Seat
from peerset.core.clock import UnixTime
from peerset.core.record import Record, sign_record
from peerset.core.signal import RoomName
from peerset.core.verdict import seat_of
from peerset.testing.memory import MemorySwarm
from peerset_moderation.budget import BYTES_MIN, BudgetRule
from tests.peerset_moderation.records import START, fill, key, make_record
from tests.vectors.make_budgets import FILE, make

CASES = json.loads(Path(FILE).read_text("utf-8"))["cases"]


def seat(number: int, *, author: int = 1, size: int = 10_000, names: int = 0) -> Seat:
    return Seat(
        START, 0, RecordId(bytes([number]) * 32), author=PublicKey(bytes([author]) * 32), size=size, names=names
    )


def kept(rule: BudgetRule, seats: list[Seat]) -> list[int]:
    return sorted(record_id[0] for record_id in rule.keep(seats))


def test_the_vectors_are_as_written() -> None:
    assert FILE.read_text("utf-8") == make()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["parameters"])
def test_it_keeps_what_every_language_keeps_in_any_order(case: dict[str, Any]) -> None:
    rule = BudgetRule(**case["figures"])
    assert (rule.manifest.parameters, rule.manifest.id.hex()) == (case["parameters"], case["manifest"])
    seats = [
        Seat(
            each["created_at"],
            each["microseconds"],
            RecordId(bytes.fromhex(each["id"])),
            None if each["address"] is None else bytes.fromhex(each["address"]),
            author=PublicKey(bytes.fromhex(each["author"])),
            size=each["size"],
            names=each["names"],
        )
        for each in case["seats"]
    ]
    for order in (seats, seats[::-1], random.Random(1).sample(seats, len(seats))):
        assert sorted(record_id.hex() for record_id in rule.keep(order)) == case["kept"]


def test_it_is_a_set_rule_with_a_reason() -> None:
    rule = BudgetRule.parse("")
    assert rule.policy_class is PolicyClass.SET_RULE
    assert rule.reason == "its author, or all together, wrote more on that day than this room shows"
    assert rule.manifest == BudgetRule.parse("author=4194304,room=268435456,deletions=1000").manifest


def test_of_an_author_the_lowest_ids_stay() -> None:
    rule = BudgetRule(author=BYTES_MIN, room=10 * BYTES_MIN)
    assert kept(rule, [seat(number) for number in range(9, 0, -1)]) == [1, 2, 3, 4, 5, 6]


def test_who_writes_too_much_takes_nothing_from_others_but_what_it_may_write() -> None:
    rule = BudgetRule(author=BYTES_MIN, room=2 * BYTES_MIN)
    flood = [seat(number, author=1) for number in range(50)]
    honest = [seat(number, author=2) for number in range(100, 106)]
    assert kept(rule, [*honest, *flood]) == [*range(6), *range(100, 106)]


def test_of_the_room_the_lowest_ids_stay() -> None:
    rule = BudgetRule(author=BYTES_MIN, room=BYTES_MIN)
    assert kept(rule, [seat(number, author=number) for number in range(1, 10)]) == [1, 2, 3, 4, 5, 6]


def test_so_many_deletions_stay_and_records_beside_them() -> None:
    rule = BudgetRule(deletions=100)
    seats = [seat(number, names=40) for number in range(1, 6)] + [seat(9)]
    assert kept(rule, seats) == [1, 2, 9]


def test_versions_of_one_register_count_as_the_newest() -> None:
    rule = BudgetRule(author=BYTES_MIN)
    versions = [make_record(fill(str(n), 60_000), kind=30_078, tags=[("d", "one")], at=START + n) for n in range(5)]
    assert rule.keep([seat_of(each) for each in versions]) == {each.id for each in versions}


def test_a_day_is_utc() -> None:
    rule = BudgetRule()
    midnight = START // 86_400 * 86_400
    groups = [rule.group(make_record(at=at)) for at in (midnight - 1, midnight, midnight + 86_399, midnight + 86_400)]
    assert [groups[1] == each for each in groups] == [False, True, True, False]


@pytest.mark.parametrize(
    "parameters", ["author=1", "author=x", "room=65535", "deletions=63", "author=65537,room=65536", "size=5", "5"]
)
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="budget"):
        BudgetRule.parse(parameters)


async def test_a_day_over_its_budget_looks_alike_in_every_order_of_arrival() -> None:
    policies = "budget:author=65536,room=131072"
    seen: list[set[RecordId]] = []
    for number in range(3):
        async with peerset.join("lobby", host=MemorySwarm().host(), policies=policies) as room:
            now = room._driver.now().unix
            records = [_write(now, each) for each in range(40)]
            await asyncio.gather(room.add(random.Random(number).sample(records, len(records))))
            seen.append({record.id for record in await room.records()})
            assert room.count == 40
            hidden = next(record.id for record in records if record.id not in seen[-1])
            explained = await room.moderation.explain(hidden)
            assert explained is not None
            assert explained.policy == "budget"
    assert seen[0] == seen[1] == seen[2]
    assert 0 < len(seen[0]) < 40


def _write(now: int, number: int) -> Record:
    day = UnixTime(now // 86_400 * 86_400)
    tags = [["h", RoomName("peerset", "lobby").tag.hex()]]
    return sign_record(key(1 + number % 4), created_at=day, kind=1078, tags=tags, content=fill(f"{number} ", 9_000))
