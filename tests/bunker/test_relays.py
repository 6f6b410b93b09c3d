"""The relays by which signers and clients speak."""

import asyncio
import json
import random
from typing import Any

import pytest
from nostr_sdk import LocalRelayBuilderNip42Mode as Nip42Mode

from peerset.bunker.relays import ANSWER_SECONDS, CONVERSATIONS_MAX, UNTAKEN_MAX, SignerRelays
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.nip46 import KIND_SIGNING
from peerset.core.record import Record, event_of, sign_record
from peerset.errors import MalformedError, SignalingError
from peerset.ports import SocketState
from tests.bunker.conftest import CLIENT, KEY, connected, running, serving, slow_relay, unix
from tests.patience import until
from tests.signaling.relays import nostr_relay, nostr_sdk_relay

RNG = random.Random(5)


def relays_of(key: SecretKey, heard: list[tuple[PublicKey, str]], *urls: str) -> SignerRelays:
    hear = lambda sender, text: heard.append((sender, text))  # noqa: E731 - a list hears
    return SignerRelays(urls or ["ws://127.0.0.1:9"], key, hear=hear, opened=lambda: None, unix=unix, rng=RNG)


@pytest.mark.real_time
async def test_texts_come_to_whom_they_are_for_by_every_relay_that_is_open() -> None:
    heard: list[tuple[PublicKey, str]] = []
    async with nostr_relay("nostr-sdk") as one, nostr_relay("nostr-sdk") as other:
        here, there = relays_of(KEY, [], one, other, "ws://127.0.0.1:9"), relays_of(CLIENT, heard, other)
        async with running(here, there):
            await until(lambda: there.is_open and all(line.is_open for line in here._lines[:2]))
            here.publish(here.make(CLIENT.public_key, "hello"))
            here.publish(here.make(KEY.public_key, "to myself"))
            here.publish(here.make(CLIENT.public_key, "again"))
            await until(lambda: len(heard) >= 2)
    assert heard == [(KEY.public_key, "hello"), (KEY.public_key, "again")]
    assert not here.is_open


@pytest.mark.real_time
async def test_a_relay_is_open_once_it_has_our_question_and_what_is_said_from_then_on_is_heard() -> None:
    heard: list[tuple[PublicKey, str]] = []
    async with nostr_relay("nostr-sdk") as relay, slow_relay(relay) as slow:
        here, there = relays_of(KEY, [], relay), relays_of(CLIENT, heard, slow.url)
        async with running(here, there):
            await until(lambda: here.is_open)
            await slow.asked.wait()
            assert not there.is_open
            assert "asked, and has not answered" in there.failures
            slow.goes_on.set()
            await until(lambda: there.is_open)
            here.publish(here.make(CLIENT.public_key, "hello"))
            await until(lambda: bool(heard))


async def test_a_relay_that_never_answers_is_taken_to_have_our_question_in_the_end() -> None:
    opened: list[str] = []
    relays = SignerRelays(
        ["ws://127.0.0.1:9"], KEY, hear=lambda *_: None, opened=lambda: opened.append("opened"), unix=unix, rng=RNG
    )
    [line], sent = relays._lines, open_without_relay(relays)
    for times in (1, 2):
        line.opened()
        relays.publish(relays.make(CLIENT.public_key, "too early"))
        assert [said[0] for said in sent] == ["REQ"] * times
        await asyncio.sleep(ANSWER_SECONDS - 1)
        assert not relays.is_open
        await asyncio.sleep(2)
        assert relays.is_open
        line.heard('["EOSE","late"]')
        assert len(opened) == times
        line.failed()
        assert not relays.is_open
    line.opened()
    line.failed()
    await asyncio.sleep(ANSWER_SECONDS + 1)
    assert not relays.is_open


def open_without_relay(relays: SignerRelays) -> list[list[Any]]:
    """Let the only socket seem open; give what is sent on it."""
    [line], sent = relays._lines, list[list[Any]]()
    line.socket.state = SocketState.OPEN
    line.socket.send = lambda text: sent.append(json.loads(text))  # type: ignore[method-assign]  # no relay is there
    return sent


async def test_what_is_not_for_us_or_not_what_it_should_be_is_refused() -> None:
    heard: list[tuple[PublicKey, str]] = []
    sender, here = relays_of(KEY, []), relays_of(CLIENT, heard)
    good = sender.make(CLIENT.public_key, "hello")
    for event, says in (
        ({}, "cannot be read"),
        (event_of(sender.make(KEY.public_key, "hello")), "not asked for"),
        (event_of(good) | {"sig": "0" * 128}, "did not sign"),
        (event_of(signed(KIND_SIGNING, "no sealed text")), "cannot be read"),
        (event_of(signed(KIND_SIGNING + 1, good.content)), "not asked for"),
    ):
        with pytest.raises(SignalingError, match=says):
            here.take(event)
    here.take(event_of(good))
    assert heard == [(KEY.public_key, "hello")]


def signed(kind: int, content: str) -> Record:
    return sign_record(KEY, created_at=unix(), kind=kind, tags=[["p", CLIENT.public_key.hex()]], content=content)


async def test_what_is_too_long_for_an_event_is_refused() -> None:
    for size in (60_000, 70_000):
        with pytest.raises(MalformedError):
            relays_of(KEY, []).make(CLIENT.public_key, "x" * size)


async def test_of_many_others_a_few_are_remembered() -> None:
    here = relays_of(KEY, [])
    for _ in range(CONVERSATIONS_MAX + 5):
        here.make(SecretKey.generate(RNG).public_key, "hello")
    assert len(here._conversations) == CONVERSATIONS_MAX


async def test_nonsense_of_a_relay_is_a_fault_of_its() -> None:
    [line] = relays_of(KEY, [])._lines
    for text in ("", "{}", "[]", '["EVENT"]', "[" * 100_000, '["OK"]x'):
        with pytest.raises(SignalingError):
            line.heard(text)
    line.heard('["NOTICE","\\u202e"]')
    line.heard('["OK","00",false,"blocked: no"]')
    assert "blocked" in str(line.socket.error)
    line.heard('["OK","00",false,"duplicate: known"]')
    assert line.socket.error is None


@pytest.mark.real_time
@pytest.mark.parametrize("mode", list(Nip42Mode))
async def test_a_relay_that_wants_to_know_who_speaks_is_told(mode: Nip42Mode) -> None:
    async with nostr_sdk_relay(asks=mode) as url, serving(url) as served, connected(served.address) as signer:
        record = await signer.sign(created_at=unix(), kind=1078, tags=[], content="hi")
        assert record.author == KEY.public_key


async def test_what_a_relay_did_not_take_of_somebody_unknown_is_said_again_once_it_knows_us() -> None:
    [line], sent = (relays := relays_of(KEY, []))._lines, open_without_relay(relays)
    line.heard('["EOSE","x"]')
    events = [relays.make(CLIENT.public_key, str(number)) for number in range(UNTAKEN_MAX + 3)]
    for event in events:
        relays.publish(event)
    line.heard(json.dumps(["OK", events[-1].id.hex(), False, "auth-required: who is it"]))
    line.heard(json.dumps(["OK", events[-2].id.hex(), True, ""]))
    line.heard(json.dumps(["CLOSED", "x", "auth-required: who is it"]))
    assert "wants to know who we are" in str(line.socket.error)
    sent.clear()
    line.heard(json.dumps(["AUTH", "c" * 32]))
    [[verb, proof]] = sent
    assert (verb, proof["kind"], proof["pubkey"]) == ("AUTH", 22242, KEY.public_key.hex())
    assert proof["tags"] == [["relay", line.socket.url], ["challenge", "c" * 32]]
    sent.clear()
    line.heard(json.dumps(["OK", proof["id"], True, ""]))
    assert [said[0] for said in sent] == ["REQ"]
    assert not relays.is_open
    line.heard('["EOSE","x"]')
    again = [said[1]["id"] for said in sent if said[0] == "EVENT"]
    assert again == [event.id.hex() for event in [*events[3:-2], events[-1]]]
    with pytest.raises(SignalingError, match="no message of a relay"):
        line.heard(json.dumps(["AUTH", "c" * 10_000]))
