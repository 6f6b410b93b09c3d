"""``peerset pin``, ``unpin`` and ``pins``."""

import json
from typing import Any, Final

import pytest

from peerset.cli.exits import ExitCode
from peerset.keyfiles import create_key

pytestmark = pytest.mark.real_time

NOWHERE: Final = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")


def rows(shell: Any, *arguments: str) -> list[dict[str, Any]]:
    ended = shell(*arguments, "--json")
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def test_what_is_pinned_is_listed_until_that_is_withdrawn(shell: Any, home: Any) -> None:
    policy = ("--policy", f"pins:allow={create_key('me').public_key.hex()}", "--key", "me")
    [event] = rows(shell, "publish", "lobby", "worth\nkeeping", "--key", "me", *NOWHERE)
    [pin] = rows(shell, "pin", "lobby", event["id"][:8], *policy, *NOWHERE)
    assert rows(shell, "pin", "lobby", event["id"], *policy, *NOWHERE) == [pin]
    assert rows(shell, "pins", "lobby") == [
        {"id": pin["id"], "author": pin["pubkey"], "created_at": pin["created_at"], "record": event}
    ]
    assert "worth\\nkeeping" in shell("pins", "lobby").out
    [deletion] = rows(shell, "unpin", "lobby", event["id"], *policy, *NOWHERE)
    assert deletion["kind"] == 5
    assert rows(shell, "pins", "lobby") == []
    ended = shell("unpin", "lobby", event["id"], *policy, *NOWHERE)
    assert (ended.code, "not pinned by us" in ended.err) == (ExitCode.USAGE, True)


def test_where_no_policy_says_who_nobody_pins(shell: Any, home: Any) -> None:
    [event] = rows(shell, "publish", "lobby", "a", *NOWHERE)
    ended = shell("pin", "lobby", event["id"], *NOWHERE)
    assert ended.code == ExitCode.REFUSED
    assert "nobody may pin in this room" in ended.err


def test_what_is_not_here_is_said_to_be_missing_before_anybody_is_met(shell: Any, home: Any) -> None:
    for verb in ("pin", "unpin"):
        assert shell(verb, "lobby", "abcd", *NOWHERE).code == ExitCode.MISSING
        assert shell(verb, "lobby", "no id", *NOWHERE).code == ExitCode.USAGE
    assert shell("pins", "lobby").code == ExitCode.MISSING
