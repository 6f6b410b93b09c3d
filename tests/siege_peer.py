"""A peer of a besieged room, in a process of its own: does what its standard input says, a line at a time.

``siege_peer.py ROLE COUNT URL``: *ROLE* is "honest", or says how a hostile peer comes to push *COUNT*
refused records: a "liar" claims the room's rules and breaks them, a "stranger" has none, and a "flooder" is a stranger
that waits for no credit.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import peerset
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.core.signal import RoomName
from peerset.plugins import open_policy
from peerset.ports import Policy, SetRule
from peerset.protocol import outlet

ROOM = RoomName("peerset", "siege")
POLICY = "words"
HONEST_MARK = "published at "
"""What an honest record begins with; the rest is when."""
REFUSED_TEXT = "what a load of shit"
AUTHOR = SecretKey((7).to_bytes(32, "big"))


class Pretence:
    """Shows the manifest of an honest policy, and accepts everything."""

    name = POLICY
    policy_class = peerset.PolicyClass.ADMISSION

    def __init__(self, honest: Policy | SetRule) -> None:
        self.manifest = honest.manifest

    def judge(self, records: Sequence[Record]) -> list[peerset.Verdict]:
        """Accept."""
        return [peerset.Accept() for _ in records]


def policies_of(role: str) -> list[str | Policy | SetRule]:
    """Give what a peer of *role* joins with."""
    match role:
        case "honest":
            return [POLICY]
        case "liar":
            return [Pretence(open_policy(POLICY))]
        case _:
            return []


def make_refused(count: int) -> list[Record]:
    """Sign *count* records that the room's policy refuses: ten thousand of them fit into every queue."""
    tags = [["h", ROOM.tag.hex()]]
    now = UnixTime(int(time.time()))
    texts = (f"{REFUSED_TEXT} {number}" for number in range(count))
    return [sign_record(AUTHOR, created_at=now, kind=1078, tags=tags, content=text) for text in texts]


async def main(role: str, count: str, url: str) -> None:
    """Join, and serve standard input until it ends."""
    if role == "flooder":
        vars(outlet)["LIVE_WINDOW_BYTES"] = 2**40
    refused = make_refused(int(count))
    async with join_siege(url, role) as room:
        events = room.events()
        say("ready")
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            await obey(line, room, refused, events)


async def obey(line: str, room: peerset.Room, refused: Sequence[Record], events: peerset.EventStream) -> None:
    """Do what *line* says and answer with one line."""
    match line:
        case "met":
            await until_met(room, events)
            say("met")
        case "publish":
            record = await room.publish(f"{HONEST_MARK}{time.monotonic()}")
            say("published", record.id.hex())
        case "push":
            say("pushed", await room.add(refused))
        case _:
            raise SystemExit(f"no such order: {line}")


def join_siege(url: str, role: str, *, store: str = "memory:") -> AbstractAsyncContextManager[peerset.Room]:
    """Join the besieged room as a peer of *role*."""
    return peerset.join(
        ROOM.room,
        app=ROOM.app,
        store=store,
        policies=policies_of(role),
        signaling=[url],
        ice_servers=(),
        allow_loopback=True,
        host=peerset.Host(),
    )


async def until_met(room: peerset.Room, events: peerset.EventStream) -> None:
    """Wait for two neighbours."""
    while sum(peer.state == "established" for peer in room.peers) < 2:
        await anext(events)


def say(*fields: object) -> None:
    """Print one line."""
    print(json.dumps(fields), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
