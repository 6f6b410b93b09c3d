"""Plays without writing histories, as none is compared here: that takes a tenth of the time.

Where everything happens at once they are written, so that all that there is can be written.
"""

import pytest

from peerset.testing import swarm
from peerset.testing.history import Unwritten


@pytest.fixture(autouse=True)
def unwritten(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only count what happens."""
    if request.path.stem != "test_everything":
        monkeypatch.setattr(swarm, "History", Unwritten)
