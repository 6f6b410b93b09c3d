"""What people type by mistake, for every argument and option of every verb: one line, and a code that is documented."""

import random
import socket
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.building import all_settings
from peerset.cli.exits import ExitCode
from peerset.cli.setting import Setting
from peerset.core.keys import SecretKey, npub
from peerset.keyfiles import create_key
from tests.cli.commands import VERBS, command_at

KEY = SecretKey.generate(random.Random(1))
NPUB = npub(KEY.public_key)
SECRET = KEY.to_nsec()
THREE = "\u0663"
STARTING = {THREE, ""}
"""Three in the digits of another script, and no file of settings: with these the demo would start."""
NUMBERS = ["", "nan", "inf", "-1", "1e999", THREE, "\u00b3", "9" * 400, SECRET]
TEXTS = ["", " ", "\u0445", ".", "x" * 10_000, "\udcff", "\u202e", "a\nb", "=", "g" * 64]
KEYS = [SECRET, SECRET.upper(), NPUB[:-3], NPUB[:-1] + "q"]
PLACES = ["nowhere/x", "folder", "utf16", "sqlite:", "sqlite:folder", "sqlite:bytes", "floppy:a"]
OTHERS = [
    "links:allow",
    "command:{",
    "ws://",
    "ws://127.0.0.1:99999",
    "turn:x:y:z",
    "stun:a:99999999",
    "2026-13-45",
    "-5d",
]
ODD = [*TEXTS, *KEYS, *PLACES, *OTHERS]

BUSY = "the port that is taken"
NOT_OURS = ["--host", "192.0.2.1", "--port", BUSY]
"""Neither can be listened on, so that what takes the one for granted is ended by the other."""
NOWHERE = ["--signaling", "ws://127.0.0.1:9"]
READING = ("archive", "records", "find", "count", "get", "sql", "export", "gc", "quarantine", "mutes", "bans", "pins")
BRIEF = {
    "join": ["--seconds", "0", *NOWHERE],
    "watch": ["--seconds", "0", *NOWHERE],
    "bridge": ["--seconds", "0", *NOWHERE, "--their-signaling", "ws://127.0.0.1:9"],
    "publish": ["--wait", "0", *NOWHERE],
    "delete": ["--wait", "0", *NOWHERE],
    **{verb: ["--wait", "0", *NOWHERE] for verb in ("put", "pin", "unpin", "label", "revoke")},
    "open": ["--wait", "0", "--seconds", "0", *NOWHERE],
    **{f"devices {verb}": ["--wait", "0", *NOWHERE] for verb in ("accept", "unlink")},
    "devices ask": ["--minutes", "0.001", *NOWHERE],
    "devices list": ["--store", "memory:"],
    "files": ["--wait", "0", *NOWHERE],
    "files list": ["--store", "memory:"],
    "files watch": ["--seconds", "0", *NOWHERE],
    "files mirror": ["--direction", "down", "--wait", "0", *NOWHERE],
    # A room that is not there is not read, an empty one is.
    **{verb: ["--store", "memory:"] for verb in READING},
    "keys bunker": ["--relay", "ws://127.0.0.1:9", "--seconds", "0"],
    "keys connect": ["--relay", "ws://127.0.0.1:9", "--wait", "0"],
    "node run": ["--seconds", "0", *NOWHERE],
    "tracker": NOT_OURS,
    "serve": [*NOT_OURS, "--signaling", "ws://127.0.0.1:9"],
    "doctor": ["--local"],
    "backup": ["--data", "folder"],
    "sync": ["--listen", BUSY],
}
"""What makes a verb end at once."""
USUAL = {
    "room": "lobby",
    "content": "hi",
    "record_id": "ab",
    "subject": NPUB,
    "author": NPUB,
    "specs": "kinds:allow=1",
    "collection": "notes",
    "name": "site",
    "path": "a.txt",
    "source": "records.jsonl",
    "local": "folder",
    "register": "k",
    "value": "1",
    "query": "SELECT ?",
}
MAKING = {ExitCode.DONE, ExitCode.ALONE, ExitCode.MISSING}
"""What a verb ends with that may have made something: it joined."""
SHARE = 9
"""Of the values of what is called alike at an earlier verb, one in so many is tried: at each verb others."""
MET_SHARE = 4
"""And at the first verb that joins a room one in so many, in each run others: most of them let it join."""
SHOWN = [words for words, verb in VERBS.items() if not verb.is_hidden]


@cache
def verbs_that_take() -> Mapping[tuple[str, str], list[tuple[str, ...]]]:
    """Which verbs have an argument or an option of that kind and name: first those that meet nobody."""
    found: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for words in sorted(SHOWN, key=meets):
        for parameter in command_at(words).params:
            found.setdefault((parameter.param_type_name, parameter.name), []).append(words)
    return found


def values_at(words: tuple[str, ...], parameter: Any, setting: Setting | None) -> list[str]:
    """Give what is tried there: everything where nothing before is called so, else a share."""
    values = ODD if setting is None or setting.kind is str else NUMBERS
    takers = verbs_that_take()[parameter.param_type_name, parameter.name]
    if words == takers[0] and not meets(words):
        return values
    if words == next(filter(meets, takers), None):
        # Hashes of texts are others in each run, and the same in all of its processes.
        return values[hash(parameter.name) % MET_SHARE :: MET_SHARE]
    # What is shared is read by the same code wherever it stands.
    return [] if setting and setting.is_shared else values[takers.index(words) % SHARE :: SHARE]


def meets(words: tuple[str, ...]) -> bool:
    """Whether a verb joins a room."""
    return NOWHERE[0] in (BRIEF.get(" ".join(words)) or BRIEF.get(words[0], []))


def calls(words: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """Every odd value at every place of a verb, the other places as usual; with the value that is odd."""
    command = command_at(words)
    places = [each for each in command.params if each.param_type_name == "argument"]
    settings = {setting.argument: setting for setting in all_settings()[words]}
    found = []
    for parameter in command.params:
        setting = settings.get(parameter.name)
        if getattr(parameter, "is_flag", False):
            continue
        values = values_at(words, parameter, setting)
        if words == ("demo",):
            values = [value for value in values if value not in STARTING]
        for value in values:
            given = list(BRIEF.get(" ".join(words)) or BRIEF.get(words[0], []))
            flag = max(parameter.opts, key=len)
            if flag in given:
                del given[given.index(flag) : given.index(flag) + 2]
            if parameter not in places:
                given.append(f"{flag}={value}")
            needed = [each for each in places if each is parameter or each.required]
            rest = [value if each is parameter else USUAL.get(each.name, "records.jsonl") for each in needed]
            found.append((value, [*words, *given, "--", *rest] if rest else [*words, *given]))
    return found


@pytest.fixture
def things(home: Path) -> Path:
    """A home with what odd values name."""
    (home / "folder").mkdir()
    (home / "bytes").write_bytes(bytes(range(256)))
    (home / "utf16").write_text("hello", "utf-16")
    (home / "records.jsonl").write_text("")
    return home


@pytest.mark.real_time
@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_no_odd_value_ends_in_a_traceback_repeats_a_secret_or_leaves_anything_when_it_is_refused(
    words: tuple[str, ...], shell: Any, things: Path
) -> None:
    if words[0] == "keys":
        # Elsewhere none is there, so that no verb may make one before it has read all that it is given.
        create_key()
    before = set(things.rglob("*"))
    wrong = []
    with closing(socket.create_server(("", 0))) as taken:
        port = str(taken.getsockname()[1])
        for value, given in calls(words):
            ended = shell(*(port if each == BUSY else each for each in given))
            made = sorted(set(things.rglob("*")) - before, reverse=True)
            if is_wrong(ended, value, words) or (made and ended.code not in MAKING):
                wrong.append((given, ended.code, made, ended.err[-200:]))
            for path in made:
                path.rmdir() if path.is_dir() else path.unlink()
    assert wrong == []


def is_wrong(ended: Any, value: str, words: tuple[str, ...]) -> bool:
    """Say whether a verb ended by no documented code, with a traceback, in more than a line, or told a secret."""
    lines = [each for each in ended.err.strip().splitlines() if "made a key" not in each]
    is_brief = ended.code != ExitCode.USAGE or ended.err.startswith("Usage: ") or len(lines) == 1
    # Whoever publishes a secret said so; nothing else repeats one.
    is_told = value.lower() == SECRET and words != ("publish",) and SECRET[5:] in (ended.out + ended.err).lower()
    return ended.code not in set(ExitCode) or "Traceback" in ended.err or not is_brief or is_told
