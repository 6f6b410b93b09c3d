"""``peerset demo``, as its users run it."""

import io
import json
import os
import re
import signal
from typing import Any

import pytest
from rich.console import Console

from peerset.cli.demonstration import COLUMNS, _line, _table, can_show_pages
from peerset.demo.peer import AGAINST_THE_RULES
from peerset.demo.swarm import PeerView
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time


def test_separate_processes_converge(start: Any) -> None:
    process = start("demo", "--records", "4", "--peers", "3", "--timeout", str(PATIENT_SECONDS), "--json")
    out, err = process.communicate(timeout=PATIENT_SECONDS)
    rows = [json.loads(line) for line in out.splitlines()]
    assert process.returncode == 0, err
    assert rows[-1]["converged"] is True
    assert rows[-1]["records"] == 12
    assert rows[-2] == {"refused": AGAINST_THE_RULES, "reason": "links: a link in the text"}
    last = {row["number"]: row for row in rows[:-2]}
    assert {row["root"] for row in last.values()} == {rows[-1]["root"]}
    assert len({row["pid"] for row in last.values()}) == 3
    for number, row in last.items():
        others = "".join(str(each) for each in last if each != number)
        assert re.fullmatch(rf"record [1-4] of peer [{others}]", row["latest"])


def test_what_cannot_converge_in_time_fails_with_the_reason(start: Any) -> None:
    process = start("demo", "--records", "10000", "--peers", "2", "--timeout", "1")
    _, err = process.communicate(timeout=PATIENT_SECONDS)
    assert process.returncode == 1
    assert "peerset: no convergence within 1 s: expected 20000 records" in err
    assert "Traceback" not in err


def test_it_is_kept_running_until_ctrl_c_and_leaves_no_process(start: Any) -> None:
    process = start("demo", "--records", "1", "--peers", "2", "--timeout", str(PATIENT_SECONDS), "--keep", "--json")
    pids = set()
    for line in iter(process.stdout.readline, ""):
        row = json.loads(line)
        if "converged" in row:
            break
        if "pid" in row:
            pids.add(row["pid"])
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENT_SECONDS)
    assert process.returncode == 130
    assert "peerset join demo --app peerset-demo --signaling ws://127.0.0.1:" in err
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_line_names_every_column() -> None:
    line = _line(PeerView(1, 77, 2, 90, "abcdef0123456789", "in sync", 1.234, "record 7 of peer 2"))
    known = "peer 1  process 77  sessions 2  records 90  root abcdef01  state in sync  seconds 1.23"
    assert line == f"{known}  live query record 7 of peer 2"


@pytest.mark.parametrize(("width", "shown"), [(100, 8), (80, 7), (50, 5), (40, 4), (20, 2)])
def test_a_narrow_terminal_shows_fewer_columns_and_whole_words(width: int, shown: int) -> None:
    views = [
        PeerView(1, 123456, 2, 90, "abcdef0123456789", "in sync", 1.23, "record 7 of peer 2"),
        PeerView(12, 78, 0, 0, "", "starting", None),
    ]
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(_table(views))
    file = console.file
    assert isinstance(file, io.StringIO)
    lines = file.getvalue().splitlines()
    assert "…" not in file.getvalue()
    assert len(lines) == 4 + len(views)
    assert sum(column in lines[1] for column in COLUMNS) == shown


@pytest.mark.parametrize(
    ("environment", "platform", "can"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
    ],
)
def test_a_page_is_opened_where_there_is_a_window_to_open_it_in(
    environment: dict[str, str], platform: str, can: bool
) -> None:
    assert can_show_pages(environment, platform=platform) is can
