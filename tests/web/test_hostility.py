"""What hostile peers and trackers do to a page of ours: it is refused, told, and harms nobody."""

import time
from typing import Final

import pytest

import peerset
from peerset.core.clock import UnixTime
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.limits import SDP_BYTES_MAX
from peerset.core.message import Introduce, Records
from peerset.core.record import Record, sign_record
from peerset.core.sealed import SALT_BYTES, seal
from peerset.core.signal import RoomName
from peerset.testing.tracker import local_tracker
from peerset.transports.frames import LAST, METADATA, NOT_TEXT, encode_room_frame, room_token
from tests.interop.python_peer import python_peer
from tests.web.gate import shut_gate
from tests.web.intruder import intruder
from tests.web.peer_page import APP, assert_alike, hold, peer_page
from tests.web.swap import swapping_tracker

NOISES: Final = (b"", b"\xc1", b"\x93\x01", b"\x91\xcd\xff\xff", bytes(1_000))
"""Five of what is no message: as many as it takes."""

pytestmark = [pytest.mark.real_time, pytest.mark.node, pytest.mark.browser]


def write(room: str, content: str) -> Record:
    """Sign a record for *room*."""
    tags = [["h", RoomName(APP, room).tag.hex()]]
    key = SecretKey(bytes(31) + b"\x09")
    return sign_record(key, created_at=UnixTime(int(time.time())), kind=1078, tags=tags, content=content)


def unreadable_frames(room: RoomName) -> list[bytes]:
    """Give frames that end in an error in Trystero 0.25, which is then one of the page."""
    token = room_token(room)
    shapes = [
        ("@_hsdata", LAST | NOT_TEXT, b"{"),
        ("@_signal", LAST | NOT_TEXT, b"null"),
        ("@_track", LAST | NOT_TEXT, b"null"),
        ("chat", LAST | NOT_TEXT, b"{"),
        ("peerset", METADATA | LAST, b"{"),
    ]
    bodies = [name.encode().ljust(32, b"\0") + bytes([0, 0, tag, 255]) + payload for name, tag, payload in shapes]
    return [encode_room_frame(token, body) for body in bodies]


def forge(room: str) -> bytes:
    """Give a record of *room* with a signature that is not its author's."""
    blob = bytearray(write(room, "forged").wire)
    blob[-1] ^= 1
    return bytes(blob)


async def test_forged_and_foreign_records_are_refused_and_told(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        peer_page(browser) as page,
        python_peer("forged", page, tracker=tracker, app=APP) as friend,
    ):
        await page.enter("forged", signaling=[tracker])
        async with intruder("forged", page, tracker=tracker) as hostile:
            hostile.send(Records(0, (write("another room", "foreign").wire, write("forged", "good").wire)))
            refused = await page.next("RecordRejected", peer=hostile.peer.id)
            assert refused["source"] == "room"
            struck = await page.next("StrikeCounted", peer=hostile.peer.id)
            assert "room" in struck["reason"]
            await page.next("RecordAdded", peer=hostile.peer.id)

            hostile.send(Records(0, (forge("forged"),)))
            refused = await page.next("RecordRejected", peer=hostile.peer.id)
            assert refused["source"] == "signature"
            struck = await page.next("StrikeCounted", peer=hostile.peer.id)
            assert "signature" in struck["reason"]
        await friend.room.publish("unharmed")
        await page.call("hold", count=2)
        await hold(friend, 2, page)
        assert await page.contents() == ["good", "unharmed"]
        await assert_alike(page, friend)


async def test_a_peer_of_malformed_messages_is_banned_and_others_are_not(browser: int) -> None:
    key = SecretKey(bytes(31) + b"\x0d")
    async with (
        local_tracker() as tracker,
        peer_page(browser) as page,
        python_peer("malformed", page, tracker=tracker, app=APP) as friend,
    ):
        await page.enter("malformed", signaling=[tracker])
        states = []
        for noise in NOISES:
            # Each ends its session; the same key comes back as a new peer.
            async with intruder("malformed", page, tracker=tracker, key=key) as hostile:
                hostile.send(noise)
                struck = await page.next("StrikeCounted", peer=hostile.peer.id, key=key.public_key.hex())
                states.append(struck["state"])
                await page.next("PeerLeft", peer=hostile.peer.id)
        assert states == ["warned", "warned", "warned", "warned", "banned"]
        async with python_peer("malformed", page, tracker=tracker, app=APP, key=key) as banned:
            await banned.next(peerset.PeerLeft, peer=page.id)
            await friend.room.publish("unharmed")
            await page.next("RecordAdded", peer=friend.id)
            assert not page.has_told("PeerJoined", peer=banned.id)
            await assert_alike(page, friend)


async def test_frames_that_trystero_would_choke_on_are_dropped_unread(browser: int) -> None:
    async with local_tracker() as tracker, peer_page(browser) as page:
        await page.enter("frames", signaling=[tracker])
        async with intruder("frames", page, tracker=tracker) as hostile:
            for frame in unreadable_frames(RoomName(APP, "frames")):
                hostile.send_frame(frame)
            hostile.send(Records(0, (write("frames", "good").wire,)))
            # It came through the same channel, after them.
            await page.next("RecordAdded", peer=hostile.peer.id)
            assert await page.states() == {hostile.peer.id: "established"}


@pytest.mark.parametrize("first", ["0", "z"], ids=["whom it would answer", "whom it would call back"])
async def test_what_neighbours_bring_that_is_no_description_harms_nobody(browser: int, first: str) -> None:
    tag = RoomName(APP, "brought").tag
    async with local_tracker() as tracker, peer_page(browser) as page:
        await page.enter("brought", signaling=[tracker], store="memory")
        async with intruder("brought", page, tracker=tracker) as hostile:
            for number, text in enumerate((b"v=0", b"", b"\xff", b"x" * SDP_BYTES_MAX)):
                source, to = f"{first}{number:019}".encode(), page.id.encode()
                sealed = seal(
                    b"\0\4offr" + text,
                    SecretKey(bytes(31) + b"\x0d"),
                    PublicKey(bytes.fromhex(page.key)),
                    context=tag + source + to,
                    salt=bytes(SALT_BYTES),
                )
                hostile.send(Introduce(to, source, sealed))
            hostile.send(Records(0, (write("brought", "good").wire,)))
            # It came through the same channel, after them.
            await page.next("RecordAdded", peer=hostile.peer.id)
            assert await page.states() == {hostile.peer.id: "established"}


async def test_a_tracker_that_swaps_fingerprints_is_found_out_by_both(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        swapping_tracker(RoomName(APP, "swapped"), tracker) as (url, swap),
        peer_page(browser) as page,
        python_peer("swapped", page, tracker=url, app=APP) as peer,
    ):
        await peer.room.publish("for friends only")
        await page.enter("swapped", signaling=[url])
        await page.publish("for friends only")
        told = await page.next("StrikeCounted", peer=peer.id)
        assert "proof" in told["reason"]
        struck = await peer.next(peerset.StrikeCounted, peer=page.id)
        assert "proof" in struck.reason
        assert any(bridge.is_crossed for bridge in swap.bridges.values())
        assert not page.has_told("PeerJoined")
        assert (await page.status())["count"] == peer.room.count == 1


async def test_a_page_with_another_password_shares_nothing_and_says_why(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        peer_page(browser) as friend,
        peer_page(browser) as stranger,
        python_peer("secret", friend, stranger, tracker=tracker, app=APP, password="swordfish") as peer,
    ):
        await peer.room.publish("among us")
        await stranger.enter("secret", signaling=[tracker], store="memory", password="guess")
        refused = await stranger.next("PeerRefused", peer=peer.id)
        assert "password" in refused["reason"]
        await friend.enter("secret", signaling=[tracker], store="memory", password="swordfish")
        await friend.call("hold", count=1)
        await assert_alike(friend, peer)
        assert await stranger.contents() == []
        assert await stranger.states() == {}
        assert {status.id for status in peer.room.peers} == {friend.id}


async def test_a_tracker_that_starts_later_is_found(browser: int) -> None:
    async with (
        local_tracker() as tracker,
        shut_gate() as gate,
        peer_page(browser) as page,
        python_peer("late tracker", page, tracker=tracker, app=APP) as peer,
    ):
        await peer.room.publish("patience")
        await page.enter("late tracker", signaling=[gate.url])
        await page.call("place", url=gate.url, state="resting")
        (standing,) = (await page.status())["signaling"]
        assert (standing["place"], standing["state"]) == (gate.url, "resting")
        await gate.open(tracker)
        await page.call("place", url=gate.url, state="open")
        await page.next("RecordAdded", peer=peer.id)
