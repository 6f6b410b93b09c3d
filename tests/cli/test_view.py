"""The live view."""

import io
import os
import signal
import sys
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console, RenderableType

from peerset.cli.offline import Hermit
from peerset.cli.view import COLUMNS, LINES_SHOWN, PEERS_SHOWN, RoomView, peer_table, retention_line, signaling_line
from peerset.core.clock import Monotonic
from peerset.core.limits import EVENTS_BUFFERED_MAX
from peerset.core.signal import PeerId
from peerset.ports import SignalingStatus, SocketState
from peerset.protocol.events import ClockSkewed
from peerset.protocol.neighbour import PeerStatus
from peerset.room.joining import join
from tests.patience import PATIENT_SECONDS


def text_of(drawing: RenderableType, *, width: int = 160) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(drawing)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def read_until(terminal: int, words: bytes | None) -> bytes:
    """Read what is shown, up to *words* or to the end."""
    shown = b""
    while words is None or words not in shown:
        try:
            shown += os.read(terminal, 65_536)
        except OSError:  # Linux says so when the last writer has closed the terminal.
            break
    return shown


def make_peer(number: int, *, lag_seconds: float | None = None) -> PeerStatus:
    return PeerStatus(
        id=PeerId(f"{number:08}[b]xxxxxxxxx"),
        key=None,
        state="greeted",
        route="direct",
        lag_seconds=lag_seconds,
        is_synced=False,
        has_other_rules=False,
        gained=1,
        given=2,
    )


async def test_a_room_is_drawn_with_its_records_root_and_last_events() -> None:
    async with join("lobby", host=Hermit()) as room:
        await room.publish("hello")
        view = RoomView("lobby")
        for number in range(LINES_SHOWN + 5):
            view.note(ClockSkewed(number, 3, is_ours=True))
        text = text_of(view.render(room))
        assert f"lobby  1 records  root {room.root.hex()[:8]}  as npub1" in text
        assert text.count("this clock is") == LINES_SHOWN
        assert f"{LINES_SHOWN + 4} s ahead" in text


async def test_a_budget_that_bites_is_shown() -> None:
    async with join("lobby", host=Hermit()) as room:
        stream = room.events()
        for _ in range(EVENTS_BUFFERED_MAX + 1):
            room._take_event(ClockSkewed(1, 3, is_ours=True))
        assert f"! events: {EVENTS_BUFFERED_MAX} of {EVENTS_BUFFERED_MAX} since 2" in text_of(
            RoomView("lobby").render(room)
        )
        stream.close()
        assert "! events" not in text_of(RoomView("lobby").render(room))


def test_peers_are_rows_and_their_names_no_markup() -> None:
    text = text_of(peer_table([make_peer(1, lag_seconds=0.0123), make_peer(2)]))
    assert "00000001" in text
    assert "12 ms" in text
    assert "other rules" in text_of(peer_table([replace(make_peer(1), has_other_rules=True)]))


def test_that_a_peer_keeps_records_for_another_time_is_said() -> None:
    brief = replace(make_peer(1), state="established", is_synced=True, has_other_rules=True, keeps_seconds=3_600)
    assert "yes, keeps 1h" in text_of(peer_table([brief]))
    assert retention_line(brief).startswith("peer 00000001 keeps records for 1h, and we for another time")
    assert retention_line(make_peer(2)) == ""


@pytest.mark.parametrize(("width", "dropped"), [(160, 0), (60, 2), (50, 3), (30, 5)])
def test_a_narrow_terminal_shows_fewer_columns_and_whole_words(width: int, dropped: int) -> None:
    text = text_of(peer_table([make_peer(1, lag_seconds=0.0123)]), width=width)
    shown = [column for column in COLUMNS if f" {column} " in text]
    assert "…" not in text
    assert "00000001" in text
    assert "greeted" in text
    assert len(shown) >= len(COLUMNS) - dropped - 1
    assert max(map(len, text.splitlines())) <= width


def test_a_crowd_is_cut() -> None:
    assert "and 3 more" in text_of(peer_table([make_peer(number) for number in range(PEERS_SHOWN + 3)]))


def status_of(place: str, state: SocketState, *, error: str | None = None, size: int | None = None) -> SignalingStatus:
    return SignalingStatus(
        strategy="torrent",
        place=place,
        state=state,
        error=error,
        since=Monotonic(0.0),
        last_success=None,
        next_try=None,
        announces=1,
        replies=1,
        swarm_size=size,
        peers=2,
    )


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (status_of("ws://a", SocketState.OPEN, size=3), "torrent ws://a open, 3 members"),
        (status_of("ws://b", SocketState.RESTING, error="refused\x1b"), "torrent ws://b resting: refused\\x1b"),
    ],
)
def test_a_place_where_peers_are_met_is_a_line(status: SignalingStatus, line: str) -> None:
    assert signaling_line(status) == line


@pytest.mark.real_time
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_shows_the_live_view(start: Any, tracker: str) -> None:
    master, slave = os.openpty()
    options = ("--signaling", tracker, "--store", "memory:")
    watching = start("join", "lobby", *options, terminal=slave, TERM="xterm", COLUMNS="120")
    os.close(slave)
    shown = read_until(master, b"lobby  0 records")
    # It stays, where who publishes may be gone before the view is drawn anew.
    start("join", "lobby", *options)
    shown += read_until(master, b"established")
    start("publish", "lobby", "hello there", "--wait", str(PATIENT_SECONDS), *options)
    shown += read_until(master, b"hello there")
    watching.send_signal(signal.SIGINT)
    shown += read_until(master, None)
    os.close(master)
    assert watching.wait(PATIENT_SECONDS) == 130
    assert "lobby  1 records" in shown.decode()
