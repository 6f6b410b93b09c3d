"""Rooms named by their rules: who has others is told so, or turned away, and nobody is punished."""

import asyncio
from typing import Any

import pytest

import peerset
from peerset.core.bound import is_bound
from peerset.room.audience import Traffic
from peerset.testing.memory import MemorySwarm
from tests.patience import PATIENT_SECONDS


async def test_the_name_says_policies_and_retention_but_no_view() -> None:
    plain = await peerset.bound_room("lobby")
    words = await peerset.bound_room("lobby", policies=["words", "quota:newest=5"])
    turned = await peerset.bound_room("lobby", policies=["quota:newest=5", "words", "rate"])
    month = await peerset.bound_room("lobby", retention="30d")
    assert words == turned
    assert len({plain, words, month}) == 3
    assert all(map(is_bound, (plain, words, month)))


async def test_a_sealed_room_is_bound_to_what_judges_envelopes_alone() -> None:
    policies, seal = ["words", "kinds:allow=1078"], peerset.new_seal()
    name = await peerset.bound_room("lobby", policies=policies, seal=seal)
    assert name == await peerset.bound_room("lobby", policies=policies[1:])
    async with peerset.join(name, policies=policies, seal=seal, host=MemorySwarm().host()) as room:
        assert room.name.room == name
    with pytest.raises(peerset.ConfigError, match="a seal"):
        await peerset.bound_room("lobby", seal=5)  # type: ignore[arg-type]  # what a user might give


@pytest.mark.real_time
async def test_those_meet_who_have_the_rules_that_the_name_says() -> None:
    swarm, name = MemorySwarm(), await peerset.bound_room("lobby", policies="words", retention="30d")
    async with (
        peerset.join(name, policies="words", retention="30d", host=swarm.host()) as one,
        peerset.join(one.address(), host=swarm.host()) as two,
    ):
        record = await one.publish("hello")
        await one.synced(timeout=PATIENT_SECONDS)
        assert await two.get(record.id) == record


@pytest.mark.parametrize("others", [{}, {"policies": "words"}, {"policies": "links", "retention": "30d"}])
async def test_other_rules_than_those_of_the_name_are_refused_before_anything_is_met(others: dict[str, Any]) -> None:
    name, host = await peerset.bound_room("lobby", policies="words", retention="30d"), MemorySwarm().host()
    with pytest.raises(peerset.ConfigError, match="says which rules it has, and ours are others"):
        async with peerset.join(name, host=host, **others):
            pass
    assert not host.has_joined(peerset.parse_address(f"peerset:peerset/{name}").name)


@pytest.mark.real_time
async def test_a_peer_that_greets_with_other_rules_is_turned_away_and_not_punished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swarm, name = MemorySwarm(), await peerset.bound_room("lobby")
    turned_away = asyncio.Event()
    struck: list[peerset.StrikeCounted] = []

    def watch(traffic: Traffic) -> None:
        if (traffic.direction, traffic.message) == ("out", "Goodbye"):
            turned_away.set()

    async with peerset.join(name, host=swarm.host()) as honest:
        honest.watch(watch)
        honest.on(lambda event: struck.append(event) if isinstance(event, peerset.StrikeCounted) else None)
        # A program that does not know of such names.
        monkeypatch.setattr("peerset.room.joining.check_bound", lambda *_: None)
        monkeypatch.setattr("peerset.protocol.node.is_bound", lambda _: False)
        async with peerset.join(name, policies="words", host=swarm.host()) as other:
            async with asyncio.timeout(PATIENT_SECONDS):
                await turned_away.wait()
            assert [peer for peer in (*honest.peers, *other.peers) if peer.state == "established"] == []
    assert struck == []
