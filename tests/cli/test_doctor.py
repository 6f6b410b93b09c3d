"""``peerset doctor``."""

import json
from typing import Any

import pytest

from peerset.cli.doctor import finding_line
from peerset.doctor.finding import Finding, Health
from peerset.doctor.local import examine_connection
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time


def test_a_healthy_machine_ends_by_zero(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine_connection, "__kwdefaults__", {"timeout_seconds": PATIENT_SECONDS})
    ended = shell("doctor", "--local", "--json", "--node", "--data", "n")
    assert ended.code == 0, ended.err
    rows = [json.loads(line) for line in ended.out.splitlines()]
    of_node = [rows.pop(0) for _ in range(5)]
    assert {row["name"]: row["health"] for row in of_node} == {
        "node's folder": "warning",  # there is none yet
        "disk": "ok",
        "running node": "warning",
        "clock": "ok",
        "open files": "ok",
    }
    assert {row["health"] for row in rows} == {"ok"}
    assert [row["name"] for row in rows][-1] == "two local peers"


def test_what_is_said_of_a_node_wants_one(shell: Any) -> None:
    ended = shell("doctor", "--local", "--port", "9464")
    assert (ended.code, ended.out) == (2, "")
    assert "name --node, too" in ended.err


def test_a_machine_that_no_tracker_answers_ends_by_one_with_advice(shell: Any) -> None:
    ended = shell("doctor", "--signaling", "ws://127.0.0.1:9", "--ice-server", "stun:127.0.0.1:9")
    assert (ended.code, ended.err) == (1, "")
    assert "failed   signaling: nothing that rooms use to find peers answers" in ended.out
    assert "-> check the network" in ended.out


def test_a_finding_is_a_line_with_its_advice_below() -> None:
    assert finding_line(Finding("disk", Health.WELL, "fine")) == "ok       disk: fine"
    assert finding_line(Finding("disk", Health.WEAK, "full\x1b", "free some")) == (
        "warning  disk: full\\x1b\n         -> free some"
    )
