"""Everything that is examined."""

import random
from pathlib import Path

import pytest

from peerset.core.ice import IceServer
from peerset.doctor.examination import examine
from peerset.doctor.finding import Health

pytestmark = pytest.mark.real_time


@pytest.mark.parametrize("is_local", [True, False])
async def test_what_is_near_is_examined_first(is_local: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    servers = [IceServer("turn:127.0.0.1:9", "me", "secret")]
    findings = examine(["ws://127.0.0.1:9"], servers, is_local=is_local, rng=random.Random(0))
    names = [(finding.name, finding.health) async for finding in findings]
    assert ("two local peers", Health.WELL) in names
    far = [name for name, _ in names[names.index(("two local peers", Health.WELL)) + 1 :]]
    assert far == ([] if is_local else ["ws://127.0.0.1:9", "trackers", "STUN"])
