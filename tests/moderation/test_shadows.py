"""What set rules hide: a function of the member set, whatever came first."""

import random
from collections.abc import Sequence

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.record import KIND_DELETION, Record, sign_record
from peerset.core.verdict import Reject, Seat
from peerset.moderation.shadows import Shadowing, Shadows
from peerset.testing.memory import MemorySwarm
from tests.protocol.pair import START, key, make_record


class NewestOf:
    """The newest *count* records of each author are seen."""

    name = "newest-of"
    policy_class = peerset.PolicyClass.SET_RULE
    manifest = peerset.Manifest("newest-of", 1)
    reason = "newer records of its author take its place"

    def __init__(self, count: int) -> None:
        self.count = count

    def group(self, record: Record) -> tuple[str, ...] | None:
        is_outside = record.content == "record 0" or record.kind == KIND_DELETION
        return None if is_outside else (record.author.hex(),)

    def keep(self, group: Sequence[Seat]) -> frozenset[peerset.RecordId]:
        return frozenset(seat.id for seat in sorted(group)[-self.count :])


def visible(shadows: Shadows, records: list[Record]) -> set[bytes]:
    return {record.id for record in records if shadows.shadowing(record.id) is None}


def test_the_rule_that_shadows_is_named_with_its_reason() -> None:
    shadows = Shadows([NewestOf(1)])
    old, new = make_record(1, at=START - 5), make_record(2)
    shadows.add([new, old])
    assert shadows.shadowing(old.id) == Reject("newest-of", "newer records of its author take its place")
    assert shadows.shadowing(new.id) is None


def test_the_group_in_which_a_record_is_shadowed_is_known_and_who_is_shadowed_beside_another() -> None:
    rule = NewestOf(1)
    shadows = Shadows([rule])
    old, new, apart = make_record(1, at=START - 5), make_record(2), make_record(3, author=2)
    shadows.add([new, old, apart, make_record(0)])
    assert shadows.examine(old.id) == Shadowing(rule, frozenset([old.id, new.id]), rule.reason)
    assert (shadows.examine(new.id), shadows.examine(make_record(9).id)) == (None, None)
    assert shadows.group_of(new.id) == {old.id, new.id}
    assert shadows.group_of(make_record(0).id) == frozenset()
    assert list(shadows.shadowed_beside([new.id, old.id, apart.id, make_record(9).id])) == [old.id]


def test_a_member_that_goes_gives_its_place_back() -> None:
    shadows = Shadows([NewestOf(1)])
    old, new = make_record(1, at=START - 5), make_record(2)
    shadows.add([old, new])
    shadows.remove(new.id)
    assert shadows.shadowing(old.id) is None
    shadows.remove(old.id)
    assert shadows.shadowing(old.id) is None


def test_what_does_not_concern_a_rule_is_seen() -> None:
    shadows = Shadows([NewestOf(1)])
    apart = make_record(0, at=START - 9)
    shadows.add([apart, make_record(1), make_record(2)])
    assert shadows.shadowing(apart.id) is None


def test_what_grew_old_leaves_its_groups() -> None:
    shadows = Shadows([NewestOf(2)])
    records = [make_record(number, at=START + number) for number in range(1, 6)]
    shadows.add(records)
    shadows.remove_before(START + 4)
    shadows.add([make_record(9, at=START)])
    assert shadows.shadowing(make_record(9, at=START).id) is not None
    assert visible(shadows, records[3:]) == {record.id for record in records[3:]}


@pytest.mark.parametrize("seed", range(8))
def test_any_history_that_ends_in_one_set_shows_the_same(seed: int) -> None:
    records = [make_record(number, at=START - number % 3, author=1 + number % 2) for number in range(1, 15)]
    gone = records[:4]
    rng = random.Random(seed)
    plain = Shadows([NewestOf(3), NewestOf(2)])
    plain.add(records[4:])
    shuffled = Shadows([NewestOf(3), NewestOf(2)])
    for record in rng.sample(records, len(records)):
        shuffled.add([record])
        assert shuffled.shadowing(record.id) in (None, Reject("newest-of", NewestOf.reason))
    for record in rng.sample(gone, len(gone)):
        shuffled.remove(record.id)
    assert visible(shuffled, records[4:]) == visible(plain, records[4:])


def test_a_rule_that_breaks_is_named_and_hides_nothing() -> None:
    class Broken(NewestOf):
        def group(self, record: Record) -> tuple[str, ...] | None:
            if record.content == "record 1":
                raise KeyError("no group")
            return ("all",)

        def keep(self, group: Sequence[Seat]) -> frozenset[peerset.RecordId]:
            raise ZeroDivisionError

    shadows = Shadows([Broken(1)])
    records = [make_record(number) for number in range(1, 4)]
    shadows.add(records)
    assert visible(shadows, records) == {record.id for record in records}
    assert shadows.complaints == {"newest-of": "raised ZeroDivisionError: "}


def test_without_rules_nothing_is_kept_in_mind() -> None:
    assert Shadows([]).is_empty
    assert not Shadows([NewestOf(1)]).is_empty


async def test_a_shadowed_record_stays_a_member_everywhere_and_is_hidden_everywhere() -> None:
    swarm, key = MemorySwarm(), peerset.SecretKey(bytes(31) + b"\5")
    rules = [NewestOf(2)]
    async with (
        peerset.join("lobby", key=key, host=swarm.host(), policies=rules) as one,
        peerset.join("lobby", host=swarm.host(), policies=rules) as two,
    ):
        written = [await one.publish(f"text {number}") for number in range(5)]
        await two.synced(timeout=60)
        shown = [[record.id for record in await room.records()] for room in (one, two)]
        assert shown[0] == shown[1]
        assert len(shown[0]) == 2
        assert one.root == two.root
        assert two.count == 5
        hidden = next(record for record in written if record.id not in shown[0])
        assert two.moderation.shadowing(hidden.id) == one.moderation.shadowing(hidden.id) != None  # noqa: E711 - a chain
        assert await two.get(hidden.id) == hidden
        await one.delete(shown[0][0])
        assert len(await one.records(kinds=[1078])) == 2


def test_every_room_shadows_versions_that_newer_ones_replaced_and_receipts_leave_them_alone() -> None:
    shadows = Shadows([])
    tags = [["d", "profile"]]
    old, new = (
        sign_record(key(1), created_at=UnixTime(START + at), kind=30_078, tags=tags, content="") for at in (0, 1)
    )
    shadows.add([old, new])
    assert shadows.shadowing(old.id) == Reject("versions", "a newer version took its place")
    assert shadows.superseding(old) == Shadowing(shadows.versions, frozenset([old.id, new.id]), shadows.versions.reason)
    assert (shadows.shadowing(new.id), shadows.superseding(new)) == (None, None)
    assert (shadows.examine(old.id), shadows.group_of(old.id), list(shadows.shadowed_beside([old.id]))) == (
        None,
        frozenset(),
        [],
    )
    shadows.purge(new.id)
    assert shadows.shadowing(old.id) is not None, "what is purged still replaces what came before"
    shadows.remove(new.id)
    assert shadows.shadowing(old.id) is None
    shadows.remove_before(START + 1)
    assert old.id not in shadows.versions
