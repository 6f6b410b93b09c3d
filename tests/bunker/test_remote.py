"""Asking a signer elsewhere."""

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from peerset.bunker import remote
from peerset.bunker.relays import SignerRelays
from peerset.bunker.remote import client_path
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.nip46 import (
    Answered,
    Asked,
    BunkerAddress,
    Challenged,
    decode_asked,
    decode_draft,
    encode_answer,
    encode_signed,
)
from peerset.core.record import sign_record
from peerset.errors import ConfigError, SignalingError, SignatureError
from tests.bunker.conftest import CLIENT, KEY, connected, serving, unix
from tests.patience import until
from tests.signaling.relays import nostr_relay

pytestmark = pytest.mark.real_time

OTHER = SecretKey.generate(random.Random(3))
Answers = Callable[[Asked], list[Answered | Challenged]]


@asynccontextmanager
async def strange_signer(url: str, answers: Answers) -> AsyncIterator[BunkerAddress]:
    """Run a signer that answers as it likes."""

    def hear(sender: PublicKey, text: str) -> None:
        for answer in answers(decode_asked(text)):
            relays.publish(relays.make(sender, encode_answer(answer)))

    relays = SignerRelays([url], KEY, hear=hear, opened=lambda: None, unix=unix, rng=random.Random(7))
    work = asyncio.create_task(relays.run())
    try:
        await until(lambda: relays.is_open)
        yield BunkerAddress(KEY.public_key, (url,))
    finally:
        work.cancel()
        await asyncio.wait([work])


def usual(asked: Asked) -> list[Answered | Challenged]:
    return [Answered(asked.id, {"connect": "ack", "get_public_key": KEY.public_key.hex()}.get(asked.method, ""))]


@pytest.mark.parametrize("kind", ["nostr-sdk", "nostr-relay"])
async def test_records_are_signed_elsewhere_over_relays_of_any_make(kind: str) -> None:
    async with nostr_relay(kind) as url, serving(url) as served, connected(str(served.address)) as signer:
        signing = [
            signer.sign(created_at=unix(), kind=1078, tags=[["c", "notes"]], content=str(number))
            for number in range(20)
        ]
        records = await asyncio.gather(*signing)
    assert [record.content for record in records] == [str(number) for number in range(20)]
    assert {record.author for record in records} == {KEY.public_key}


async def test_a_relay_that_is_gone_is_done_without_and_one_answer_counts() -> None:
    async with (
        nostr_relay("nostr-sdk") as one,
        nostr_relay("nostr-sdk") as other,
        serving("ws://127.0.0.1:9", one, other) as served,
        connected(served.address) as signer,
    ):
        record = await signer.sign(created_at=unix(), kind=1078, tags=[], content="hi")
        assert record.author == KEY.public_key


async def test_a_signer_that_does_not_answer_is_given_up_in_time_and_nothing_is_lost() -> None:
    async with nostr_relay("nostr-sdk") as url:
        with pytest.raises(SignalingError, match=f"did not answer in time \\({url}: "):
            async with connected(BunkerAddress(KEY.public_key, (url,)), timeout=0.5):
                pass
        with pytest.raises(SignalingError, match=r"did not answer in time.*127\.0\.0\.1:9"):
            async with connected(BunkerAddress(KEY.public_key, ("ws://127.0.0.1:9",)), timeout=0.5):
                pass
        is_deaf = False

        def answers(asked: Asked) -> list[Answered | Challenged]:
            if asked.method != "sign_event":
                return usual(asked)
            draft = decode_draft(asked.parameters[0])
            record = sign_record(KEY, created_at=unix(), kind=draft.kind, tags=draft.tags, content=draft.content)
            return [] if is_deaf else [Answered(asked.id, encode_signed(record))]

        async with strange_signer(url, answers) as address, connected(address) as signer:
            is_deaf = True
            signer._timeout = 0.3
            with pytest.raises(SignalingError, match="did not answer in time"):
                await signer.sign(created_at=unix(), kind=1078, tags=[], content="hi")
            assert not signer._waiting


async def test_what_is_not_answered_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "REPEAT_SECONDS", 0.05)
    unheard = {"connect", "get_public_key"}

    def answers(asked: Asked) -> list[Answered | Challenged]:
        if asked.method not in unheard:
            return usual(asked)
        unheard.discard(asked.method)
        return []

    # It passes on what it had before, where others keep it for who comes later.
    async with nostr_relay("nostr-sdk") as url, strange_signer(url, answers) as address, connected(address) as signer:
        assert signer.public_key == KEY.public_key
    assert not unheard


async def test_what_a_signer_gives_back_is_checked() -> None:
    drafts: list[Answers] = [
        lambda asked: [Answered(asked.id, "nonsense")],
        lambda asked: [Answered(asked.id, encode_signed(sign_record(OTHER, **said(asked))))],
        lambda asked: [Answered(asked.id, encode_signed(sign_record(KEY, **{**said(asked), "content": "bye"})))],
        lambda asked: [Answered(asked.id, "", "not today \u202e")],
    ]
    says = ["no JSON", "something else", "something else", r"refuses: not today \\u202e"]

    def answers(asked: Asked) -> list[Answered | Challenged]:
        return drafts[0](asked) if asked.method == "sign_event" else usual(asked)

    async with nostr_relay("nostr-sdk") as url, strange_signer(url, answers) as address, connected(address) as signer:
        for expected in says:
            with pytest.raises(SignatureError, match=expected):
                await signer.sign(created_at=unix(), kind=1078, tags=[], content="hi")
            drafts.pop(0)


def said(asked: Asked) -> dict[str, Any]:
    return dict(json.loads(asked.parameters[0]))


def always(result: str) -> Answers:
    return lambda asked: [Answered(asked.id, result)]


async def test_a_signer_without_a_key_or_a_welcome_is_none() -> None:
    async with nostr_relay("nostr-sdk") as url:
        for result, says in (("no", "does not confirm"), ("ack", "no public key")):
            async with strange_signer(url, always(result)) as address:
                with pytest.raises(ConfigError, match=says):
                    async with connected(address):
                        pass
        async with strange_signer(url, lambda asked: [Answered(asked.id, "", "go away")]) as address:
            with pytest.raises(ConfigError, match="the signer refuses: go away"):
                async with connected(address):
                    pass


async def test_a_page_that_its_user_must_open_is_shown_and_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    shown: list[str] = []

    def answers(asked: Asked) -> list[Answered | Challenged]:
        first = [Challenged(asked.id, url) for url in ("javascript:alert(1)", "https://a.example/\u202e", PAGE)]
        return [*(first if asked.method == "connect" else []), *usual(asked)]

    async with nostr_relay("nostr-sdk") as url, strange_signer(url, answers) as address:
        async with connected(address, on_challenge=shown.append):
            pass
        with caplog.at_level(logging.WARNING, "peerset"):
            async with connected(address):
                pass
    assert shown == [PAGE]
    assert f"wants you to open {PAGE}" in caplog.text
    assert "javascript" not in caplog.text


PAGE = "https://signer.example/allow?id=7"


async def test_what_somebody_else_answers_is_ignored() -> None:
    async with nostr_relay("nostr-sdk") as url, strange_signer(url, usual) as address, connected(address) as signer:
        asking = asyncio.create_task(signer._ask("sign_event"))
        await until(lambda: bool(signer._waiting) or asking.done())
        for name in list(signer._waiting):
            signer._hear(OTHER.public_key, encode_answer(Answered(name, "forged")))
        assert await asking == ""


def test_a_machine_has_a_key_for_each_signer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert client_path(KEY.public_key) != client_path(CLIENT.public_key)
    assert client_path(KEY.public_key).parent == tmp_path / "peerset" / "bunkers"
