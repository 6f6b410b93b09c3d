"""What one client of a relay face may do, and what becomes of one that floods or talks nonsense."""

import asyncio
import json
import time
from typing import Any

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import event_of, sign_record
from peerset.faces.gate import Gate
from peerset.faces.limits import FaceLimits
from peerset.faces.tally import FaceTally
from peerset.testing.memory import MemorySwarm
from tests.faces.conftest import KEY, OTHER, TOKEN, events_of, joined, relayed, talking, written
from tests.patience import until

pytestmark = pytest.mark.real_time


def proof(challenge: str, url: str, *, key: SecretKey = OTHER, at: int = 0, kind: int = 22_242) -> dict[str, Any]:
    tags = [["relay", url], ["challenge", challenge]]
    return event_of(sign_record(key, created_at=UnixTime(int(time.time()) + at), kind=kind, tags=tags, content=""))


async def test_records_are_written_read_and_followed() -> None:
    async with joined() as room, relayed(room) as url, talking(url) as writer, talking(url) as reader:
        old = await room.publish("old", collection="notes")
        assert await reader.stored("all", {}) == events_of(old)
        record = written(room, 'Grüß dich\n"', kind=1078, at=2, tags=(["c", "notes"],))
        [event] = events_of(record)
        assert await writer.ask("EVENT", event) == ["OK", event["id"], True, ""]
        assert await room.get(record.id) == record
        assert await reader.hear() == ["EVENT", "all", event]
        assert await writer.ask("EVENT", event) == ["OK", event["id"], True, "duplicate: it is here already"]
        assert await writer.stored("one", {"authors": [event["pubkey"]], "#c": ["notes"]}) == [event]
        assert await writer.stored("newest", {"limit": 1}, {"ids": [old.id.hex()]}) == [event, *events_of(old)]
        for name in ("one", "newest"):
            await writer.say("CLOSE", name)
        # What members write comes as well, and what is closed does not.
        await reader.say("CLOSE", "all")
        assert await reader.stored("new", {"limit": 0}) == []
        new = await room.publish("new")
        assert await reader.hear() == ["EVENT", "new", *events_of(new)]
        assert await reader.ask("COUNT", "how many", {"kinds": [1078]}) == ["COUNT", "how many", {"count": 3}]
        assert await reader.stored("found", {"search": "gruss language:de DICH"}) == []
        assert await reader.stored("found", {"search": "grüss DI* language:de"}) == [event]
        for name in ("found", "new"):
            await reader.say("CLOSE", name)
        # Its author takes it back.
        gone = written(room, "", kind=5, at=3, tags=(["e", event["id"]],))
        assert (await writer.ask("EVENT", *events_of(gone)))[:3] == ["OK", gone.id.hex(), True]
        assert await reader.stored("found", {"search": "grüss"}) == []
        told = await writer.ask("EVENT", event)
        assert told[2] is False
        assert told[3].startswith("blocked: ")


async def test_what_the_room_refuses_is_answered_by_the_words_of_nostr() -> None:
    tally = FaceTally()
    async with (
        joined(policies=["links:allow=good.example", "work:bits=40"]) as room,
        relayed(room, tally=tally) as url,
        talking(url) as talk,
    ):
        async with joined("elsewhere") as elsewhere:
            [stray] = events_of(written(elsewhere, "hello"))
        [good] = events_of(written(room, "hello"))
        changed = {**good, "content": "changed"}
        forged = {**good, "sig": "00" * 64}
        old, ahead = (events_of(written(room, "hello", at=days * 86_400))[0] for days in (-400, 400))
        [proven] = events_of(written(room, "", kind=22_242))
        spam, idle = events_of(written(room, "https://spam.example"), written(room, "no work"))
        for event, word in [
            (stray, "invalid: a record of this room has the tag"),
            (changed, "invalid: the event claims the id"),
            (forged, "invalid: "),
            (old, "invalid: "),
            (ahead, "invalid: "),
            (proven, "invalid: what proves a key is no record"),
            ({**good, "tags": [[]]}, "invalid: "),
            (spam, "blocked: "),
            (idle, "pow: "),
        ]:
            told = await talk.ask("EVENT", event)
            assert told[:3] == ["OK", event["id"], False]
            assert told[3].startswith(word), told
        assert tally.refused == {"invalid": 7, "blocked": 1, "pow": 1}
        assert room.count == 0


async def test_an_event_that_is_not_due_is_kept_until_it_is() -> None:
    async with joined() as room, relayed(room) as url, talking(url) as talk:
        [event] = events_of(written(room, "soon", at=1_000))
        told = await talk.ask("EVENT", event)
        assert told[:3] == ["OK", event["id"], True]
        assert "kept until then" in told[3]
        assert await talk.stored("all", {}) == []


async def test_a_sealed_room_shows_envelopes_and_takes_nothing_else() -> None:
    async with joined(seal="correct horse battery") as room, relayed(room) as url, talking(url) as talk:
        record = await room.publish("secret", collection="notes")
        [shown] = await talk.stored("all", {})
        assert shown == events_of(record.envelope)[0]
        assert "secret" not in json.dumps(shown)
        assert await talk.stored("by name", {"#c": ["notes"]}) == []
        [event] = events_of(written(room, "open"))
        assert await talk.ask("EVENT", event) == [
            "OK",
            event["id"],
            False,
            "blocked: the room is sealed, and this is not",
        ]


async def test_requests_beyond_what_one_may_have_are_refused_and_the_others_go_on() -> None:
    limits = FaceLimits(subscriptions=2, filters=2, filter_values=3, records=2, records_by_default=1)
    tally = FaceTally()
    async with joined() as room, relayed(room, limits=limits, tally=tally) as url, talking(url) as talk:
        records = [await room.publish(f"{number}") for number in range(3)]
        newest = events_of(*reversed(records))
        refused: list[tuple[list[Any], str]] = [
            ([{}, {}, {}], "restricted: a request has at most 2 filters"),
            ([{"kinds": [1, 2], "#t": ["a", "b"]}], "unsupported: a filter has at most 3 values"),
            ([{"colour": "red"}], "unsupported: filters have no"),
            (["all"], "unsupported: a filter is an object"),
            ([{"ids": ["abc"]}], "unsupported: ids of a filter are 64"),
            ([{"kinds": [True]}], "unsupported: kinds of a filter"),
            ([{"since": -1}], "unsupported: since of a filter"),
            ([{"search": 3}], "unsupported: "),
        ]
        for filters, word in refused:
            told = await talk.ask("REQ", "bad", *filters)
            assert told[:2] == ["CLOSED", "bad"]
            assert told[2].startswith(word), told
        assert await talk.stored("a", {}) == newest[:1]
        assert await talk.stored("a", {"limit": 10}) == newest[:2]
        assert await talk.stored("b", {"limit": 0}) == []
        assert (await talk.ask("REQ", "c", {}))[2].startswith("restricted: 2 subscriptions are open")
        assert tally.refused == {"restricted": 2, "unsupported": len(refused) - 1}
        new = await room.publish("new")
        assert {(await talk.hear())[1] for _ in range(2)} == {"a", "b"}
        await talk.say("CLOSE", "a")
        assert await talk.stored("c", {}) == events_of(new)


async def test_who_talks_nonsense_is_told_so_and_let_go_in_the_end() -> None:
    limits = FaceLimits(faults_burst=8, faults_per_second=0, message_bytes=500)
    tally = FaceTally()
    async with (
        joined() as room,
        relayed(room, limits=limits, tally=tally) as url,
        talking(url) as talk,
        talking(url) as honest,
    ):
        for nonsense in (
            "{",
            "[" * 400,
            "3",
            '["DANCE"]',
            '["REQ","",{}]',
            '["EVENT",{"id":3}]',
            f'["REQ","{"x" * 600}"]',
        ):
            await talk.socket.send_str(nonsense)
            told = await talk.hear()
            assert told[0] == "NOTICE"
            assert told[1].startswith("invalid: "), told
        await talk.socket.send_bytes(b"\0")
        assert (await talk.hear())[1] == "invalid: a message is a text"
        await talk.say("DANCE")
        await talk.hear()
        assert (await talk.hear())[1] == "invalid: too many of your messages make no sense"
        assert await talk.end() == (1008, "too many of your messages make no sense")
        assert tally.refused == {"invalid": 10}
        assert await honest.stored("all", {}) == []
        # What is much too long ends it by itself.
        await honest.socket.send_str("x" * 2_000)
        assert (await honest.end())[0] == 1009


async def test_who_floods_is_read_more_slowly_and_loses_nothing() -> None:
    # Without a burst each message is one too many, however slowly it was sent.
    limits, tally = FaceLimits(messages_per_second=500, messages_burst=0), FaceTally()
    async with (
        joined() as room,
        relayed(room, limits=limits, tally=tally) as url,
        talking(url) as flood,
        talking(url) as honest,
    ):
        events = events_of(*(written(room, f"{number}") for number in range(60)))
        for event in events:
            await flood.say("EVENT", event)
        assert (await honest.ask("REQ", "mine", {"limit": 0}))[0] == "NOTICE"
        assert await honest.hear() == ["EOSE", "mine"]
        told = [await flood.hear() for _ in range(61)]
        [notice] = [message[1] for message in told if message[0] == "NOTICE"]
        assert notice.startswith("rate-limited: you are read at 500 messages")
        assert tally.refused == {"rate-limited": 2}
        assert sorted(message[1] for message in told if message[0] == "OK" and message[2]) == sorted(
            event["id"] for event in events
        )
        assert room.count == 60


async def test_who_floods_costs_the_members_of_the_room_nothing() -> None:
    swarm, rules = MemorySwarm(), ["links:allow=good.example"]
    async with (
        peerset.join("lobby", app="test", host=swarm.host(), key=KEY, policies=rules) as room,
        peerset.join("lobby", app="test", host=swarm.host(), key=OTHER, policies=rules) as member,
        relayed(room) as url,
        talking(url) as flood,
    ):
        await until(lambda: [peer.state for peer in room.peers] == ["established"])
        events = events_of(*(written(room, f"https://spam{number}.example") for number in range(200)))
        for event in events:
            await flood.say("EVENT", event)
        record = await member.publish("from a member")
        assert {(await flood.hear())[2] for _ in events} == {False}
        await until(lambda: room.count == 1)
        assert await room.get(record.id) == record
        assert [peer.state for peer in (*room.peers, *member.peers)] == ["established"] * 2


async def test_what_is_not_to_be_stored_is_passed_on_and_that_is_all() -> None:
    async with joined() as room, relayed(room) as url, talking(url) as writer, talking(url) as reader:
        assert await reader.stored("all", {}) == []
        [event] = events_of(written(room, "typing", kind=20_001))
        assert await writer.ask("EVENT", event) == ["OK", event["id"], True, ""]
        assert await reader.hear() == ["EVENT", "all", event]
        assert await writer.stored("all", {}) == []


async def test_who_does_not_read_is_let_go_and_costs_others_nothing() -> None:
    limits = FaceLimits(unsent_bytes=100_000)
    async with joined() as room, relayed(room, limits=limits) as url, talking(url) as deaf, talking(url) as honest:
        assert await deaf.stored("all", {"limit": 0}) == []
        assert await honest.stored("all", {"limit": 0}) == []
        # What the relay may keep, and what the sockets of both ends hold.
        for number in range(400):
            record = await room.publish(f"{number}".ljust(60_000, "x"))
            assert (await honest.hear())[2]["id"] == record.id.hex()
        code, _ = await deaf.end()
        assert code in (1008, 1006, None)
        assert await honest.ask("COUNT", "all", {}) == ["COUNT", "all", {"count": 400}]


async def test_who_must_prove_a_key_reads_and_writes_once_it_did() -> None:
    gate = Gate(keys=frozenset([OTHER.public_key]), token=TOKEN)
    async with joined() as room, relayed(room, gate=gate) as url, talking(url) as talk:
        [verb, challenge] = await talk.hear()
        assert verb == "AUTH"
        assert (await talk.ask("REQ", "all", {}))[2].startswith("auth-required: ")
        assert (await talk.ask("COUNT", "all", {}))[2].startswith("auth-required: ")
        [event] = events_of(written(room, "hello"))
        assert (await talk.ask("EVENT", event))[3].startswith("auth-required: ")
        for wrong, word in [
            (proof("another", url), "another challenge"),
            (proof(challenge, "wss://evil.example"), "another relay"),
            (proof(challenge, "wss://[evil"), "another relay"),
            (proof(challenge, url, at=-700), "dated more than 600 s"),
            (proof(challenge, url, kind=1), "of kind 22242"),
            ({**proof(challenge, url), "sig": "00" * 64}, "did not sign"),
        ]:
            told = await talk.ask("AUTH", wrong)
            assert told[:3] == ["OK", wrong["id"], False]
            assert word in told[3]
        assert (await talk.ask("AUTH", proof(challenge, url, key=KEY)))[2] is True
        assert (await talk.ask("REQ", "all", {}))[2] == "restricted: none of your keys may come in"
        assert (await talk.ask("AUTH", proof(challenge, url)))[2] is True
        assert await talk.stored("all", {}) == []
        await talk.say("CLOSE", "all")
        assert await talk.ask("EVENT", event) == ["OK", event["id"], True, ""]
    # Whoever has a key will do, where none is named.
    async with joined() as room, relayed(room, gate=Gate(keys=frozenset())) as url, talking(url) as talk:
        [_, challenge] = await talk.hear()
        assert (await talk.ask("AUTH", proof(challenge, url)))[2] is True
        assert await talk.stored("all", {}) == []


async def test_who_proves_no_key_in_time_is_let_go() -> None:
    limits = FaceLimits(auth_seconds=0.1)
    async with joined() as room, relayed(room, gate=Gate(keys=frozenset()), limits=limits) as url, talking(url) as talk:
        assert (await talk.hear())[0] == "AUTH"
        assert await talk.hear() == ["NOTICE", "auth-required: you took too long to prove a key"]
        assert (await talk.end())[0] == 1008


async def test_clients_are_told_when_the_room_ends() -> None:
    async with joined() as room, relayed(room) as url, talking(url) as talk:
        assert await talk.stored("all", {}) == []
        await room.leave()
        assert await talk.end() == (1012, "the room was left; come back later")


async def test_an_answer_goes_on_while_others_write_and_gives_each_record_once() -> None:
    async with joined() as room, relayed(room) as url, talking(url) as talk:
        await room.add(written(room, f"{number}", at=-number) for number in range(600))
        await talk.say("REQ", "all", {"limit": 5_000})
        writing = asyncio.create_task(_write(room, 20), name="writing")
        seen = list[str]()
        for _ in range(621):
            message = await talk.hear()
            seen += [message[2]["id"]] if message[0] == "EVENT" else []
        await writing
        assert len(seen) == len(set(seen)) == 620


async def _write(room: Any, count: int) -> None:
    for number in range(count):
        await room.publish(f"beside {number}")
