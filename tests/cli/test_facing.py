"""The options by which a node shows its rooms."""

import sys
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.core.keys import SecretKey, npub

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no sockets in folders"),
]
KEY = npub(SecretKey(bytes(31) + b"\7").public_key)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--face-host", "0.0.0.0"], "name a token, or keys that may"),
        (["--face-host", "0.0.0.0", "--face-key", KEY], "name the URL"),
        (["--face-key", "npub1"], "npub1"),
        (["--face-token", "empty"], "empty has no token in it"),
        (["--face-origin", "app.example"], "an origin is written"),
        (["--face-room", ""], "empty"),
    ],
)
def test_who_would_come_in_is_said_before_anybody_does(home: Path, shell: Any, arguments: list[str], says: str) -> None:
    (home / "empty").touch()
    ended = shell("node", "--data", "n", "--seconds", "0", "--nostr-port", "0", *arguments)
    assert ended.code == ExitCode.USAGE
    assert says in ended.err


def test_it_says_where_its_rooms_are_over_http(shell: Any) -> None:
    ended = shell("node", "--data", "n", "--seconds", "0", "--http-port", "0")
    assert ended.code == 0
    assert ended.err.startswith("HTTP at http://127.0.0.1:")
    refused = shell("node", "--data", "n", "--seconds", "0", "--http-port", "0", "--face-key", KEY)
    assert (refused.code, "nobody proves a key over HTTP" in refused.err) == (ExitCode.USAGE, True)


def test_it_says_where_the_relay_is(home: Path, shell: Any) -> None:
    (home / "token").write_text("only for those who know\n", "utf-8")
    options = [
        "--face-token",
        "token",
        "--face-key",
        "any",
        "--face-origin",
        "https://app.example",
        "--face-room",
        "lobby",
    ]
    ended = shell("node", "--data", "n", "--seconds", "0", "--nostr-port", "0", *options)
    assert ended.code == 0
    assert ended.err.startswith("a Nostr relay at ws://127.0.0.1:")
