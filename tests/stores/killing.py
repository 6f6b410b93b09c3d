"""Children that write to a store until they are killed."""

import subprocess
import sys
from pathlib import Path

import pytest


def run_until_killed(child: Path, *arguments: object, seconds: float) -> None:
    """Start *child*, which says that it is ready before it opens the store; kill it *seconds* later."""
    command = [sys.executable, str(child), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        try:
            _, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        else:
            pytest.fail(f"the child ended by itself: {errors.decode()}")
        assert ready == b"ready\n"
