"""Revoked: what a key writes after an owner revoked it is hidden."""

import peerset
from peerset.core.clock import UnixTime
from peerset.core.record import KIND_RECORD, sign_record
from peerset.testing.memory import MemorySwarm
from tests.patience import until

MODERATOR, WRITER = (peerset.SecretKey(bytes([number]) * 32) for number in (1, 2))


async def test_what_a_revoked_key_writes_later_is_hidden_and_what_it_wrote_before_is_not() -> None:
    owned = peerset.npub(MODERATOR.public_key)
    policies = [f"writers:owners={owned}", f"revoked:owners={owned}"]
    swarm = MemorySwarm()
    async with peerset.join("lobby", key=MODERATOR, policies=policies, host=swarm.host()) as owner:
        grant = owner.grant(WRITER.public_key)
        async with peerset.join("lobby", key=WRITER, policies=policies, grants=grant, host=swarm.host()) as writer:
            before = await writer.publish("before")
            await until(lambda: owner.count == 1)
            revocation = await owner.revoke(peerset.npub(WRITER.public_key), "it was stolen")
            await until(lambda: writer.count == 2)
            after = await writer.publish("after")
            await until(lambda: owner.count == 3)
            for room in (owner, writer):
                assert [each in await room.records() for each in (before, after)] == [True, False]
            why = await owner.moderation.explain(after.id)
            assert why is not None
            assert why.reason == f"the owner {owned} had revoked its author: it was stolen"
            await owner.delete(revocation)
            await until(lambda: writer.moderation.shadowing(after.id) is None)


async def test_a_new_grant_does_not_end_a_revocation_and_who_lies_dates_back() -> None:
    owned = peerset.npub(MODERATOR.public_key)
    policies = [f"writers:owners={owned}", f"revoked:owners={owned}"]
    swarm = MemorySwarm()
    async with peerset.join("lobby", key=MODERATOR, policies=policies, host=swarm.host()) as owner:
        revocation = await owner.revoke(WRITER.public_key)
        # Granted anew, after it was revoked.
        grant = owner.grant(WRITER.public_key, days=60)
        async with peerset.join("lobby", key=WRITER, policies=policies, grants=grant, host=swarm.host()) as writer:
            await until(lambda: writer.count == 1)
            honest = await writer.publish("after")
            tags = [("h", owner.name.tag.hex()), ("grant", grant)]
            before = UnixTime(revocation.created_at - 60)
            liar = sign_record(WRITER, created_at=before, kind=KIND_RECORD, tags=tags, content="it was before")
            await writer.add(liar)
            await until(lambda: owner.count == 3)
            assert [each in await owner.records() for each in (honest, liar)] == [False, True]
            await owner.delete(revocation)
            await until(lambda: owner.moderation.shadowing(honest.id) is None)
            assert honest in await owner.records()
