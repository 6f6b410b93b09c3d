"""Everything that is examined."""

import random
from pathlib import Path

import pytest

from peerset.core.ice import IceServer
from peerset.doctor.examination import examine
from peerset.doctor.finding import Health
from peerset.doctor.local import examine_connection
from peerset.errors import ConfigError
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time


async def test_no_advice_is_given_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("peerset.doctor.stun.ANSWER_TIMEOUT_SECONDS", 0.1)
    servers = [IceServer(f"stun:127.0.0.1:{port}") for port in (9, 10, 11)]
    servers += [IceServer(f"turn:127.0.0.1:{port}?transport=tcp") for port in (9, 10)]
    trackers = ["ws://127.0.0.1:9", "ws://127.0.0.1:10", "ws://nowhere.invalid"]
    findings = [finding async for finding in examine(trackers, servers, is_local=False, rng=random.Random(0))]
    advice = [finding.advice for finding in findings if finding.advice]
    assert len(advice) == len(set(advice)) == 2


@pytest.mark.parametrize("is_local", [True, False])
async def test_what_is_near_is_examined_first(is_local: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(examine_connection, "__kwdefaults__", {"timeout_seconds": PATIENT_SECONDS})
    servers = [IceServer("turn:127.0.0.1:9?transport=tcp", "me", "secret")]
    findings = examine(["ws://127.0.0.1:9"], servers, is_local=is_local, rng=random.Random(0))
    names = [(finding.name, finding.health) async for finding in findings]
    assert ("two local peers", Health.WELL) in names
    far = [name for name, _ in names[names.index(("two local peers", Health.WELL)) + 1 :]]
    assert far == (
        [] if is_local else ["torrent:ws://127.0.0.1:9", "signaling", "turn:127.0.0.1:9?transport=tcp", "STUN"]
    )


@pytest.mark.parametrize("is_local", [True, False])
async def test_nothing_is_examined_before_the_addresses_are(is_local: bool) -> None:
    with pytest.raises(ConfigError, match="the tracker 'ws://' is not an address"):
        await anext(examine(["ws://"], None, is_local=is_local, rng=random.Random(0)))


async def test_a_local_network_is_no_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("peerset.doctor.stun.ANSWER_TIMEOUT_SECONDS", 0.1)
    servers = [IceServer("stun:127.0.0.1:9")]
    findings = [each async for each in examine(["lan:127.0.0.1"], servers, is_local=False, rng=random.Random(0))]
    assert ("lan:127.0.0.1", Health.WELL) in [(each.name, each.health) for each in findings]
    assert findings[-1].detail == "no network: neither trackers nor STUN servers answer"
