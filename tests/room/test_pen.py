"""Who signs, openly or sealed."""

from peerset.core.envelope import OpenedRecord
from peerset.core.key_signer import KeySigner
from peerset.core.record import KIND_DELETION, KIND_KEYED, KIND_RECORD, Record
from peerset.core.seal import make_seals, new_seal
from peerset.room.pen import Pen
from tests.protocol.pair import ROOM, START, key

SEALS = make_seals([new_seal(), new_seal()], ROOM.tag)
H = ("h", ROOM.tag.hex())


async def signed(pen: Pen, kind: int, *tags: tuple[str, ...]) -> Record:
    return await pen.sign(created_at=START, kind=kind, tags=(H, *tags), content="said")


async def test_without_a_seal_it_signs_what_everybody_reads() -> None:
    pen = Pen(KeySigner(key(1)))
    record = await signed(pen, KIND_RECORD, ("t", "x"))
    assert record.envelope is record
    assert (record.tags, record.author, pen.keys("places/a")) == ((H, ("t", "x")), key(1).public_key, ["places/a"])


async def test_with_a_seal_it_seals_each_time_with_another_nonce() -> None:
    pen = Pen(KeySigner(key(1)), SEALS)
    one, two = [await signed(pen, KIND_RECORD) for _ in range(2)]
    assert isinstance(one, OpenedRecord)
    assert (one.content, one.author) == ("said", pen.public_key)
    assert one.envelope.content != two.envelope.content
    assert one.envelope.tag_value("sealed") == SEALS.newest.id.hex()


async def test_a_deletion_names_addresses_as_they_stand_under_each_secret() -> None:
    pen, author = Pen(KeySigner(key(1)), SEALS), key(1).public_key.hex()
    tags = [("a", f"{KIND_KEYED}:{author}:places/a", "hint"), ("a", f"10000:{author}:"), ("a",), ("a", "what")]
    assert pen.keys("places/a") == [seal.hidden("d", "places/a") for seal in SEALS.by_id.values()]
    assert (await signed(pen, KIND_DELETION, *tags)).tags == (
        H,
        *(("a", f"{KIND_KEYED}:{author}:{each}", "hint") for each in pen.keys("places/a")),
        *tags[1:],
    )
    assert (await signed(pen, KIND_RECORD, tags[0])).tags == (H, tags[0])
    assert pen.keys("") == [""]
