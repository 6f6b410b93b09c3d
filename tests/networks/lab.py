"""What runs in the networks: makes them, and is a tracker and a TURN server in them and a member at every site.

Its process is the first in namespaces of its own for mounts, networks and processes (`unshare`), so nothing of the
host's network is seen or touched, and all that it started is killed with it. It ends with its standard input, which the
kernel closes when whoever started it is gone, however that came.

Lines in and out are JSON. The first one in has the commands that make the networks, the names of the sites, and the
addresses at which servers listen; each further one names a site and what it is to do: meet others in a room, or have
itself examined by the doctor. All sites are threads of this process, each with a network and a loop of its own: what
they start with is loaded once.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import queue
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import peerset
from peerset.core.ice import IceServer
from peerset.doctor.examination import examine
from peerset.tracker.tracker import serve_tracker

TRACKER: Final = "tracker"
"""The way to meet that stands for the tracker in the internet, whose address nobody else needs to know."""
TRACKER_PORT: Final = 8000
WAIT_SECONDS: Final = 80.0
CLONE_NEWNET: Final = 0x40000000

Wish = dict[str, Any]


def main() -> None:
    """Make the networks and serve wishes until standard input ends."""
    first = json.loads(sys.stdin.readline())
    # Names of networks are files in /run/netns: nobody outside is to see ours.
    commands = "mount -t tmpfs tmpfs /run\n" + first["script"]
    made = subprocess.run(["sh", "-ec", commands], capture_output=True, text=True, check=False)
    if made.returncode:
        say("failed", made.stdout + made.stderr)
        return
    servers = first["servers"]
    turn = start_turn(servers)
    start(lambda: serve(servers[0]))
    sites = {name: Site(name, servers) for name in first["sites"]}
    say("ready", list(sites))
    for line in sys.stdin:
        wish = json.loads(line)
        sites[wish["site"]].wishes.put(wish)
    turn.kill()
    # The threads would be waited for.
    os._exit(0)


def say(subject: str, what: object) -> None:
    """Print one line."""
    sys.stdout.write(json.dumps([subject, what]) + "\n")
    sys.stdout.flush()


def start(run: Callable[[], None]) -> None:
    """Start a thread."""
    threading.Thread(target=run, daemon=True).start()


def start_turn(servers: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Start coturn, which answers STUN as well, at both addresses."""
    listening = [f"--listening-ip={server}" for server in servers]
    quiet = ["--no-tls", "--no-dtls", "--no-cli", "--log-file=stdout", "--pidfile=/run/turn.pid", "--db=/run/turn.db"]
    account = ["--lt-cred-mech", "--realm=lab", "--user=guest:secret"]
    return subprocess.Popen(["turnserver", "-n", *listening, *quiet, *account], stdout=subprocess.DEVNULL)


def serve(host: str) -> None:
    """Be the tracker."""

    async def forever() -> None:
        async with serve_tracker(host, TRACKER_PORT, rng=random.Random(1)):
            await asyncio.Event().wait()

    asyncio.run(forever())


class Site:
    """The host of one site."""

    def __init__(self, name: str, servers: Sequence[str]) -> None:
        self.name = name
        self._tracker = f"ws://{servers[0]}:{TRACKER_PORT}"
        self._stun = [IceServer(f"stun:{server}:3478") for server in servers]
        self.wishes: queue.SimpleQueue[Wish] = queue.SimpleQueue()
        start(self._run)

    def _run(self) -> None:
        with Path(f"/run/netns/{self.name}").open() as network:
            # Of this thread and those that it starts.
            if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"cannot enter the network of {self.name}")
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        staying: asyncio.Task[None] | None = None
        while True:
            wish = await asyncio.to_thread(self.wishes.get)
            if staying is not None:
                staying.cancel()
                await asyncio.wait([staying])
            work = self._meet(wish) if "room" in wish else self._examine(wish)
            staying = asyncio.create_task(work)

    async def _meet(self, wish: Wish) -> None:
        """Publish a record, tell what is here once all are, and stay in the room until the next wish."""
        way = wish["signaling"]
        servers = [self._stun[0], *relays(wish["turn"])] if way == TRACKER else []
        signaling = self._tracker if way == TRACKER else way
        async with peerset.join(
            wish["room"], app="networks", signaling=signaling, ice_servers=servers, host=peerset.Host()
        ) as room:
            events = room.events()
            await room.publish(self.name)
            with contextlib.suppress(TimeoutError):  # What is here is told all the same.
                async with asyncio.timeout(WAIT_SECONDS):
                    while room.count < wish["records"]:
                        await anext(events)
            records = await room.records()
            names = {record.author: record.content for record in records}
            routes = {str(names.get(peer.key)): peer.route for peer in room.peers if peer.key is not None}
            say(self.name, {"records": sorted(map(str, names.values())), "routes": routes})
            await asyncio.Event().wait()

    async def _examine(self, wish: Wish) -> None:
        """Tell what the doctor finds."""
        servers = [*self._stun, *relays(wish["turn"])]
        findings = examine([self._tracker], servers, is_local=False, rng=random.SystemRandom())
        say(self.name, [asdict(finding) | {"health": finding.health.value} async for finding in findings])


def relays(turn: str) -> list[IceServer]:
    """Give the TURN server *turn*, if there is one."""
    return [IceServer(turn, "guest", "secret")] if turn else []


if __name__ == "__main__":
    main()
