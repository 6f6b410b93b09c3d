"""Revoked: what a key writes after an owner revoked it is hidden."""

import peerset
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
