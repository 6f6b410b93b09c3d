"""Archives are read in this process, but where a test says otherwise."""

import pytest

from peerset.archive import checking
from tests.archive.rooms import HereReader


@pytest.fixture(autouse=True)
def reads_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "processes" not in request.fixturenames:
        monkeypatch.setattr(checking, "Reader", HereReader)


@pytest.fixture
def processes() -> None:
    """Read in processes, as users do."""
