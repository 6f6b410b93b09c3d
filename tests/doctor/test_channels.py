"""Which way data go."""

import pytest

from peerset.doctor.channels import examine_channels
from peerset.doctor.finding import Health
from peerset.transports import tuning


def test_the_quick_way_is_on_with_the_versions_it_was_tested_with() -> None:
    finding = examine_channels(plain_channels=False)
    assert (finding.health, finding.advice) == (Health.WELL, "")
    assert finding.detail == "aiortc 1.16.0, aioice 0.13.0; data go the quick way"


def test_it_is_off_when_asked_to_be() -> None:
    finding = examine_channels(plain_channels=True)
    assert finding.health is Health.WELL
    assert finding.detail.endswith("data go aiortc's own way, as --plain-channels says")


def test_another_aiortc_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tuning.QUICK, "aiortc", "1.16.9")
    finding = examine_channels(plain_channels=False)
    assert finding.health is Health.WEAK
    assert finding.detail.endswith("data go aiortc's own way, at half the pace")
    assert finding.advice == "install aiortc==1.16.9 and aioice==0.13.0"
