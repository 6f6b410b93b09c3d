"""Who signs in a room."""

import random
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import peerset
from peerset.core.key_signer import KeySigner
from peerset.core.keys import SecretKey
from peerset.core.nip46 import BunkerAddress
from peerset.errors import ConfigError, SignalingError
from peerset.room.arguments import Signer
from peerset.room.authors import remote_signer, take_author
from peerset.testing.memory import MemorySwarm
from tests.bunker.conftest import CLIENT, KEY, serving
from tests.signaling.relays import nostr_relay

OTHER = SecretKey.generate(random.Random(9))


async def test_a_key_proves_sessions_and_signs_and_without_one_a_fresh_one_does() -> None:
    host = MemorySwarm().host()
    async with AsyncExitStack() as stack:
        own = await take_author(Signer(KEY), host, stack)
        fresh = [await take_author(None, host, stack) for _ in range(2)]
    assert (own.session, own.signer.public_key) == (KEY, KEY.public_key)
    assert len({each.session.secret for each in [own, *fresh]}) == 3
    assert all(each.session.public_key == each.signer.public_key for each in fresh)


async def test_a_signer_signs_and_a_fresh_key_proves_sessions_in_parts_of_the_room_too() -> None:
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", key=KeySigner(KEY), receipts=True, host=swarm.host()) as room,
        peerset.join("lobby", key=OTHER, host=swarm.host()) as other,
    ):
        await room.synced()
        [neighbour] = [peer.key for peer in other.peers]
        record = await room.publish("hello")
        async with room.sub("photos") as part:
            assert (part.key, (await part.publish("a photo")).author) == (KEY.public_key, KEY.public_key)
        assert (room.key, record.author) == (KEY.public_key, KEY.public_key)
        assert neighbour not in (None, KEY.public_key)
        for ours in (KEY.public_key, neighbour):
            with pytest.raises(ConfigError, match="our own key"):
                await room.moderation.ban(ours, seconds=60)
        notes = room.collection("notes")
        batch = room.batch()
        batch.add(notes, {"text": "one"})
        batch.add(notes, {"text": "two"})
        await batch.commit(atomic=True)
        await room.delete(record)
        assert {doc.author for doc in (await notes.find()).docs} == {KEY.public_key}


@pytest.mark.real_time
async def test_a_signer_that_cannot_be_reached_leaves_no_store_behind(tmp_path: Path) -> None:
    store = tmp_path / "room.db"
    async with nostr_relay("nostr-sdk") as url:
        address = str(BunkerAddress(KEY.public_key, (url,), "guess"))
        with pytest.raises(SignalingError, match="did not answer"):
            async with remote_signer(address, key=CLIENT, timeout=0.3):
                pass
        with pytest.raises(ConfigError, match="1 to 8 relays"):
            async with peerset.join("lobby", key=f"bunker://{KEY.public_key.hex()}", store=store, signaling=[]):
                pass
        async with serving(url):
            with pytest.raises(ConfigError, match="the secret is wrong"):
                async with remote_signer(address, key=CLIENT), peerset.join("lobby", store=store, signaling=[]):
                    pass
    assert not store.exists()
