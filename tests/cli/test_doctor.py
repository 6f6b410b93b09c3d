"""``peerset doctor``."""

import json
from typing import Any

import pytest

from peerset.cli.doctor import finding_line
from peerset.doctor.finding import Finding, Health

pytestmark = pytest.mark.real_time


def test_a_healthy_machine_ends_by_zero(start: Any) -> None:
    process = start("doctor", "--local", "--json")
    out, err = process.communicate(timeout=50)
    assert process.returncode == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    assert {row["health"] for row in rows} == {"ok"}
    assert [row["name"] for row in rows][-1] == "two local peers"


def test_a_machine_that_no_tracker_answers_ends_by_one_with_advice(start: Any) -> None:
    process = start("doctor", "--tracker", "ws://127.0.0.1:9", "--ice-server", "stun:127.0.0.1:9")
    out, err = process.communicate(timeout=50)
    assert (process.returncode, err) == (1, "")
    assert "failed   trackers: no tracker answers" in out
    assert "-> check the network" in out


def test_a_finding_is_a_line_with_its_advice_below() -> None:
    assert finding_line(Finding("disk", Health.WELL, "fine")) == "ok       disk: fine"
    assert finding_line(Finding("disk", Health.WEAK, "full\x1b", "free some")) == (
        "warning  disk: full\\x1b\n         -> free some"
    )
