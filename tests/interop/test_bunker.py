"""Other programs have records signed by our bunker (NIP-46)."""

import asyncio
import json
import time
from datetime import timedelta
from typing import Final

import nostr_sdk as sdk
import pytest

from peerset.bunker.clients import Permission
from peerset.core.nip46 import parse_client_address
from peerset.core.record import record_of
from peerset.core.signal import RoomName
from tests.bunker.conftest import KEY, serving
from tests.interop.browser import HERE
from tests.patience import PATIENT_SECONDS
from tests.signaling.relays import nostr_relay

pytestmark = pytest.mark.real_time

LOBBY: Final = RoomName("peerset", "lobby").tag
SOME: Final = Permission(frozenset([1078]), frozenset([LOBBY]))


@pytest.mark.node
@pytest.mark.interop(client="nostr-tools", what="has signed by our signer what it may (NIP-46)")
async def test_nostr_tools_has_signed_what_it_may() -> None:
    async with nostr_relay("nostr-sdk") as url, serving(url, permission=SOME) as served:
        command = ["node", str(HERE / "nostr_bunker.mjs"), str(served.address), LOBBY.hex()]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        async with asyncio.timeout(PATIENT_SECONDS):
            out, _ = await process.communicate()
    said = json.loads(out)
    record = record_of(said["event"])
    assert (said["key"], said["isValid"]) == (KEY.public_key.hex(), True)
    assert (record.author, record.content, record.has_valid_signature()) == (KEY.public_key, '"hello"\n', True)
    assert said["refused"] == "no events of kind 1 are signed for this client"


@pytest.mark.node
@pytest.mark.interop(client="nostr-tools", what="waits for our signer, and has signed by it what it may (NIP-46)")
async def test_nostr_tools_waits_for_our_signer_and_has_signed_what_it_may() -> None:
    async with nostr_relay("nostr-sdk") as url:
        command = ["node", str(HERE / "nostr_connect.mjs"), url, LOBBY.hex()]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        async with asyncio.timeout(PATIENT_SECONDS):
            invited_by = parse_client_address(json.loads(await process.stdout.readline())["invitation"])
            async with serving(permission=SOME, invited_by=invited_by):
                said = json.loads((await process.communicate())[0])
    record = record_of(said["event"])
    assert (said["key"], said["isValid"]) == (KEY.public_key.hex(), True)
    assert (record.author, record.content, record.has_valid_signature()) == (KEY.public_key, '"hello"\n', True)
    assert said["refused"] == "no events of kind 1 are signed for this client"


@pytest.mark.interop(client="nostr-sdk", what="has signed by our signer what it may (NIP-46)")
async def test_nostr_sdk_has_signed_what_it_may() -> None:
    async with nostr_relay("nostr-sdk") as url, serving(url, permission=SOME) as served:
        address = sdk.NostrConnectUri.parse(str(served.address))
        client = sdk.NostrConnect(address, sdk.Keys.generate(), timedelta(seconds=PATIENT_SECONDS), None)
        key = await client.get_public_key_async()
        assert key is not None
        assert key.to_hex() == KEY.public_key.hex()
        tags = [sdk.Tag.parse(["h", LOBBY.hex()])]
        event = await client.sign_event_async(unsigned(key, 1078, tags))
        assert event is not None
        record = record_of(json.loads(event.as_json()))
        assert (record.author, record.has_valid_signature()) == (KEY.public_key, True)
        with pytest.raises(Exception, match="no events of kind 1 "):
            await client.sign_event_async(unsigned(key, 1, tags))


def unsigned(key: sdk.PublicKey, kind: int, tags: list[sdk.Tag]) -> sdk.UnsignedEvent:
    at = sdk.Timestamp.from_secs(int(time.time()))
    return sdk.EventBuilder(sdk.Kind(kind), "hello").tags(tags).custom_created_at(at).finalize_unsigned(key)
