"""Children that are forked are as those that are started."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.nursery import can_fork
from tests.patience import PATIENT_SECONDS

CHILD = Path(__file__).with_name("nursery_child.py")

pytestmark = pytest.mark.real_time


def test_a_child_has_arguments_a_folder_an_environment_and_streams_of_its_own_and_its_code_is_ours(
    tmp_path: Path,
) -> None:
    command = [sys.executable, str(CHILD), "7", "\udcff"]
    environment = {**os.environ, "NURSERY": "of the child"}
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, input="said", capture_output=True, text=True, check=False
    )
    assert ended.returncode == 7
    assert ended.stdout.splitlines() == [str(tmp_path), "of the child", ascii("\udcff"), "said", str(os.getpid())]
    assert ended.stderr == "to be told\n"
    assert "NURSERY" not in os.environ


async def test_a_child_that_is_killed_or_interrupted_has_ended_by_that() -> None:
    for sent in (signal.SIGKILL, signal.SIGINT):
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(sys.executable, str(CHILD), stdin=pipe, stdout=pipe, stderr=pipe)
        assert child.stdout is not None
        await child.stdout.readline()
        child.send_signal(sent)
        async with asyncio.timeout(PATIENT_SECONDS):
            assert await child.wait() == -sent


def test_what_python_heeds_while_it_starts_and_what_users_start_is_started_truly() -> None:
    verb = [sys.executable, "-m", "peerset", "version"]
    uncounted = {name: value for name, value in os.environ.items() if name != "COVERAGE_RUN"}
    assert can_fork(verb, uncounted) == (sys.platform == "linux")
    assert not can_fork(verb, {**uncounted, "COVERAGE_RUN": "true"})
    assert not can_fork(verb, {**uncounted, "PYTHONHASHSEED": "12345"})
    assert not can_fork([str(Path(sys.executable).with_name("peerset")), "version"], uncounted)
    assert not can_fork([sys.executable, "-c", "pass"], uncounted)
    assert not can_fork([sys.executable, "-u", str(CHILD)], uncounted)
    assert not can_fork([], uncounted)
