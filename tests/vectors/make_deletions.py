"""Writes deletions.json: what deletions name, and addresses of what has versions. Run it after a change of either."""

import json
from pathlib import Path
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.deletion import address_of, names_deleted
from peerset.core.keys import SecretKey
from peerset.core.record import Record, event_of, sign_record

FILE: Final = Path(__file__).with_name("deletions.json")
NOTE: Final = (
    "addresses: the name of each event's address, null when its kind has no versions. deletions: the names that each "
    "event deletes, in this order."
)
KEY: Final = SecretKey(bytes([1]) * 32)
AUTHOR: Final = KEY.public_key.hex()
STRANGER: Final = SecretKey(bytes([2]) * 32).public_key.hex()
ADDRESSED: Final[tuple[tuple[int, list[list[str]]], ...]] = (
    (30_078, [["d", "profile"]]),
    (30_078, [["us", "7"], ["d", "profile"], ["d", "other"]]),
    (30_078, []),
    (30_078, [["d"], ["d", "a:b Grüß \U0001f30d"]]),
    (30_000, [["d", ""]]),
    (39_999, [["d", "x"]]),
    (29_999, [["d", "x"]]),
    (40_000, [["d", "x"]]),
    (1_078, [["d", "x"]]),
    (0, []),
    (0, [["d", "x"]]),
    (1, []),
    (2, []),
    (3, []),
    (4, []),
    (9_999, []),
    (10_000, [["d", "x"]]),
    (19_999, []),
    (20_000, []),
)
DELETIONS: Final[tuple[tuple[int, list[list[str]]], ...]] = (
    (5, []),
    (5, [["e", "ab" * 32], ["e", "cd" * 32, "wss://relay"], ["e", "ab" * 32]]),
    (5, [["a", f"30078:{AUTHOR}:profile"], ["e", "ab" * 32], ["a", f"30078:{AUTHOR}:profile", "x"], ["k", "30078"]]),
    (5, [["a", f"30078:{AUTHOR}:"], ["a", f"39999:{AUTHOR}:a:b Grüß \U0001f30d"]]),
    (5, [["a", f"30078:{STRANGER}:profile"], ["a", f"30078:{AUTHOR}"], ["a", f"30078:{AUTHOR.upper()}:x"]]),
    (5, [["a"], ["a", ""], ["a", "30078"], ["a", f"1078:{AUTHOR}:x"], ["a", f"40000:{AUTHOR}:x"]]),
    (5, [["a", f"030078:{AUTHOR}:x"], ["a", f" 30078:{AUTHOR}:x"], ["a", f"3007\u0668:{AUTHOR}:x"], ["a", "3\n"]]),
    (1_078, [["e", "ab" * 32], ["a", f"30078:{AUTHOR}:profile"]]),
    (5, [["a", f"0:{AUTHOR}:"], ["a", f"3:{AUTHOR}:"], ["a", f"10002:{AUTHOR}:"], ["a", f"19999:{AUTHOR}:x"]]),
    (5, [["a", f"0:{AUTHOR}"], ["a", f"00:{AUTHOR}:"], ["a", f"1:{AUTHOR}:"], ["a", f"10002:{STRANGER}:"]]),
    (5, [["a", f"9999:{AUTHOR}:"], ["a", f"20000:{AUTHOR}:"], ["a", f"100000:{AUTHOR}:"], ["a", f":{AUTHOR}:"]]),
)


def make() -> str:
    """Give the text of the file."""
    addressed, deletions = ([_record(*row) for row in rows] for rows in (ADDRESSED, DELETIONS))
    addresses = [{"event": event_of(each), "address": _hex(address_of(each))} for each in addressed]
    names = [{"event": event_of(each), "names": [name.hex() for name in names_deleted(each)]} for each in deletions]
    return json.dumps({"note": NOTE, "addresses": addresses, "deletions": names}, indent=1) + "\n"


def _record(kind: int, tags: list[list[str]]) -> Record:
    return sign_record(KEY, created_at=UnixTime(1_790_000_000), kind=kind, tags=tags, content="")


def _hex(name: bytes | None) -> str | None:
    return None if name is None else name.hex()


if __name__ == "__main__":
    FILE.write_text(make(), encoding="utf-8")
