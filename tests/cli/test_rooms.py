"""``peerset join`` and ``watch``, as processes that meet through a tracker on this machine."""

import asyncio
import gc
import json
import random
import signal
import subprocess
from collections.abc import Coroutine
from typing import Any

import pytest

from peerset.cli.options import RoomOptions
from peerset.cli.rooms import _take_part
from peerset.core.keys import SecretKey
from peerset.room.room import Room
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time


def lines_of(process: "subprocess.Popen[str]") -> Any:
    assert process.stdout is not None
    return iter(process.stdout.readline, "")


def wait_for(process: "subprocess.Popen[str]", **fields: object) -> dict[str, Any]:
    """Read JSON lines up to the one that has *fields*."""
    for line in lines_of(process):
        row: dict[str, Any] = json.loads(line)
        if all(row.get(name) == value for name, value in fields.items()):
            return row
    raise AssertionError(f"ended without {fields}: {process.communicate()}")


def test_processes_share_what_one_publishes_tell_each_event_on_a_line_and_leave_at_a_signal_by_its_code(
    start: Any, shell: Any, tracker: str
) -> None:
    staying = start("join", "lobby", "--store", "memory:", "--json", PEERSET_SIGNALING=tracker)
    where = ("lobby", "--signaling", tracker, "--store", "memory:")
    assert shell("publish", *where, "hello", "--wait", str(PATIENT_SECONDS)).code == 0
    peer = wait_for(staying, event="PeerJoined")["peer"]
    added = wait_for(staying, event="RecordAdded", peer=peer)["record"]
    assert (added["content"], added["kind"]) == ("hello", 1078)
    assert wait_for(staying, event="PeerLeft")["peer"] == peer

    leaving = {signal.SIGINT: start("watch", *where, "--json"), signal.SIGTERM: start("join", *where, "--json")}
    peers = {wait_for(staying, event="PeerJoined")["peer"] for _ in leaving}
    assert wait_for(leaving[signal.SIGINT], content="hello")["id"] == added["id"]
    wait_for(leaving[signal.SIGTERM], event="PeerSynced")
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        leaving[number].send_signal(number)
        assert leaving[number].wait(PATIENT_SECONDS) == code
        assert "Traceback" not in leaving[number].stderr.read()
        left = wait_for(staying, event="PeerLeft")
        assert "left the room" in left["reason"]
        peers.remove(left["peer"])
    assert peers == set()


def test_watching_begins_with_what_is_there(shell: Any) -> None:
    nowhere = ("--signaling", "ws://127.0.0.1:9")
    for text in ("one", "two"):
        shell("publish", "lobby", text, *nowhere, "--wait", "0")
    # What is here is printed whole, and the seconds begin after it.
    ended = shell("watch", "lobby", "--json", *nowhere, "--seconds", "0")
    assert ended.code == 0
    assert {json.loads(line)["content"] for line in ended.out.splitlines()} == {"one", "two"}
    assert "with 2 records" in ended.err


def test_watching_prints_only_what_was_asked_for(shell: Any) -> None:
    nowhere = ("--signaling", "ws://127.0.0.1:9")
    for kind in ("7", "8"):
        shell("publish", "lobby", "text", "--kind", kind, *nowhere, "--wait", "0")
    ended = shell("watch", "lobby", "--kind", "8", "--json", *nowhere, "--seconds", "0")
    assert [json.loads(line)["kind"] for line in ended.out.splitlines()] == [8]


async def test_what_a_room_has_at_first_is_not_gone_over_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_NSEC", SecretKey.generate(random.Random(1)).to_nsec())
    frozen = list[int]()

    async def show(_: Room) -> Coroutine[Any, Any, None]:
        frozen.append(gc.get_freeze_count())
        return asyncio.sleep(0)

    gc.unfreeze()
    await _take_part(
        "lobby", options=RoomOptions(store="memory:", signaling=["ws://127.0.0.1:1"]), seconds=None, show=show
    )
    gc.unfreeze()
    there = len(gc.get_objects())
    # As it was: what all tests have stays (tests/halves.py).
    gc.freeze()
    assert frozen[0] > there / 2
