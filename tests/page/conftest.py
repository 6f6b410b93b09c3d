"""A built page, played by small files."""

from pathlib import Path

import pytest

from peerset.page.files import BUILT_NAMES


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder with everything that a build leaves."""
    for name in BUILT_NAMES:
        (tmp_path / name).write_text(f"built {name}", "utf-8")
    return tmp_path
