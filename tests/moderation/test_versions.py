"""The set rule that every room has: of a keyed record the newest version is seen."""

import json
import random
from itertools import permutations
from pathlib import Path
from typing import Final

import pytest

from peerset.core.clock import UnixTime
from peerset.core.deletion import outline_of
from peerset.core.lens import Lens
from peerset.core.record import Record, RecordId, record_of, sign_record
from peerset.core.seal import Seal, Seals, Secret
from peerset.core.signal import RoomTag
from peerset.core.verdict import Seat
from peerset.moderation.versions import Versions
from tests.protocol.pair import START, key, make_record

SEAL: Final = json.loads((Path(__file__).parents[1] / "vectors" / "seal.json").read_text("utf-8"))


def version(at: int, us: int = 0, *, name: str = "profile", author: int = 1, text: str = "") -> Record:
    tags = [["d", name], *([["us", str(us)]] if us else [])]
    return sign_record(key(author), created_at=UnixTime(START + at), kind=30_078, tags=tags, content=text)


def superseded(versions: Versions, *records: Record) -> list[bool]:
    return [versions.is_superseded(record.id) for record in records]


def test_the_newest_by_the_microsecond_replaces_the_others_whatever_came_first() -> None:
    records = [version(0), version(0, 5), version(0, 40), version(-1, 999_999)]
    for order in permutations(records):
        versions = Versions(map(outline_of, order))
        assert superseded(versions, *records) == [True, True, False, True]


def test_of_equal_stamps_the_lowest_id_is_current() -> None:
    records = sorted((version(0, 7, text=str(number)) for number in range(5)), key=lambda record: record.id)
    for order in (records, records[::-1]):
        versions = Versions(map(outline_of, order))
        assert superseded(versions, *records) == [False, True, True, True, True]


def test_authors_keys_and_plain_records_are_apart() -> None:
    records = [version(0), version(1, name="other"), version(2, author=2), make_record(1)]
    versions = Versions(map(outline_of, records))
    assert superseded(versions, *records) == [False] * 4
    assert records[0].id in versions
    assert records[3].id not in versions


def test_the_version_before_is_current_again_when_the_newest_goes() -> None:
    old, new = version(0), version(1)
    versions = Versions(map(outline_of, (old, new)))
    assert versions.versions_beside(old.id) == {old.id, new.id}
    versions.remove(new.id)
    versions.remove(new.id)
    assert superseded(versions, old, new) == [False, False]
    versions.remove(old.id)
    assert versions.versions_beside(old.id) == frozenset()


def test_what_grew_old_goes() -> None:
    records = [version(at) for at in range(4)]
    versions = Versions(map(outline_of, records))
    versions.remove_before(START + 2)
    assert versions.versions_beside(records[3].id) == {records[2].id, records[3].id}
    versions.remove_before(START + 9)
    assert records[3].id not in versions


@pytest.mark.parametrize("seed", range(8))
def test_any_history_that_ends_in_one_set_shows_what_the_rule_keeps(seed: int) -> None:
    rng = random.Random(seed)
    records = [version(rng.randint(0, 3), rng.randint(0, 2), text=str(number)) for number in range(12)]
    gone = records[:4]
    versions = Versions()
    for record in rng.sample(records, len(records)):
        versions.add(outline_of(record))
        versions.add(outline_of(record))
    for record in rng.sample(gone, len(gone)):
        versions.remove(record.id)
    left = records[4:]
    seats = [Seat(each.created_at, outline_of(each).microseconds, each.id) for each in left]
    assert {each.id for each in left if not versions.is_superseded(each.id)} == versions.keep(seats)
    assert len({versions.group(record) for record in records}) == 1
    assert versions.current(rng.sample(left, len(left))) == [each for each in left if each.id in versions.keep(seats)]


def test_a_rule_that_nothing_concerns_keeps_nothing() -> None:
    assert Versions().group(make_record(1)) is None
    assert Versions().keep([]) == frozenset()


@pytest.mark.parametrize(("whose", "secrets"), [("both", [0, 1]), ("older", [1])])
def test_whoever_has_several_secrets_sees_one_version_of_a_key_whichever_sealed_it(
    whose: str, secrets: list[int]
) -> None:
    case = SEAL["epochs"]
    room = RoomTag(bytes.fromhex(SEAL["room"]))
    lens = Lens(Seals([Seal(Secret(bytes.fromhex(case["secrets"][place])), room) for place in secrets]))
    envelopes = [record_of(event) for event in case["events"]]
    opened = [lens.open(each) for each in envelopes]
    known = [
        Versions(kin=lens.addresses),
        Versions(map(outline_of, envelopes), kin=lens.addresses),
        Versions(map(outline_of, envelopes[::2]), kin=lens.addresses),
    ]
    for versions in known:
        assert [each.id.hex() for each in versions.current(opened)] == case[whose]
    met = known[1]
    assert [each.id.hex() for each in opened if not met.is_superseded(each.id)] == case[whose]
    for record_id in case[whose]:
        for beside in met.versions_beside(RecordId(bytes.fromhex(record_id))):
            assert met.is_superseded(beside) == (beside.hex() != record_id)
    for each in opened:
        met.remove(each.id)
    assert met.current(opened) == Versions(kin=lens.addresses).current(opened)


def test_of_versions_that_have_not_met_each_is_current_under_its_own_address_and_they_meet_as_they_come() -> None:
    case = SEAL["epochs"]
    room = RoomTag(bytes.fromhex(SEAL["room"]))
    lens = Lens(Seals([Seal(Secret(bytes.fromhex(secret)), room) for secret in case["secrets"]]))
    old, new, between = (lens.open(record_of(event)) for event in case["events"][:3])
    versions = Versions(map(outline_of, (old, new)), kin=lens.addresses)
    assert superseded(versions, old, new) == [False, False]
    versions.meet([new])
    assert superseded(versions, old, new) == [True, False]
    versions.add(outline_of(between))
    versions.meet([between])
    assert superseded(versions, old, new, between) == [True, False, True]
    versions.remove(new.id)
    assert superseded(versions, old, between) == [True, False]
    versions.remove_before(between.created_at)
    assert versions.versions_beside(between.id) == {between.id}
