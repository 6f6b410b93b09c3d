import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.patience import PATIENT_SECONDS

ROOT: Final = Path(__file__).parents[2]
TARGET: Final = ROOT / "tests" / "fuzz" / "fuzz_wire.py"
RUNS: Final = 5_000
"""So many inputs are tried, however busy the machine is,"""
SECONDS: Final = int(os.environ.get("PEERSET_FUZZ_SECONDS", "0"))
"""unless it is said for how long."""


def run_target(target: Path, folder: Path) -> None:
    """Let *target* mutate for `RUNS` inputs or for `SECONDS`, with its files in *folder*."""
    result = subprocess.run(
        [
            sys.executable,
            str(target),
            f"-max_total_time={SECONDS}" if SECONDS else f"-runs={RUNS}",
            "-seed=1",
            f"-artifact_prefix={folder}{os.sep}",
            str(folder / "corpus"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS + PATIENT_SECONDS,
    )
    report = result.stderr[-4_000:]
    assert result.returncode == 0, report
    done = re.search(r"Done (\d+) runs", report)
    assert done is not None, report
    assert int(done[1]) > 1_000


@pytest.mark.real_time
@pytest.mark.timeout(SECONDS + 2 * PATIENT_SECONDS)
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed (peerset[fuzz])")
def test_guided_mutation_finds_no_bytes_that_break_a_decoder(tmp_path: Path) -> None:
    run_target(TARGET, tmp_path)
