"""Being a signer for other machines."""

import asyncio
import contextlib
import json
import random
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from peerset.bunker.bunker import REQUESTS_BURST_MAX, STRANGERS_BURST_MAX
from peerset.bunker.clients import ClientBook, Permission
from peerset.bunker.remote import RemoteSigner, connected_signer, invited_signer
from peerset.core.keys import SecretKey
from peerset.core.limits import RECORD_BYTES_MAX
from peerset.core.nip46 import BunkerAddress, ClientAddress, parse_client_address
from peerset.core.signal import RoomName
from peerset.errors import ConfigError, MalformedError, SignalingError, SignatureError
from tests.bunker.conftest import CLIENT, KEY, connected, serving, unix
from tests.patience import PATIENT_SECONDS
from tests.signaling.relays import nostr_relay

pytestmark = pytest.mark.real_time

LOBBY = RoomName("peerset", "lobby").tag
OTHER = SecretKey.generate(random.Random(3))


async def test_a_client_has_signed_what_it_may_and_nothing_else() -> None:
    permission = Permission(frozenset([1078]), frozenset([LOBBY]))
    async with (
        nostr_relay("nostr-sdk") as url,
        serving(url, permission=permission) as served,
        connected(served.address) as signer,
    ):
        tags = [["h", LOBBY.hex()], ["c", "notes"]]
        record = await signer.sign(created_at=unix(), kind=1078, tags=tags, content='"hi"\n')
        assert (record.author, record.content, record.has_valid_signature()) == (KEY.public_key, '"hi"\n', True)
        for kind, said in ((1, tags), (1078, [["h", RoomName("peerset", "garden").tag.hex()]]), (1078, [])):
            with pytest.raises(SignatureError, match=r"the signer refuses: (no events of kind 1|nothing is signed)"):
                await signer.sign(created_at=unix(), kind=kind, tags=said, content="hi")
    assert [each.kind for each in served.happened if each.method == "sign_event"] == [1078, 1, 1078, 1078]
    assert [bool(each.refusal) for each in served.happened[2:]] == [False, True, True, True]


async def test_a_secret_lets_one_client_in_which_is_known_again_later(tmp_path: Path) -> None:
    path = tmp_path / "alice.clients"
    async with nostr_relay("nostr-sdk") as url:
        async with serving(url, clients=ClientBook(path)) as served:
            async with connected(served.address):
                pass
            with pytest.raises(ConfigError, match="the secret is wrong, or was used before"):
                async with connected(served.address, key=OTHER):
                    pass
        async with serving(url, clients=ClientBook(path)) as served:
            async with connected(BunkerAddress(KEY.public_key, (url,))) as signer:
                assert signer.public_key == KEY.public_key
                await signer.sign(created_at=unix(), kind=1078, tags=[], content="again")
            with pytest.raises(ConfigError, match="the secret is wrong"):
                async with connected(BunkerAddress(KEY.public_key, (url,), "guess"), key=OTHER):
                    pass


async def test_who_is_not_connected_is_answered_nothing_but_that() -> None:
    async with nostr_relay("nostr-sdk") as url, serving(url) as served, connected(served.address) as signer:
        assert await signer._ask("ping") == "pong"
        with pytest.raises(SignatureError, match="signs, and does nothing else"):
            await signer._ask("nip44_decrypt", KEY.public_key.hex(), "x")
        with pytest.raises(SignatureError, match="no JSON"):
            await signer._ask("sign_event")
        assert await signer._ask("logout") == "ack"
        for method in ("ping", "get_public_key", "sign_event"):
            with pytest.raises(SignatureError, match=r"not connected|no JSON"):
                await signer._ask(method)
    assert KEY.to_nsec() not in str(served.happened)


async def test_what_breaks_the_rules_of_records_is_not_signed() -> None:
    async with nostr_relay("nostr-sdk") as url, serving(url) as served, connected(served.address) as signer:
        with pytest.raises(SignatureError, match="the signer refuses"):
            await signer.sign(created_at=unix(), kind=1078, tags=[["h", "x"]], content="hi")
        with pytest.raises(MalformedError):
            await signer.sign(created_at=unix(), kind=1078, tags=[], content="x" * RECORD_BYTES_MAX)
        # Nothing is lost: the next is signed.
        record = await signer.sign(created_at=unix(), kind=1078, tags=[], content="x" * 20_000)
        assert len(record.content) == 20_000


async def test_too_much_at_once_is_left_unanswered() -> None:
    async with nostr_relay("nostr-sdk") as url, serving(url) as served:
        bunker = served.bunker
        text = json.dumps({"id": "7", "method": "ping", "params": []})
        for hear, burst in ((OTHER.public_key, STRANGERS_BURST_MAX), (CLIENT.public_key, REQUESTS_BURST_MAX)):
            if hear == CLIENT.public_key:
                async with connected(served.address):
                    pass
            before = len(served.happened)
            for _ in range(2 * burst):
                with contextlib.suppress(SignalingError):
                    bunker._hear(hear, text)
            assert burst / 2 < len(served.happened) - before < 1.5 * burst


async def test_a_client_that_waits_is_come_to_with_what_both_say_and_is_known_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    shown: asyncio.Queue[str] = asyncio.Queue()
    async with nostr_relay("nostr-sdk") as url, AsyncExitStack() as stack:

        async def wait() -> RemoteSigner:
            invited = invited_signer([url], show=shown.put_nowait, kinds=[1078, 5], unix=unix)
            return await stack.enter_async_context(invited)

        waiting = asyncio.create_task(wait())
        text = await shown.get()
        where = parse_client_address(text)
        assert (where.relays, where.kinds, where.name) == ((url,), frozenset([1078, 5]), "peerset")
        # Who was not shown the secret is nobody.
        stranger = ClientAddress(where.client, (url,), "guess", None)
        async with serving(url, invited_by=stranger):
            assert not waiting.done()
        book = ClientBook()
        async with serving(clients=book, permission=Permission(frozenset([1078, 1])), invited_by=where) as served:
            signer = await waiting
            assert signer.public_key == KEY.public_key
            await signer.sign(created_at=unix(), kind=1078, tags=[], content="hi")
            for kind in (1, 5):
                with pytest.raises(SignatureError, match=f"no events of kind {kind}"):
                    await signer.sign(created_at=unix(), kind=kind, tags=[], content="hi")
            async with connected_signer(signer.address, unix=unix) as again:
                await again.sign(created_at=unix(), kind=1078, tags=[], content="again")
            assert len(book) == 1
            assert "secret" not in signer.address
            assert [each.method for each in served.happened][:2] == ["get_public_key", "sign_event"]


async def test_a_client_that_comes_after_its_signer_is_come_to_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerset.bunker.bunker.REPEAT_SECONDS", 0.05)
    async with nostr_relay("nostr-sdk") as url:
        where = ClientAddress(CLIENT.public_key, (url,), "hush")
        async with serving(url, invited_by=where):
            # Relays keep nothing of what was said before anybody asked for it.
            late = RemoteSigner(where, CLIENT, on_challenge=print, timeout=PATIENT_SECONDS, unix=unix)
            work = asyncio.create_task(late.run())
            assert await late.met(PATIENT_SECONDS) == KEY.public_key
            work.cancel()
            await asyncio.wait([work])


async def test_nobody_who_comes_is_told_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(SignalingError, match=r"no signer answered in time .*127\.0\.0\.1:9"):
        async with invited_signer(["ws://127.0.0.1:9"], show=lambda _: None, timeout=0.3, unix=unix):
            pass
    with pytest.raises(ConfigError):
        async with invited_signer([], show=lambda _: None, unix=unix):
            pass
    assert not any(tmp_path.iterdir())
