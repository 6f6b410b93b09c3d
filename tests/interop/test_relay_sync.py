"""nostr-sdk keeps its events in sync with a room, by the negentropy of its relay face (NIP-77)."""

import asyncio
import json

import nostr_sdk as sdk
import pytest

from peerset.core.record import event_of
from tests.faces.conftest import joined, relayed, written

pytestmark = pytest.mark.real_time


class Kept(sdk.NostrDatabase):  # type: ignore[misc]  # it has no types
    """A database of nostr-sdk that keeps events in memory."""

    def __init__(self) -> None:
        self.events: dict[str, sdk.Event] = {}

    def backend(self) -> str:
        return "memory"

    def features(self) -> sdk.NostrDatabaseFeatures:
        return sdk.NostrDatabaseFeatures(
            persistent=False, event_expiration=False, full_text_search=False, request_to_vanish=False
        )

    async def save_event(self, event: sdk.Event) -> sdk.SaveEventStatus | None:
        self.events[event.id().to_hex()] = event
        return sdk.SaveEventStatus.success()

    async def check_id(self, event_id: sdk.EventId) -> sdk.DatabaseEventStatus:
        is_here = event_id.to_hex() in self.events
        return sdk.DatabaseEventStatus.SAVED if is_here else sdk.DatabaseEventStatus.NOT_EXISTENT

    async def event_by_id(self, event_id: sdk.EventId) -> sdk.Event | None:
        return self.events.get(event_id.to_hex())

    async def count(self, filter: sdk.Filter) -> int:
        return len(await self.query(filter))

    async def query(self, filter: sdk.Filter) -> list[sdk.Event]:
        return [event for event in self.events.values() if filter.match_event(event)]


@pytest.mark.interop(client="nostr-sdk", what="its events and those of a room become the same, both ways (NIP-77)")
async def test_nostr_sdk_and_a_room_come_to_have_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    # It calls our database from threads of its own.
    monkeypatch.setattr("nostr_sdk.nostr_sdk._UNIFFI_GLOBAL_EVENT_LOOP", asyncio.get_running_loop())
    async with joined() as room, relayed(room) as url:
        both, ours, theirs = (
            [written(room, f"{who} {number}", at=-number) for number in range(count)]
            for who, count in (("both", 100), ("ours", 60), ("theirs", 20))
        )
        await room.add([*both, *ours])
        kept = Kept()
        for record in [*both, *theirs]:
            await kept.save_event(sdk.Event.from_json(json.dumps(event_of(record))))
        client = sdk.ClientBuilder().database(kept).build()
        await client.add_relay(sdk.RelayUrl.parse(f"{url}/rooms/test/lobby"))
        await client.connect()
        await client.sync(sdk.Filter(), opts=sdk.SyncOptions().direction(sdk.SyncDirection.BOTH))
        await client.shutdown()
        everything = {record.id.hex() for record in (*both, *ours, *theirs)}
        assert set(kept.events) == everything
        assert {record.id.hex() for record in await room.records()} == everything
