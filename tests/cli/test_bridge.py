"""``peerset bridge``; what it carries is tried with a page in tests/interop."""

import json
import signal
from typing import Any

import pytest

from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:1", "--their-signaling", "ws://127.0.0.1:1")


def test_it_carries_until_it_is_interrupted(start: Any) -> None:
    process = start("bridge", "town", "--app", "chat", "--their-room", "elsewhere", *NOWHERE)
    said = next(line for line in process.stderr if not line.startswith("WARNING"))
    assert said == "carrying 'places' of town and of elsewhere of peerset.DB\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENT_SECONDS)
    assert process.returncode == 130


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["town", "--their-signaling", "https://tracker.test"], "strategy 'https'"),
        (["town", "--signaling", "https://tracker.test"], "strategy 'https'"),
        (["", *NOWHERE], "the room name is empty"),
        (["town", *NOWHERE, "--key", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_is_said_before_anybody_is_met(shell: Any, options: list[str], reason: str) -> None:
    ended = shell("bridge", *options)
    assert ended.code in (2, 3)
    assert reason in ended.err
    assert "made a key" not in ended.err


def test_its_settings_are_shown(shell: Any) -> None:
    ended = shell("config", "show", "bridge", "--json")
    assert ended.code == 0
    names = {json.loads(line)["setting"] for line in ended.out.splitlines()}
    assert {"collection", "their-app", "their-room", "their-signaling"} <= {name.split(".")[-1] for name in names}
