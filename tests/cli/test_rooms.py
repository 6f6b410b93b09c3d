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

WAITING = ("--wait", str(PATIENT_SECONDS))


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


def test_two_processes_share_what_one_publishes(start: Any, tracker: str) -> None:
    watcher = start("watch", "lobby", "--signaling", tracker, "--store", "memory:", "--json")
    publisher = start("publish", "lobby", "hello", *WAITING, "--signaling", tracker, "--store", "memory:")
    assert publisher.wait(PATIENT_SECONDS) == 0
    assert wait_for(watcher, content="hello")["kind"] == 1078


def test_a_joined_room_tells_each_event_on_a_line(start: Any, tracker: str) -> None:
    joined = start("join", "lobby", "--store", "memory:", "--json", PEERSET_SIGNALING=tracker)
    start("publish", "lobby", "hello", *WAITING, "--signaling", tracker, "--store", "memory:")
    peer = wait_for(joined, event="PeerJoined")["peer"]
    added = wait_for(joined, event="RecordAdded", peer=peer)
    assert added["record"]["content"] == "hello"
    assert wait_for(joined, event="PeerLeft")["peer"] == peer


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_the_room_and_ends_by_its_code(start: Any, tracker: str, number: int, code: int) -> None:
    staying = start("join", "lobby", "--signaling", tracker, "--store", "memory:", "--json")
    leaving = start("join", "lobby", "--signaling", tracker, "--store", "memory:", "--json")
    wait_for(leaving, event="PeerSynced")
    leaving.send_signal(number)
    assert leaving.wait(PATIENT_SECONDS) == code
    assert "Traceback" not in leaving.stderr.read()
    assert "left the room" in wait_for(staying, event="PeerLeft")["reason"]


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

    await _take_part(
        "lobby", options=RoomOptions(store="memory:", signaling=["ws://127.0.0.1:1"]), seconds=None, show=show
    )
    gc.unfreeze()
    assert frozen[0] > len(gc.get_objects()) / 2
