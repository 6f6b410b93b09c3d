"""Who writes on for a key that is given up."""

from pathlib import Path

import pytest

import peerset
from peerset.testing.memory import MemorySwarm
from tests.patience import until

OLD, HEIR, THIRD, OTHER = (peerset.SecretKey(bytes([number]) * 32) for number in (1, 2, 3, 4))


async def test_an_heir_writes_on_in_the_registers_of_the_old_key_and_everybody_sees_one_author() -> None:
    swarm = MemorySwarm()
    tokens = [peerset.name_heir(HEIR, THIRD.public_key), peerset.name_heir(OLD, peerset.npub(HEIR.public_key))]
    async with peerset.join("lobby", key=OTHER, host=swarm.host()) as other:
        theirs = other.collection("diary", on_behalf=True)
        async with peerset.join("lobby", key=OLD, host=swarm.host()) as room:
            await room.collection("diary", on_behalf=True).put("monday", 1)
            await until(lambda: other.count == 1)
        async with peerset.join("lobby", key=THIRD, host=swarm.host(), grants=tokens) as room:
            await until(lambda: room.count == 1)
            diary = room.collection("diary", on_behalf=True)
            # Read as our own, for it is.
            doc = await diary.update("monday", lambda _: 2)
            assert (doc.author, doc.signer, doc.value) == (OLD.public_key, THIRD.public_key, 2)
            assert [version.signer for version in await diary.history("monday")] == [THIRD.public_key, OLD.public_key]
            plain = await room.collection("plain").put("monday", 1)
            assert (plain.author, plain.record.tag_value("heir")) == (THIRD.public_key, None)
            await until(lambda: other.count == 3)
        assert [each.value for each in await theirs.find({"author": OLD.public_key})] == [2]
        assert await theirs.count(author=THIRD.public_key) == 0


async def test_two_heirs_of_one_key_speak_for_it_and_who_signed_is_told() -> None:
    swarm = MemorySwarm()
    async with peerset.join("lobby", key=OTHER, host=swarm.host()) as other:
        for heir in (HEIR, THIRD):
            text = peerset.name_heir(OLD, heir)
            async with peerset.join("lobby", key=heir, host=swarm.host(), grants=[text]) as room:
                await room.collection("diary", on_behalf=True).add("note")
                await room.synced()
        await until(lambda: other.count == 2)
        found = (await other.collection("diary", on_behalf=True).find({"author": OLD.public_key})).docs
        assert {doc.signer for doc in found} == {HEIR.public_key, THIRD.public_key}
        await other.moderation.mute(THIRD.public_key)
        found = (await other.collection("diary", on_behalf=True).find({"author": OLD.public_key})).docs
        assert {doc.signer for doc in found} == {HEIR.public_key}


async def test_who_is_no_heir_is_told_before_anything_is_made(tmp_path: Path) -> None:
    token = peerset.name_heir(OLD, HEIR.public_key)
    forged = token[:-8] + ("A" * 8 if not token.endswith("A" * 8) else "B" * 8)
    for text, says in (
        (token, "names npub1.* as its heir, but you write as"),
        (forged, "did not sign"),
        ("heir1", "187"),
    ):
        with pytest.raises(peerset.ConfigError, match=says):
            async with peerset.join("lobby", key=OTHER, store=tmp_path / "a.db", grants=[text], signaling=[]):
                pass
    assert not any(tmp_path.iterdir())
    for key, heir in ((OLD, OLD.public_key), (OLD, "nobody"), (str(tmp_path / "no.key"), HEIR.public_key), (7, HEIR)):
        with pytest.raises(peerset.ConfigError):
            peerset.name_heir(key, heir)  # type: ignore[arg-type]
    assert not any(tmp_path.iterdir())
