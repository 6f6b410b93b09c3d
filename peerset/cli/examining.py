"""What ``peerset doctor --node`` looks at: the folder of a node, this machine as it needs it, and the one that runs."""

import os
import socket
import stat
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Final

from peerset.cli.loading import load
from peerset.cli.output import printable
from peerset.cli.running import unix_now
from peerset.cli.sight import OPEN, RoomRow, Sight
from peerset.core.network import LOOPBACK
from peerset.doctor.finding import Finding, Health
from peerset.errors import ConfigError
from peerset.node.control import ask, socket_path
from peerset.node.descriptors import OPEN_FILES

OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
OTHERS_ALL: Final = stat.S_IRWXG | stat.S_IRWXO
FREE_PARTS: Final = 10
"""Of the disk at least one part in so many of what the stores take shall be free."""
AHEAD_SECONDS_MAX: Final = 60
SKEW_SECONDS_MAX: Final = 60
"""Peers refuse what is dated 15 minutes ahead; long before that something is wrong."""
FILES_BESIDE: Final = 256
FILES_OF_A_ROOM: Final = 40
"""A store has three files, and each of 36 channels a socket."""


async def examine_node(folder: Path, ports: Sequence[int] = ()) -> AsyncIterator[Finding]:
    """Examine the node of *folder*, whether it runs or not, and the *ports* that it is to listen on."""
    yield _examine_rights(folder)
    yield _examine_disk(folder)
    sight, word = await _look(folder)
    yield _examine_answer(folder, sight, word)
    rooms = [] if sight is None else list(sight.rooms)
    yield _examine_clock(folder, rooms)
    yield _examine_files(len(rooms) or len(_stores(folder)))
    if sight is not None:
        yield _examine_rooms(rooms)
        yield _examine_budgets(rooms)
    for port in ports:
        yield _examine_port(port, is_running=sight is not None)


async def _look(folder: Path) -> tuple[Sight | None, str]:
    try:
        return Sight.read(await ask(folder, {"verb": "look"})), ""
    except ConfigError as error:
        return None, str(error)


def _examine_rights(folder: Path) -> Finding:
    name = "node's folder"
    try:
        status = folder.stat()
    except OSError as error:
        advice = "peerset node makes it; or name another by --data"
        return Finding(name, Health.WEAK, f"{folder}: {error.strerror}", advice)
    if os.name == "posix" and status.st_uid != os.geteuid():
        advice = f"run this and the node as the folder's owner, or: chown -R {os.geteuid()} '{folder}'"
        return Finding(name, Health.ILL, f"{folder} belongs to the user {status.st_uid}", advice)
    for path, others in ((folder, OTHERS_WRITE), (folder / "rooms", OTHERS_ALL), (folder / "keys", OTHERS_ALL)):
        if os.name == "posix" and path.is_dir() and path.stat().st_mode & others:
            mode = stat.S_IMODE(path.stat().st_mode)
            advice = f"what is in it is nobody else's: chmod 700 '{path}'"
            return Finding(name, Health.WEAK, f"{path} is open to others (mode {mode:04o})", advice)
    return Finding(name, Health.WELL, str(folder))


def _examine_disk(folder: Path) -> Finding:
    finding: Finding = load("peerset.doctor.machine:examine_directory")(folder)
    if finding.health is not Health.WELL:
        return finding
    taken = sum(status.st_size for status in _stores(folder))
    disk = os.statvfs(folder) if hasattr(os, "statvfs") else None
    free = taken if disk is None else disk.f_bavail * disk.f_frsize
    detail = f"the rooms take {taken // 1_000_000:,} MB, and {free // 1_000_000:,} MB are free"
    if free * FREE_PARTS < taken:
        return Finding("disk", Health.WEAK, detail, "free some space, or let --all-disk-bytes say less")
    return Finding("disk", Health.WELL, detail)


def _examine_answer(folder: Path, sight: Sight | None, word: str) -> Finding:
    name = "running node"
    if sight is not None:
        return Finding(name, Health.WELL, f"answers, and keeps {len(sight.rooms)} rooms")
    try:
        is_left = socket_path(folder).exists()
    except ConfigError as error:
        return Finding(name, Health.ILL, str(error), "name a shorter --data")
    if is_left:
        advice = "start it again: what is left of the old one is in nobody's way; its log says why it ended"
        return Finding(name, Health.WEAK, f"{word}; one that ran did not end by itself", advice)
    return Finding(name, Health.WEAK, word, "peerset node --room ROOM, or the service of docs/operating.md")


def _examine_clock(folder: Path, rooms: Iterable[RoomRow]) -> Finding:
    name, advice = "clock", "let the system keep it: timedatectl set-ntp true, or an NTP service"
    skews = [row.skew_seconds for row in rooms if row.skew_seconds is not None]
    worst = max(skews, key=abs, default=0)
    if abs(worst) > SKEW_SECONDS_MAX:
        side = "ahead of" if worst > 0 else "behind"
        return Finding(name, Health.WEAK, f"{abs(worst):,} s {side} that of peers", advice)
    ahead = max((int(status.st_mtime) for status in _stores(folder)), default=0) - unix_now()
    if ahead > AHEAD_SECONDS_MAX:
        return Finding(name, Health.WEAK, f"a room was written {ahead:,} s from now: it was set back", advice)
    return Finding(name, Health.WELL, "as peers have it" if skews else "no peer says otherwise")


def _examine_files(rooms: int) -> Finding:
    name, wanted = "open files", FILES_BESIDE + rooms * FILES_OF_A_ROOM
    if os.name != "posix":
        return Finding(name, Health.WELL, "have no limit here")
    soft, hard = load("resource:getrlimit")(load("resource:RLIMIT_NOFILE"))
    # A node raises its own limit as far as it may.
    limit = soft if soft < 0 else max(soft, min(OPEN_FILES, OPEN_FILES if hard < 0 else hard))
    detail = f"{limit:,} may be open, and {rooms} rooms take {wanted:,} when all places are taken"
    if 0 <= limit < wanted:
        return Finding(name, Health.WEAK, detail, f"ulimit -Hn {wanted} as root, or LimitNOFILE={wanted} in its unit")
    return Finding(name, Health.WELL, detail)


def _examine_rooms(rooms: Sequence[RoomRow]) -> Finding:
    name = "rooms"
    ill = [row for row in rooms if row.reason]
    alone = [row for row in rooms if row.state == OPEN and row.places and not row.places_open]
    states = ", ".join(f"{count} {state}" for state, count in Counter(row.state for row in rooms).items())
    if ill:
        first = ill[0]
        detail = f"{states}; {first.room}: {first.reason}"
        return Finding(name, Health.WEAK, printable(detail), "peerset node list says why each is not open")
    if alone:
        detail = f"{states}; {len(alone)} reach no place where peers are met, such as {alone[0].room}"
        return Finding(name, Health.WEAK, printable(detail), "peerset doctor says which places answer")
    return Finding(name, Health.WELL, states or "none are kept")


def _examine_budgets(rooms: Iterable[RoomRow]) -> Finding:
    biting = [row for row in rooms if row.budgets]
    if biting:
        detail = f"{len(biting)} rooms are at a limit, such as {printable(biting[0].room)}"
        return Finding("budgets", Health.WEAK, detail, "peerset top, and Enter on the room, say which and since when")
    return Finding("budgets", Health.WELL, "none bites")


def _examine_port(port: int, *, is_running: bool) -> Finding:
    name = f"port {port}"
    with socket.socket() as listening:
        # As servers do, who take a port again that was just left.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((LOOPBACK, port))
        except OSError as error:
            if is_running:
                return Finding(name, Health.WELL, "is taken, while a node runs")
            advice = f"find who has it by: ss -ltnp 'sport = :{port}'; or name another"
            return Finding(name, Health.ILL, f"cannot be listened on: {error.strerror}", advice)
    return Finding(name, Health.WELL, "is free")


def _stores(folder: Path) -> list[os.stat_result]:
    return [path.stat() for path in (folder / "rooms").glob("*.db*") if path.is_file()]
