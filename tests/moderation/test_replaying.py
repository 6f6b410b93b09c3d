"""Receipts run again: true, false, or beyond what is at hand."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.receipt import KIND_RECEIPT, Fate, Receipt, hash_group, sign_receipt
from peerset.core.record import Record, sign_record
from peerset.core.rules import Manifest
from peerset.core.signal import RoomTag
from peerset.core.verdict import FAILED, Accept, Reject, Seat, Verdict
from peerset.errors import MalformedError
from peerset.moderation.replaying import Truth, receipts_among, replay
from tests.protocol.pair import ROOM, START, key, make_record
from tests.testing.policies import Newest

# Policies run in a thread, which a jumping clock would not wait for.
pytestmark = pytest.mark.real_time

SIGNER = key(9)
SEVEN = Manifest("seven", 1)


class Seven:
    """Refuse what has a seven in it."""

    name = "seven"
    policy_class = peerset.PolicyClass.ADMISSION
    manifest = SEVEN

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        return [Reject("seven", "a seven", "digit") if "7" in each.content else Accept() for each in records]


class Silent(Seven):
    """Raise, always, though failing open."""

    fails_open = True

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        raise RuntimeError("silent")


class Shy(Seven):
    """Say that it does not work."""

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        return [Reject("seven", "out of order", FAILED)] * len(records)


def sign(receipt: Receipt, *, room_tag: RoomTag = ROOM.tag) -> Record:
    return sign_receipt(SIGNER, receipt, room_tag=room_tag, created_at=START)


def refused(record: Record, rule: str = "digit", *, policy: str = "seven", manifest: bytes = SEVEN.id) -> Record:
    return sign(Receipt(record.id, policy, manifest, Fate.REFUSED, rule))


def shadowed(record: Record, group: Sequence[Record]) -> Record:
    name = hash_group(each.id for each in group)
    return sign(Receipt(record.id, "newest", Newest.manifest.id, Fate.SHADOWED, group=name))


def forge(record: Record) -> Record:
    """Put another signature under *record*."""
    signature = make_record(12_345).signature
    return replace(record, signature=signature, wire=record.wire.replace(record.signature, signature))


async def truth_of(
    *records: Record, policies: Sequence[str | peerset.Policy | peerset.SetRule], aside: Sequence[Record] = ()
) -> tuple[Truth, str]:
    [only] = await replay(records, policies=policies, refused=aside)
    return only.truth, only.why


async def test_a_refusal_that_the_policy_repeats_is_true() -> None:
    bad = make_record(7)
    assert await truth_of(refused(bad), bad, policies=[Seven()]) == (Truth.TRUE, "a seven")
    assert await truth_of(refused(bad), policies=[Seven()], aside=[bad]) == (Truth.TRUE, "a seven")


async def test_a_refusal_of_what_the_policy_accepts_is_false() -> None:
    good = make_record(1)
    [found] = await replay([good, refused(good)], policies=[Seven()])
    assert (found.truth, found.record.author, found.receipt.record_id) == (Truth.FALSE, SIGNER.public_key, good.id)
    assert "nothing against" in found.why


async def test_a_refusal_by_another_rule_is_false() -> None:
    bad = make_record(7)
    truth, why = await truth_of(refused(bad, "letter"), bad, policies=[Seven()])
    assert (truth, "another rule, 'digit'" in why) == (Truth.FALSE, True)


async def test_what_speaks_for_another_policy_or_class_is_false() -> None:
    bad = make_record(7)
    renamed = await truth_of(refused(bad, policy="links"), bad, policies=[Seven()])
    assert renamed == (Truth.FALSE, "the manifest is that of the policy seven")
    displaced = refused(bad, "", policy="newest", manifest=Newest.manifest.id)
    assert (await truth_of(displaced, bad, policies=[Newest()]))[0] is Truth.FALSE


async def test_without_the_policy_or_the_record_nothing_can_be_said() -> None:
    bad, elsewhere = make_record(7), RoomTag(bytes(16))
    other = sign_record(key(1), created_at=START, kind=1078, tags=[["h", elsewhere.hex()]], content="7")
    for records, policies, why in (
        ([refused(bad), bad], [], "no policy with this manifest"),
        ([refused(bad)], [Seven()], "the record is not at hand"),
        ([refused(bad), forge(bad)], [Seven()], "the record is not at hand"),
        ([refused(other), other], [Seven()], "another room"),
    ):
        truth, said = await truth_of(*records, policies=policies)
        assert (truth, why in said) == (Truth.UNKNOWN, True)


@pytest.mark.parametrize("policy", [Silent(), Shy()])
async def test_a_policy_that_does_not_work_calls_nobody_a_liar(policy: peerset.Policy) -> None:
    good = make_record(1)
    assert (await truth_of(refused(good), good, policies=[policy]))[0] is Truth.UNKNOWN


async def test_what_is_said_of_a_view_is_taste() -> None:
    view = peerset.view("seven", version=1)(lambda _: None)
    truth, why = await truth_of(refused(make_record(1)), make_record(1), policies=[view])
    assert (truth, "taste" in why) == (Truth.UNKNOWN, True)


async def test_a_shadowing_is_run_again_over_the_set() -> None:
    old, new = make_record(1, at=START), make_record(2, at=START + 1)
    stranger = make_record(3, author=2, at=START + 2)
    assert await truth_of(shadowed(old, [old, new]), old, new, stranger, policies=[Newest()]) == (
        Truth.TRUE,
        "an older one",
    )
    truth, why = await truth_of(shadowed(new, [old, new]), old, new, policies=[Newest()])
    assert (truth, "keeps this one" in why) == (Truth.FALSE, True)


async def test_a_shadowing_within_other_records_proves_nothing() -> None:
    old, new = make_record(1, at=START), make_record(2, at=START + 1)
    for receipt, records in (
        (shadowed(old, [old, new]), [old]),
        (shadowed(new, [new]), [old, new]),
        (shadowed(old, [old, new]), [old, forge(new)]),
    ):
        assert (await truth_of(receipt, *records, policies=[Newest()]))[0] is Truth.UNKNOWN
    refused_since = await truth_of(shadowed(old, [old]), policies=[Newest()], aside=[old])
    assert refused_since == (Truth.UNKNOWN, "the record is no member here")


async def test_a_shadowing_of_what_the_rule_leaves_alone_is_false() -> None:
    class Aloof(Newest):
        def group(self, record: Record) -> tuple[str, ...] | None:
            return None

    record = make_record(1)
    assert (await truth_of(shadowed(record, [record]), record, policies=[Aloof()]))[0] is Truth.FALSE


async def test_a_set_rule_that_does_not_work_calls_nobody_a_liar() -> None:
    class Broken(Newest):
        def keep(self, group: Sequence[Seat]) -> frozenset[peerset.RecordId]:
            raise ZeroDivisionError

    record = make_record(1)
    assert (await truth_of(shadowed(record, [record]), record, policies=[Broken()]))[0] is Truth.UNKNOWN


async def test_receipts_keep_their_order_and_what_is_none_is_named() -> None:
    good, bad = make_record(1), make_record(7)
    bare = sign_record(SIGNER, created_at=UnixTime(START), kind=KIND_RECEIPT, tags=[], content="{}")
    pile = [refused(good), bare, forge(refused(bad)), bad, refused(bad), good]
    found = await replay(pile, policies=[Seven()])
    assert [(each.record, each.truth) for each in found] == [(pile[0], Truth.FALSE), (pile[4], Truth.TRUE)]
    read = [(record, said) for record, said in receipts_among(pile) if isinstance(said, MalformedError)]
    assert [record for record, _ in read] == [pile[1], pile[2]]
    assert "signature" in str(read[1][1])


async def test_more_receipts_than_are_judged_at_once_are_all_judged() -> None:
    records = [make_record(number) for number in range(300)]
    found = await replay([*records, *map(refused, records)], policies=[Seven()])
    assert [each.truth is Truth.TRUE for each in found] == ["7" in record.content for record in records]


async def test_policies_made_of_names_are_closed_and_given_ones_are_not() -> None:
    class Closing(Seven):
        closed = 0

        def close(self) -> None:
            self.closed += 1

    policy = Closing()
    assert await replay([], policies=[policy]) == []
    assert policy.closed == 0
    with pytest.raises(peerset.ConfigError):
        await replay([], policies=["nonesuch"])
