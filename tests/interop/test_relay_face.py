"""Clients of Nostr read and write a room at its relay face."""

import asyncio
import json
from typing import Any

import pytest

from peerset.faces.gate import Gate
from tests.faces.conftest import joined, relayed
from tests.interop.browser import HERE
from tests.patience import PATIENT_SECONDS, until

pytestmark = pytest.mark.real_time


@pytest.mark.node
@pytest.mark.interop(client="nostr-tools", what="reads and writes a room at its relay face (NIP-01, 11, 42, 45)")
async def test_nostr_tools_reads_and_writes_a_room() -> None:
    async with joined() as room, relayed(room, gate=Gate(keys=frozenset())) as url:
        command = ["node", str(HERE / "nostr_client.mjs"), f"{url}/rooms/test/lobby", room.name.tag.hex()]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        await until(lambda: room.count == 1 or process.returncode is not None)
        await room.publish("hello from a member", kind=1)
        async with asyncio.timeout(PATIENT_SECONDS):
            said: dict[str, Any] = json.loads((await process.communicate())[0])
        records = await room.records(kinds=1)
    both = ["hello from a member", "hello from nostr-tools"]
    assert sorted(record.content for record in records) == both
    assert said["key"] in {record.author.hex() for record in records}
    assert (said["taken"], said["again"]) == ("", "duplicate: it is here already")
    assert "auth-required: " in said["mustProve"]
    assert "invalid: a record of this room has the tag" in said["refused"]
    assert (said["followed"], said["stored"], said["areValid"], said["count"]) == (both, both, True, 2)
    assert (said["name"], said["notices"]) == ("lobby", [])
    assert {1, 11, 42, 45} <= set(said["nips"])
