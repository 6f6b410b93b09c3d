import importlib.util
from pathlib import Path
from typing import Final

import pytest

from tests.core.test_fuzz_wire import SECONDS, run_target
from tests.patience import PATIENT_SECONDS

TARGET: Final = Path(__file__).parents[1] / "fuzz" / "fuzz_frames.py"


@pytest.mark.real_time
@pytest.mark.timeout(SECONDS + 2 * PATIENT_SECONDS)
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed (peerset[fuzz])")
def test_guided_mutation_finds_no_messages_that_break_a_channel(tmp_path: Path) -> None:
    run_target(TARGET, tmp_path)
